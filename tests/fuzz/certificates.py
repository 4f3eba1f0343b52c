"""Targets that read certificates: whatever the bytes, no exception, no control character, no identity for a bad one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from sertwist.errors import ConfigError
from sertwist.pki.describing import describe_certificate
from sertwist.tls.certificate import CertificateView
from sertwist.tls.domain import NameRules
from sertwist.tls.identity import PeerIdentity
from sertwist.tls.loading.pem import PemFile, parse_certificates
from sertwist.tls.revocation import RevocationSet
from sertwist.tls.sip_identity import name_matches, sip_domains, sip_match
from tests.fuzz.der import Node, build, every_node, parse

__all__ = ["fuzz_alternative_names", "fuzz_certificate"]

TEMPLATE = (Path(__file__).parent / "template.der").read_bytes()  # of the seeds' authority, with a SAN extension
SAN = bytes.fromhex("0603551d11")  # 2.5.29.17
EMAIL, DNS, URI = 0x81, 0x82, 0x86
CALLED = ("example.com", "EXAMPLE.com.", "*.example.com", "sip.example.com", "192.0.2.1", "::1", "", "a\0b", "\udc80")


class _Source:
    """A revocation set that revokes nobody and knows the chain's end."""

    def __init__(self, sha256: bytes) -> None:
        self.revocations = RevocationSet(anchors=frozenset({sha256}))


def fuzz_certificate(data: bytes) -> None:
    """A certificate in DER, of a peer and in a file."""
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(data).decode()}-----END CERTIFICATE-----\n"
    with contextlib.suppress(ConfigError):
        for each in parse_certificates(PemFile(Path("file"), pem.encode(), 0o600, 0)):
            describe_certificate(each, datetime.now(UTC))
    try:
        certificate = x509.load_der_x509_certificate(data)
    except (ValueError, x509.InvalidVersion):
        return
    view = CertificateView(certificate, hashlib.sha256(data).digest())
    _check_view(view)
    if any(_is_control(text) for text in _texts(data)):
        assert view.defect, "a control character in a name, and no defect"


def fuzz_alternative_names(data: bytes) -> None:
    """The value of a subjectAltName extension, in a certificate that is good apart from it."""
    der = _with_names(data)
    try:
        certificate = x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        return
    view = CertificateView(certificate, hashlib.sha256(der).digest())
    _check_view(view)
    if view.defect:
        return
    names = _raw_names(data)
    hosts = {text.lower().removesuffix(b".") for tag, text in names if tag == DNS}
    uris = {text.lower().removesuffix(b".") for tag, text in names if tag == URI}
    domains = sip_domains(view)
    by_uri = {f"sip:{domain}".encode() in uris for domain in domains}
    assert len(by_uri) <= 1, "domains of URIs and of host names together (RFC 5922 7.1)"
    for domain in domains:
        assert domain.encode() in (hosts | {uri.removeprefix(b"sip:") for uri in uris}), "a domain that is not there"
        assert "*" not in domain


def _check_view(view: CertificateView) -> None:
    """What holds for every certificate."""
    shown = [view.subject.dn, view.issuer.dn, view.common_name, view.unique_common_name]
    shown += [value for _, value in (*view.subject.attributes, *view.issuer.attributes)]
    shown += [*view.dns, *view.uri, *view.email, *view.ip]
    assert not any(_is_control(text) for text in shown if text is not None)
    for text in (view.fingerprint, view.fingerprint_sha1, view.not_before_text, view.not_after_text, view.urlencoded):
        assert text.isascii()
        assert text.isprintable()
    assert view.spki_fingerprint is None or len(view.spki_fingerprint) == 64
    peer = PeerIdentity(certificate=view, presented=True, unproved="", chain=(view,), source=_Source(view.sha256))
    verdict = peer.verdict(view.not_before)
    assert peer.describe(view.not_before).isprintable()
    called = [*CALLED, *(text for text in (*view.dns, view.unique_common_name) if text)]
    for name in called:
        for rules in (NameRules.SIP, NameRules.HTTPS):
            matches = name_matches(view, name, rules)
            assert not (matches and view.defect), "a name of a certificate with a defect"
        assert not sip_match(view, f"x.{name}") or f"x.{name}".lower().removesuffix(".") in sip_domains(view)
    if view.defect:
        assert (verdict.verified, verdict.reason) == (False, view.defect)
        assert sip_domains(view) == ()


def _is_control(text: str) -> bool:
    return any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in "\u2028\u2029" for c in text)


# -- our own eyes, which share nothing with what is looked at ---------------------------------------------------------


def _texts(der: bytes) -> list[str]:
    """Names as text: of subject, issuer and alternative names, as far as their kinds are plain ones."""
    (certificate,) = parse(der)
    tbs = certificate.children[0].children
    fields = [node for node in tbs if node.tag == 0x30]
    texts = []
    for node in (fields[1], fields[3]):
        texts += [_text(siblings[place]) for siblings, place in every_node(node.children)]
    for node in tbs:
        if node.tag == 0xA3:
            texts += [text.decode("latin-1") for value in _extension_values(node) for tag, text in _raw_names(value)]
    return [text for text in texts if text is not None]


def _text(node: Node) -> str | None:
    if node.children:
        return None
    codec = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x12: "ascii", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
    try:
        return node.value.decode(codec[node.tag]) if node.tag in codec else None
    except UnicodeDecodeError:
        return None


def _extension_values(extensions: Node) -> list[bytes]:
    """The contents of SAN extensions."""
    return [
        extension.children[-1].content()
        for extension in extensions.children[0].children
        if extension.children and build([extension.children[0]]) == SAN
    ]


def _raw_names(value: bytes) -> list[tuple[int, bytes]]:
    """Tag and octets of each text name of a SAN extension's value."""
    try:
        names = parse(value)[0].children
    except (ValueError, IndexError):
        return []
    return [(name.tag, name.content()) for name in names if name.tag in (EMAIL, DNS, URI)]


def _with_names(value: bytes) -> bytes:
    """The template with `value` as its SAN extension's; its signature fits no more, which nobody looks at here."""
    nodes = parse(TEMPLATE)
    for siblings, place in every_node(nodes):
        if build([siblings[place]]) == SAN:
            siblings[-1].children = []
            siblings[-1].value = value
            return build(nodes)
    raise AssertionError("the template has no alternative names")
