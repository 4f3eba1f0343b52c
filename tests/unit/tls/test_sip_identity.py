"""For which SIP domains a certificate speaks (RFC 5922 7.1, 7.2; reference tls 6.1, 6.3)."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509

from sertwist.pki.authority import Profile
from sertwist.tls.certificate import CertificateView, view_certificate
from sertwist.tls.domain import NameRules
from sertwist.tls.sip_identity import domain_name, name_matches, sip_domains, sip_match
from tests.unit.tls.kit import ROOT

DNS, URI = x509.DNSName, x509.UniformResourceIdentifier


def view(*names: x509.GeneralName, cn: tuple[str, ...] = ("peer",)) -> CertificateView:
    return view_certificate(ROOT.issue(Profile(common_names=cn, alternative_names=names)).certificate)


@pytest.mark.parametrize(
    ("names", "called", "by_sip", "by_https"),
    [
        ([DNS("example.com")], "example.com", True, True),
        ([DNS("EXAMPLE.com")], "example.COM", True, True),
        ([DNS("example.com")], "example.com.", True, True),
        ([DNS("*.example.com")], "sip.example.com", False, True),
        ([DNS("*.example.com")], "*.example.com", False, False),
        ([DNS("example.com")], "sip.example.com", False, False),
        ([DNS("sip.example.com")], "example.com", False, False),
        ([URI("sip:example.com")], "example.com", True, False),
        ([URI("SIP:EXAMPLE.COM")], "example.com", True, False),
        ([URI("sip:example.com"), DNS("host.example.com")], "example.com", True, False),
        ([URI("sip:example.com"), DNS("host.example.com")], "host.example.com", False, True),
        ([URI("sips:example.com")], "example.com", False, False),
        ([URI("sip:bob@example.com")], "example.com", False, False),
        ([URI("sip:bob@example.com"), DNS("example.com")], "example.com", True, True),
        ([URI("sip:example.com:5061")], "example.com", False, False),
        ([URI("sip:example.com;transport=tls")], "example.com", False, False),
        ([URI("sip:example.com:5061"), DNS("example.com")], "example.com", True, False),
        ([URI("sip:"), URI("sip:a b"), URI("http://[")], "example.com", False, False),
        ([x509.RFC822Name("bob@example.com")], "example.com", False, False),
        ([x509.IPAddress(ipaddress.ip_address("192.0.2.7"))], "192.0.2.7", False, True),
        ([x509.IPAddress(ipaddress.ip_address("2001:db8::7"))], "2001:db8::7", False, True),
        ([x509.IPAddress(ipaddress.ip_address("192.0.2.7"))], "192.0.2.8", False, False),
        ([DNS("192.0.2.7")], "192.0.2.7", False, False),
        ([URI("sip:192.0.2.7")], "192.0.2.7", False, False),
        ([DNS("example.com")], "", False, False),
    ],
)
def test_name_matches_by_the_rules_asked_for(
    names: list[x509.GeneralName], called: str, by_sip: bool, by_https: bool
) -> None:
    certificate = view(*names)
    assert name_matches(certificate, called, NameRules.SIP) is by_sip
    assert sip_match(certificate, called) is by_sip
    assert name_matches(certificate, called, NameRules.HTTPS) is by_https
    assert name_matches(certificate, called, NameRules.NONE)


def test_common_name_counts_only_without_any_alternative_name() -> None:
    assert sip_domains(view(cn=("Example.com",))) == ("example.com",)
    assert not name_matches(view(cn=("example.com",)), "example.com", NameRules.HTTPS)
    assert sip_domains(view(DNS("other.example"), cn=("example.com",))) == ("other.example",)
    assert sip_domains(view(x509.RFC822Name("a@b.example"), cn=("example.com",))) == ()
    # A kind of alternative name that no view shows is one all the same.
    assert sip_domains(view(x509.RegisteredID(x509.ObjectIdentifier("1.2.3")), cn=("example.com",))) == ()


@pytest.mark.parametrize(
    "cn", [("example.com", "other.example"), ("Bob Smith",), ("*.example.com",), ("192.0.2.7",), ()]
)
def test_common_name_is_no_domain_when_it_is_not_one_plain_name(cn: tuple[str, ...]) -> None:
    assert sip_domains(view(cn=cn)) == ()


def test_domains_are_listed_once_each_in_their_order() -> None:
    names = [URI("sip:b.example"), URI("sip:bob@c.example"), URI("sip:A.example"), URI("sip:B.example")]
    assert sip_domains(view(*names)) == ("b.example", "a.example")


def test_certificate_with_a_defect_speaks_for_nobody() -> None:
    bad = view(DNS("example.com"), cn=("Bob\0",))
    assert bad.defect == "bad-name"
    assert sip_domains(bad) == ()
    assert not name_matches(bad, "example.com", NameRules.SIP)
    assert not name_matches(bad, "example.com", NameRules.HTTPS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "-a.example",
        "a b",
        "ex\u00e4mple.com",
        "\u212aelvin.example",
        "*.a",
        "192.0.2.1",
        "::1",
        "[::1]",
        "a\n",
        "a" * 64,
        ".".join(["a" * 60] * 5),
        "a/b",
        "a%b",
    ],
)
def test_text_is_no_domain_when_it_breaks_the_grammar(text: str) -> None:
    assert domain_name(text) == ""


def test_domain_may_be_as_long_as_the_bound() -> None:
    longest = ".".join(["a" * 63] * 3 + ["a" * 61])
    assert len(longest) == 253
    assert domain_name(longest) == longest
    assert domain_name(longest + "a") == ""
