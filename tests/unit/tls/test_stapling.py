"""`Stapler`: responses come to where handshakes find them, or the log says why not; no handshake waits for it."""

from __future__ import annotations

import contextlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509 import ocsp
from OpenSSL import SSL

from sertwist.errors import UnavailableError
from sertwist.modules.tls.stapling import Stapler
from sertwist.script.context import Environment
from sertwist.tls.context import ServerContextFactory
from sertwist.tls.domain import OwnCertificate, Side, StapleSource, TLSDomain
from sertwist.tls.openssl_context import ContextHooks
from tests.unit.tls.kit import AT, NOW, OTHER_ROOT, ROOT, carry, client_context, connect
from tests.unit.tls.responder import make_leaf, make_response

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

    from sertwist.pki.authority import Credential
    from sertwist.tls.staple import StapleBox

LEAF = make_leaf(ROOT)
DEMANDING = make_leaf(ROOT, must_staple=True)
GOOD = make_response(LEAF.certificate, ROOT)


class FakeHost:
    """Answers each fetch with the next of `answers`, bytes or an error, as soon as `settle` is called."""

    def __init__(self, *answers: bytes | UnavailableError) -> None:
        self.now = AT
        self.environment = Environment(wall_clock=lambda: self.now)
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []
        self.waiting: list[Any] = []
        self.lines: list[tuple[str, str]] = []

    async def fetch(self, url: str, *, body: bytes, content_type: str, bound: int, seconds: float) -> bytes:
        self.asked.append((url, body))
        assert (content_type, bound, seconds) == ("application/ocsp-request", 65_536, 15)
        answer = self.answers.pop(0)
        if isinstance(answer, UnavailableError):
            raise answer
        return answer

    def begin(self, work: Any) -> None:
        self.waiting.append(work)

    def settle(self) -> None:
        for work in self.waiting:
            with pytest.raises(StopIteration):
                work.send(None)
        self.waiting.clear()

    def log(self, level: str, text: str, **fields: object) -> None:
        self.lines.append((level, text.format(**fields)))


def domain(
    *credentials: Credential,
    staple: StapleSource = StapleSource.FETCH,
    file: Path | None = None,
    authorities: tuple[x509.Certificate, ...] = (ROOT.certificate,),
    server_name: str = "",
) -> TLSDomain:
    return TLSDomain(
        side=Side.SERVER,
        own=tuple(OwnCertificate(chain=(each.certificate,), private_key=each.key) for each in credentials),
        authorities=authorities,
        staple=staple,
        staple_file=file,
        server_name=server_name,
    )


class Running:
    """A stapler at work for `domains`, and the host it works on."""

    def __init__(self, host: FakeHost, *domains: TLSDomain) -> None:
        self.host = host
        self.boxes: dict[str, StapleBox] = {}
        self.stapler = Stapler(self.boxes)
        self.stapler.use(domains, host)
        host.settle()

    def later(self, seconds: float) -> None:
        self.host.now += seconds
        self.stapler.look(self.host)
        self.host.settle()

    def stapled(self, credential: Credential = LEAF, name: str = "server:default") -> bytes:
        return self.boxes[name].response_for(credential.certificate)

    def words(self, credential: Credential = LEAF) -> str:
        return self.stapler.words(credential.certificate, self.host.now)


def test_response_is_fetched_at_the_start_and_stapled() -> None:
    running = Running(FakeHost(GOOD), domain(LEAF))
    assert running.stapled() == GOOD
    [(url, body)] = running.host.asked
    assert url == "http://ocsp.example.com/"
    assert ocsp.load_der_ocsp_request(body).serial_number == LEAF.certificate.serial_number
    assert running.words() == f"good until {NOW + timedelta(days=7, hours=-1):%Y-%m-%dT%H:%M:%SZ}"
    assert running.host.lines == []


def test_one_question_serves_all_domains_with_the_certificate() -> None:
    running = Running(FakeHost(GOOD), domain(LEAF), domain(LEAF, server_name="a.example.com"))
    assert running.stapled() == running.stapled(name="server:*/a.example.com") == GOOD
    assert len(running.host.asked) == 1


def test_nothing_is_asked_while_a_question_is_on_its_way() -> None:
    host = FakeHost(GOOD)
    stapler = Stapler({})
    stapler.use([domain(LEAF)], host)
    for _ in range(20):
        host.now += 5
        stapler.look(host)
    assert len(host.waiting) == 1
    host.settle()


def test_response_is_asked_for_again_at_half_of_its_time() -> None:
    short = make_response(LEAF.certificate, ROOT, this_update=NOW, next_update=NOW + timedelta(hours=2))
    newer = make_response(LEAF.certificate, ROOT, this_update=NOW + timedelta(minutes=1))
    running = Running(FakeHost(short, newer), domain(LEAF))
    running.later(3_599)
    assert running.stapled() == short
    running.later(1)
    assert running.stapled() == newer


BAD = {
    "garbage": (b"junk", "ocsp-garbage"),
    "wrong serial": (make_response(DEMANDING.certificate, ROOT), "ocsp-other-certificate"),
    "wrong signer": (make_response(LEAF.certificate, ROOT, signer=OTHER_ROOT.credential), "ocsp-signature"),
    "expired": (make_response(LEAF.certificate, ROOT, next_update=NOW - timedelta(seconds=1)), "ocsp-expired"),
    "unreachable": (UnavailableError("no answer within 15 seconds", code="fetch-timeout"), "fetch-timeout"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_answer_is_not_stapled_but_counted_and_said_once(case: str) -> None:
    answer, code = BAD[case]
    running = Running(FakeHost(answer, answer, GOOD), domain(LEAF))
    assert running.stapled() == b""
    running.later(10)
    assert running.host.environment.counters == {f"tls.ocsp.failed.{code}": 2}
    [(level, line)] = running.host.lines
    assert level == "warn"
    assert "'CN=alice' of server:default" in line
    assert line.endswith("none is stapled")
    assert running.words().startswith("none: ")
    running.later(20)
    assert running.stapled() == GOOD
    assert running.host.lines[-1] == (
        "info",
        "an OCSP response for certificate 'CN=alice' of server:default is there again",
    )


@pytest.mark.parametrize("case", BAD)
def test_response_that_still_holds_is_kept_when_the_next_answer_is_bad(case: str) -> None:
    running = Running(FakeHost(GOOD, *[BAD[case][0]] * 500), domain(LEAF))
    running.later(86_400)
    assert running.stapled() == GOOD
    assert "the last one holds until" in running.host.lines[0][1]
    for _ in range(200):
        running.later(3_600)
    assert running.stapled() == b""  # its end has come


def test_good_response_is_not_stapled_any_more_when_the_ca_has_revoked() -> None:
    revoked = make_response(LEAF.certificate, ROOT, status=ocsp.OCSPCertStatus.REVOKED)
    running = Running(FakeHost(GOOD, revoked), domain(LEAF))
    running.later(86_400)
    assert running.stapled() == b""
    [(level, line)] = running.host.lines
    assert level == "error"
    assert "REVOKED" in line


def test_must_staple_without_response_is_said_loudly_each_time() -> None:
    no = UnavailableError("no answer within 15 seconds", code="fetch-timeout")
    running = Running(FakeHost(no, no, make_response(DEMANDING.certificate, ROOT)), domain(DEMANDING))
    running.later(10)
    assert [level for level, _ in running.host.lines] == ["error", "error"]
    assert "clients refuse the certificate without one" in running.host.lines[0][1]
    assert running.words(DEMANDING) == "none, and clients refuse the certificate: no answer within 15 seconds"
    running.later(20)
    assert running.words(DEMANDING).startswith("good until")


def test_stapling_that_is_off_is_said_where_it_must_not_be() -> None:
    off = StapleSource.OFF
    demanding = Running(FakeHost(), domain(DEMANDING, staple=off))
    assert demanding.words(DEMANDING) == "off, and clients refuse the certificate without one"
    assert Running(FakeHost(), domain(LEAF, staple=off)).words() == "off"
    assert demanding.host.lines == []


@pytest.mark.parametrize(
    ("credential", "authorities", "words"),
    [
        (make_leaf(ROOT, ""), (ROOT.certificate,), "names no OCSP responder"),
        (LEAF, (), "append it to the certificate's file"),
    ],
)
def test_certificate_that_nobody_can_be_asked_about_is_said(
    credential: Credential, authorities: tuple[x509.Certificate, ...], words: str
) -> None:
    running = Running(FakeHost(), domain(credential, authorities=authorities))
    assert running.host.asked == []
    assert words in running.host.lines[0][1]


def write(path: Path, data: bytes, at: int) -> None:
    path.write_bytes(data)
    os.utime(path, (at, at))  # two writes within one tick of the file system's clock would be one


def test_file_is_read_at_the_start_and_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "ocsp.der"
    write(path, GOOD, 1)
    running = Running(FakeHost(), domain(LEAF, staple=StapleSource.FILE, file=path))
    assert running.stapled() == GOOD
    newer = make_response(LEAF.certificate, ROOT, this_update=NOW)
    write(path, newer, 2)
    running.later(5)
    assert running.stapled() == GOOD  # it may be half written
    running.later(5)
    assert running.stapled() == newer
    assert running.host.asked == []


@pytest.mark.parametrize("data", [None, b"", b"junk", bytes(65_537), "folder"])
def test_file_that_is_no_good_is_not_stapled_and_said(tmp_path: Path, data: bytes | str | None) -> None:
    path = tmp_path / "ocsp.der"
    if isinstance(data, bytes):
        write(path, data, 1)
    elif data is not None:
        path.mkdir()
    running = Running(FakeHost(), domain(LEAF, staple=StapleSource.FILE, file=path))
    assert running.stapled() == b""
    [(level, _)] = running.host.lines
    assert level == "warn"
    if data != "folder":
        write(path, GOOD, 2)
        running.later(5)
        running.later(5)
        assert running.stapled() == GOOD


def test_response_of_a_file_that_nobody_renews_ends_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "ocsp.der"
    write(path, GOOD, 1)
    running = Running(FakeHost(), domain(LEAF, staple=StapleSource.FILE, file=path))
    running.later(7 * 86_400 - 3_600 - 61)
    assert (running.stapled(), running.host.lines) == (GOOD, [])
    running.later(1)
    running.later(5)
    assert running.stapled() == b""
    [(level, line)] = running.host.lines
    assert level == "warn"
    assert "has expired" in line


def test_reload_keeps_the_response_of_a_certificate_that_stays_and_forgets_others() -> None:
    other = make_leaf(ROOT)
    running = Running(FakeHost(GOOD, make_response(other.certificate, ROOT)), domain(LEAF))
    running.stapler.use([domain(LEAF, other)], running.host)
    running.host.settle()
    assert running.stapled() == GOOD
    assert running.stapled(other) != b""
    running.stapler.use([domain(other)], running.host)
    assert (running.stapled(), len(running.host.asked)) == (b"", 2)
    running.stapler.use([domain(other, staple=StapleSource.OFF)], running.host)
    running.later(86_400)
    assert len(running.host.asked) == 2


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_client_that_asks_sees_the_response(version: int) -> None:
    running = Running(FakeHost(GOOD), domain(LEAF))
    hooks = ContextHooks(staple=running.boxes["server:default"].response_for)
    seen: list[bytes] = []
    context = client_context(version=version)

    def look(_connection: SSL.Connection, response: bytes, _data: None) -> bool:
        seen.append(response)
        return True

    context.set_ocsp_client_callback(look)
    factory = ServerContextFactory(domain(LEAF), hooks=hooks)
    client = SSL.Connection(context, None)
    client.request_ocsp()
    client.set_connect_state()
    server = factory.server_connection(None)
    for _ in range(4):
        for here, there in ((client, server), (server, client)):
            with contextlib.suppress(SSL.WantReadError):
                here.do_handshake()
            carry(here, there)
    assert seen == [GOOD]
    assert connect(factory, client_context(version=version)).session is not None  # who does not ask gets none
