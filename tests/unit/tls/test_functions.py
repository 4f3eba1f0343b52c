"""What scripts ask about a peer's certificate as a whole."""

from __future__ import annotations

import pytest
from cryptography import x509

from sertwist.pki.authority import Profile
from sertwist.tls.context import ServerContextFactory
from tests.unit.tls.kit import BOB, OTHER_ROOT, ROOT, Outcome, client_context, connect, make_domain
from tests.unit.tls.scripted import ALTERNATIVES, MODULE, context_of, rich

CALLS = {each.name: each.call for each in MODULE.functions()}


def met(credential) -> Outcome:
    return connect(ServerContextFactory(make_domain()), client_context(credential))


@pytest.fixture(scope="module")
def carol() -> Outcome:
    return met(rich())


@pytest.fixture(scope="module")
def mallory() -> Outcome:
    return met(OTHER_ROOT.issue(Profile(common_names=("Bob",), alternative_names=ALTERNATIVES)))


def holds(name: str, outcome: Outcome | None, *arguments: str) -> bool:
    value = CALLS[name](context_of(outcome), *arguments)
    assert value in (1, -1)  # never 0, which would end the script
    return value == 1


def test_peer_is_verified_as_the_select_says(carol: Outcome, mallory: Outcome) -> None:
    assert holds("is_peer_verified", carol)
    assert not holds("is_peer_verified", mallory)
    assert not holds("is_peer_verified", met(None))
    assert not holds("is_peer_verified", None)


HAS = [
    ("dns", "carol.example.com", True),
    ("dns", "carol.example.net", True),  # not the first one
    ("DNS", "CAROL.example.NET", True),
    ("dns", "carol.example.net.", True),
    ("dns", "xn--bcher-kva.example", True),
    ("dns", "bücher.example", False),
    ("dns", "example.com", False),
    ("dns", "www.carol.example.com", False),
    ("dns", "", False),
    ("email", "carol@example.net", True),
    ("email", "carol@EXAMPLE.net", True),
    ("email", "Carol@example.net", False),
    ("email", "example.net", False),
    ("email", "@example.net", False),
    ("uri", "sip:carol@example.com", True),
    ("uri", "SIP:carol@EXAMPLE.com", True),
    ("uri", "sip:Carol@example.com", False),
    ("uri", "sips:carol@example.com", False),
    ("uri", "sip:carol@example.com:5060", False),
    ("uri", "sip:carol@example.com;transport=tls", False),
    ("uri", "sip:example.net", True),
    ("uri", "example.net", False),
    ("uri", "sip:carol@example.com\r\n", False),
    ("ip", "192.0.2.7", True),
    ("ip", "2001:DB8:0:0::7", True),
    ("ip", "[2001:db8::7]", True),
    ("ip", "192.0.2.8", False),
    ("ip", "carol.example.com", False),
    ("serial", "1", False),
]


@pytest.mark.parametrize(("kind", "written", "wanted"), HAS)
def test_any_name_of_the_certificate_counts(
    kind: str, written: str, wanted: bool, carol: Outcome, mallory: Outcome
) -> None:
    assert holds("tls_peer_has", carol, kind, written) is wanted
    assert not holds("tls_peer_has", mallory, kind, written)
    assert not holds("tls_peer_has", None, kind, written)


def test_wildcard_in_a_certificate_is_no_name_of_a_peer() -> None:
    wild = met(ROOT.issue(Profile(common_names=("x",), alternative_names=[x509.DNSName("*.example.com")])))
    for name in ("a.example.com", "*.example.com", "example.com"):
        assert not holds("tls_peer_has", wild, "dns", name)
        assert not holds("tls_peer_is", wild, name)


@pytest.mark.parametrize("function", ["tls_peer_is", "tls_peer_domain"])
def test_peer_speaks_for_the_domain_of_its_sip_uri(function: str, carol: Outcome, mallory: Outcome) -> None:
    assert holds(function, carol, "example.net")
    assert holds(function, carol, "Example.NET.")
    for name in ("example.com", "carol.example.com", "www.example.net", "192.0.2.7", ""):
        assert not holds(function, carol, name)
    assert not holds(function, mallory, "example.net")
    assert not holds(function, None, "example.net")


def test_common_name_is_a_domain_only_without_alternative_names() -> None:
    assert holds("tls_peer_is", met(ROOT.issue(Profile(common_names=("example.org",)))), "example.org")
    both = Profile(common_names=("example.org",), alternative_names=[x509.RFC822Name("a@example.org")])
    assert not holds("tls_peer_is", met(ROOT.issue(both)), "example.org")
    assert not holds("tls_peer_is", met(BOB), "example.org")
