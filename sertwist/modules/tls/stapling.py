"""`Stapler`: keeps the OCSP responses that server domains staple, fetched or from files, outside of every handshake.

Without a valid response handshakes go on without one, also for a certificate that demands one (must-staple): clients
that honour the demand refuse it, the others are still served. The log says so, and `tls.certificates`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError, SertwistError
from sertwist.limits import FETCH_SECONDS, MAX_OCSP_RESPONSE
from sertwist.modules.tls.times import utc_text
from sertwist.tls.certificate import view_certificate
from sertwist.tls.domain import Side, StapleSource
from sertwist.tls.loading.pem import read_file
from sertwist.tls.ocsp import build_request, find_issuer, must_staple, read_answer, responder_url
from sertwist.tls.staple import StapleBox
from sertwist.tls.staple_plan import StaplePlan
from sertwist.tls.watch import FileWatch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cryptography import x509

    from sertwist.modules.host import Host
    from sertwist.tls.domain import TLSDomain

__all__ = ["LOOK_SECONDS", "Stapler"]

LOOK_SECONDS: Final = 5.0  # between looks at what is due, and at files
_OFF_BUT_REQUIRED: Final = "off, and clients refuse the certificate without one"
CONTENT_TYPE: Final = "application/ocsp-request"


@dataclass(slots=True, eq=False)
class _Stapled:
    """One own certificate with one source of responses: `file`, or when that is None the certificate's responder."""

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...]  # candidates
    file: Path | None
    plan: StaplePlan
    watch: FileWatch | None
    domains: list[str] = field(default_factory=list)
    said: str = ""  # the trouble that the log has

    @property
    def name(self) -> str:
        """For the log."""
        return f"{view_certificate(self.certificate).subject.dn or ''!r} of {', '.join(self.domains)}"


class Stapler:
    """What is stapled for every server domain with `ocsp_stapling`."""

    def __init__(self, boxes: dict[str, StapleBox]) -> None:
        """`boxes`: domain's name to where its handshakes, of every generation, take their responses from."""
        self._boxes = boxes
        self._stapled: dict[tuple[x509.Certificate, Path | None], _Stapled] = {}
        self._unstapled: dict[x509.Certificate, str] = {}

    def use(self, domains: Iterable[TLSDomain], host: Host) -> None:
        """Staple for `domains` from now on; responses for certificates that stay in use are kept."""
        before, self._stapled, self._unstapled = self._stapled, {}, {}
        for domain in domains:
            if domain.side is not Side.SERVER:
                continue
            leaves = tuple(own.chain[0] for own in domain.own)
            if domain.staple is StapleSource.OFF:  # loading has warned if that must not be
                self._unstapled |= {leaf: _OFF_BUT_REQUIRED if must_staple(leaf) else "off" for leaf in leaves}
                continue
            self._boxes.setdefault(domain.name, StapleBox()).keep_only(leaves)
            for own in domain.own:
                file = domain.staple_file if domain.staple is StapleSource.FILE else None
                self._take_in(domain, own.chain, file, before.get((own.chain[0], file)))
        self.look(host)

    def _take_in(
        self, domain: TLSDomain, chain: tuple[x509.Certificate, ...], file: Path | None, known: _Stapled | None
    ) -> None:
        leaf = chain[0]
        stapled = self._stapled.get((leaf, file))
        if stapled is None:
            stapled = _Stapled(
                certificate=leaf,
                issuers=(*chain[1:], *domain.authorities),
                file=file,
                plan=known.plan if known else StaplePlan(required=must_staple(leaf)),
                watch=known.watch if known else None,
            )
            self._stapled[leaf, file] = stapled
        stapled.domains.append(domain.name)

    def look(self, host: Host) -> None:
        """Ask where that is due, read files that have changed, and end what is out of date."""
        for stapled in self._stapled.values():
            self._show(stapled, host)
            if stapled.file is not None:
                self._look_at_file(stapled, stapled.file, host)
            elif stapled.plan.is_due(host.environment.wall_clock()):
                stapled.plan.asked(host.environment.wall_clock())
                host.begin(self._ask(stapled, host))

    def words(self, certificate: x509.Certificate, now: float) -> str:
        """What is stapled for the own certificate `certificate` at `now`, for `tls.certificates`."""
        stapled = next((each for each in self._stapled.values() if each.certificate == certificate), None)
        if stapled is None:
            return self._unstapled.get(certificate, "")
        answer = stapled.plan.current(now)
        if answer is not None:
            return f"good until {utc_text(answer.next_update)}"
        trouble = stapled.plan.trouble or "not there yet"
        return f"none, and clients refuse the certificate: {trouble}" if stapled.plan.required else f"none: {trouble}"

    async def _ask(self, stapled: _Stapled, host: Host) -> None:
        try:
            url = responder_url(stapled.certificate)
            if not url:
                raise ConfigError("the certificate names no OCSP responder (http://...)", code="ocsp-responder")
            request = build_request(stapled.certificate, find_issuer(stapled.certificate, stapled.issuers))
            der = await host.fetch(
                url, body=request, content_type=CONTENT_TYPE, bound=MAX_OCSP_RESPONSE, seconds=FETCH_SECONDS
            )
            self._take(stapled, der, host)
        except SertwistError as error:
            self._fail(stapled, error, host)

    def _look_at_file(self, stapled: _Stapled, path: Path, host: Host) -> None:
        if stapled.watch is None:
            stapled.watch = FileWatch((path,))
        elif not stapled.watch.take_changes():
            if stapled.plan.has_run_out(host.environment.wall_clock()):
                self._fail(stapled, ConfigError(f"the response in {path} has expired", code="ocsp-expired"), host)
            return
        try:
            self._take(stapled, read_file(path, MAX_OCSP_RESPONSE).data, host)
        except SertwistError as error:
            self._fail(stapled, error, host)

    def _take(self, stapled: _Stapled, der: bytes, host: Host) -> None:
        now = host.environment.wall_clock()
        issuer = find_issuer(stapled.certificate, stapled.issuers)
        stapled.plan.succeeded(read_answer(der, stapled.certificate, issuer, now), now)
        host.environment.count("tls.ocsp.taken")
        self._show(stapled, host)
        if stapled.said:
            stapled.said = ""
            host.log("info", "an OCSP response for certificate {name} is there again", name=stapled.name)

    def _fail(self, stapled: _Stapled, error: SertwistError, host: Host) -> None:
        now = host.environment.wall_clock()
        host.environment.count(f"tls.ocsp.failed.{error.code}")
        stapled.plan.failed(str(error), now)
        if error.code == "ocsp-revoked":
            stapled.plan.forget()
        self._show(stapled, host)
        answer, plan = stapled.plan.current(now), stapled.plan
        urgent = plan.required and answer is None
        if plan.trouble == stapled.said and not urgent:
            return
        stapled.said = plan.trouble
        rest = f"the last one holds until {utc_text(answer.next_update)}" if answer else "none is stapled"
        if urgent:
            rest = "none is stapled, and clients refuse the certificate without one"
        level = "error" if urgent or error.code == "ocsp-revoked" else "warn"
        text = "no new OCSP response for certificate {name}: {trouble}; {rest}"
        host.log(level, text, name=stapled.name, trouble=plan.trouble, rest=rest)

    def _show(self, stapled: _Stapled, host: Host) -> None:
        """Put what is valid now where handshakes find it."""
        answer = stapled.plan.current(host.environment.wall_clock())
        for name in stapled.domains:
            self._boxes[name].put(stapled.certificate, b"" if answer is None else answer.der)
