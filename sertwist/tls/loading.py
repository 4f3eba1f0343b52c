"""From one domain's settings to a validated `TLSDomain`, collecting every problem on the way (reference tls 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.tls.ciphers import TLS13_SUITES, check_cipher_words, cipher_words
from sertwist.tls.domain import (
    CIPHER_LIST,
    CIPHERSUITES,
    DEFAULT_DEPTH,
    OwnCertificate,
    ProtocolVersion,
    Side,
    TLSDomain,
    VerifyMode,
)
from sertwist.tls.methods import METHOD_NAMES, parse_method
from sertwist.tls.openssl_context import offered_ciphers
from sertwist.tls.own_certificate import (
    check_key_permissions,
    check_own_certificate,
    match_key,
)
from sertwist.tls.pem import parse_certificates, parse_private_key, read_pem_file
from sertwist.tls.problem import Finding, Problem, note_problem
from sertwist.tls.trust import Authorities, Crls, check_trust, load_authorities, load_crls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cryptography import x509

    from sertwist.tls.domain import PrivateKey
    from sertwist.tls.domain_settings import DomainSettings, GivenValue

__all__ = ["MAX_DEPTH", "load_server_domain"]

MAX_DEPTH = 100
_TRUE = frozenset({"1", "yes", "true", "on", "enable", "enabled"})
_FALSE = frozenset({"0", "no", "false", "off", "disable", "disabled"})


@dataclass(slots=True)
class _Loader:
    """One domain on its way, by its name; `problems` is shared by all."""

    name: str
    settings: DomainSettings
    resolve: Callable[[str], Path]
    now: float
    problems: list[Problem]

    def add(self, where: object, findings: Iterable[Finding]) -> None:
        for severity, text, fix in findings:
            note_problem(self.problems, Problem(where, severity, text, fix, (self.name,)))

    def error(self, where: object, text: str, fix: str = "") -> None:
        self.add(where, [("error", text, fix)])

    def warn(self, where: object, text: str, fix: str = "") -> None:
        self.add(where, [("warning", text, fix)])


def load_server_domain(
    address: tuple[str, int] | None,
    settings: DomainSettings,
    *,
    resolve: Callable[[str], Path],
    now: float,
    problems: list[Problem],
) -> TLSDomain | None:
    """Load the server domain of `address` (None: the default); what is wrong goes to `problems`.

    Args:
        address: local address and port.
        settings: with what it inherits.
        resolve: file name as written to path.
        now: seconds since the epoch.
        problems: added to.

    Returns:
        The domain, None when it can't be made.
    """
    name = TLSDomain(side=Side.SERVER, address=address).name
    loader = _Loader(name, settings, resolve, now, problems)
    minimum, maximum = _load_versions(loader)
    verify = _load_verify_mode(loader)
    authorities, crls, ca_files, crl_files = _load_trust(loader, verify)
    own = _load_own(loader, authorities)
    domain = TLSDomain(
        side=Side.SERVER,
        address=address,
        authorities=authorities,
        revocation_lists=crls,
        verify=verify,
        depth=_load_depth(loader),
        minimum=minimum,
        maximum=maximum,
        cipher_list=_load_cipher_list(loader),
        ciphersuites=_load_ciphersuites(loader),
        ca_files=ca_files,
        crl_files=crl_files,
        own=(own,) if own else (),
    )
    return domain if own else None


def _load_versions(loader: _Loader) -> tuple[ProtocolVersion, ProtocolVersion]:
    given = loader.settings.one("method")
    if given is not None:
        try:
            minimum, maximum, warning = parse_method(given.text)
        except ConfigError as error:
            loader.error(given.where, str(error), f"write one of {', '.join(METHOD_NAMES)}")
        else:
            if warning:
                loader.warn(given.where, f"method {given.text} {warning}", "write TLSv1.2+")
            return minimum, maximum
    return ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3


def _load_verify_mode(loader: _Loader) -> VerifyMode:
    verify = _flag(loader, "verify_certificate")
    require = _flag(loader, "require_certificate")
    by_pair = VerifyMode.ON if require else VerifyMode.OPTIONAL_NO_CA if verify else VerifyMode.OFF
    given = loader.settings.one("verify_client")
    if given is None:
        return by_pair
    try:
        by_word = VerifyMode(given.text.lower())
    except ValueError:
        words = ", ".join(mode.value for mode in VerifyMode)
        loader.error(given.where, f"verify_client can't be {given.text!r}", f"write one of {words}")
        return by_pair
    pair_is_own = any(
        (v := loader.settings.one(name)) is not None and v.inherited == given.inherited
        for name in ("verify_certificate", "require_certificate")
    )
    if pair_is_own and by_pair is not by_word:
        text = f"verify_client={by_word.value} disagrees with verify_certificate and require_certificate"
        loader.error(given.where, f"{text}, which mean {by_pair.value}", "keep one style")
    return by_word


def _flag(loader: _Loader, name: str) -> bool:
    given = loader.settings.one(name)
    if given is None or given.text.lower() in _FALSE:
        return False
    if given.text.lower() not in _TRUE:
        loader.error(given.where, f"{name} can't be {given.text!r}", "write 1 or 0")
    return True


def _load_depth(loader: _Loader) -> int:
    given = loader.settings.one("verify_depth")
    if given is None:
        return DEFAULT_DEPTH
    if given.text.isascii() and given.text.isdigit() and len(given.text) <= 3 and int(given.text) <= MAX_DEPTH:
        return int(given.text)
    loader.error(given.where, f"verify_depth can't be {given.text!r}", f"write a number from 0 to {MAX_DEPTH}")
    return DEFAULT_DEPTH


def _load_own(loader: _Loader, authorities: Authorities) -> OwnCertificate | None:
    certificate, key = loader.settings.one("certificate"), loader.settings.one("private_key")
    if certificate is None:
        where = key.where if key is not None else None
        loader.error(
            where, f"TLS domain {loader.name} has no certificate", 'add modparam("tls", "certificate", "FILE")'
        )
        return None
    if key is None or (key.inherited and not certificate.inherited):
        key = certificate  # one file may hold both
    path = loader.resolve(certificate.text)
    certificates = _load_certificates(loader, certificate, path)
    if certificates is None and key is certificate:
        return None  # said once
    private_key = _load_key(loader, key)
    if certificates is None or private_key is None:
        return None
    try:
        chain = match_key(certificates, private_key)
    except ConfigError as error:
        text = f"private_key {loader.resolve(key.text)} does not belong to certificate {path}"
        loader.error(key.where, f"{text} ({error})", "name the key that the certificate was issued for")
        return None
    if list(chain) != certificates:
        loader.warn(certificate.where, f"certificate {path} is not in order", "put the server's own first")
    loader.add(certificate.where, check_own_certificate(chain, authorities, path, loader.now))
    return OwnCertificate(
        chain=chain, private_key=private_key, certificate_file=path, key_file=loader.resolve(key.text)
    )


def _load_certificates(loader: _Loader, given: GivenValue, path: Path) -> list[x509.Certificate] | None:
    try:
        return parse_certificates(read_pem_file(path))
    except ConfigError as error:
        loader.error(given.where, f"certificate {error}")
        return None


def _load_key(loader: _Loader, given: GivenValue) -> PrivateKey | None:
    if given.text.lower().startswith(("/engine:", "/uri:", "engine:", "pkcs11:")):
        text = "private_key: keys of engines and PKCS#11 tokens are not supported"
        loader.error(given.where, text, "name a PEM file")
        return None
    try:
        file = read_pem_file(loader.resolve(given.text))
        key = parse_private_key(file)
    except ConfigError as error:
        loader.error(given.where, f"private_key {error}")
        return None
    loader.add(given.where, check_key_permissions(file))
    return key


def _load_trust(loader: _Loader, verify: VerifyMode) -> tuple[Authorities, Crls, tuple[Path, ...], tuple[Path, ...]]:
    given = loader.settings.one("ca_list")
    if given is None:
        if verify is not VerifyMode.OFF:
            where = next(
                (
                    v.where
                    for n in ("verify_certificate", "require_certificate", "verify_client")
                    if (v := loader.settings.one(n))
                ),
                None,
            )
            loader.error(
                where,
                "certificates are to be verified but ca_list is not set",
                "name the file of the CA certificates",
            )
        return (), (), (), ()
    ca_file = loader.resolve(given.text)
    authorities: tuple[x509.Certificate, ...] = ()
    crls: Crls = ()
    try:
        authorities, crls, findings = load_authorities(ca_file)
        loader.add(given.where, findings)
    except ConfigError as error:
        loader.error(given.where, f"ca_list {error}")
    crl_files = tuple(loader.resolve(each.text) for each in loader.settings.all("crl"))
    for each, path in zip(loader.settings.all("crl"), crl_files, strict=True):
        try:
            crls += load_crls(path)
        except ConfigError as error:
            loader.error(each.where, f"crl {error}")
    if authorities:
        loader.add(given.where, check_trust(authorities, crls, loader.now))
    return authorities, crls, (ca_file,), crl_files


def _load_cipher_list(loader: _Loader) -> str:
    given = loader.settings.one("cipher_list")
    if given is None:
        return CIPHER_LIST
    found = check_cipher_words(given.text)
    for text, fix in found:
        loader.error(given.where, f"cipher_list: {text}", fix)
    # The library passes over a word it does not know when others are good.
    unknown = [word for word in cipher_words(given.text) if not _is_known(word)]
    for word in unknown:
        loader.error(given.where, f"cipher_list: {word} names no suite of this library", "check its spelling")
    if not found and not unknown and not offered_ciphers(given.text):
        loader.error(given.where, "cipher_list leaves no cipher suite", "leave it out for the default list")
    return given.text


def _is_known(word: str) -> bool:
    return word[0] in "!-@" or word in TLS13_SUITES or bool(offered_ciphers(word.lstrip("+")))


def _load_ciphersuites(loader: _Loader) -> str:
    given = loader.settings.one("ciphersuites")
    if given is None:
        return CIPHERSUITES
    words = cipher_words(given.text)
    for word in words:
        if word not in TLS13_SUITES:
            loader.error(
                given.where,
                f"ciphersuites: {word} is no TLS 1.3 suite",
                f"known: {', '.join(sorted(TLS13_SUITES))}",
            )
    return ":".join(words)
