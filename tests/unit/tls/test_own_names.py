"""A server domain's certificate and the name that the domain serves."""

from __future__ import annotations

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile, alternative_names
from sertwist.tls.domain import NameMode, OwnCertificate, Side, TLSDomain
from sertwist.tls.loading.own_names import check_own_names
from tests.unit.tls.kit import ROOT

EXACT, BOTH, BELOW = NameMode.EXACT, NameMode.WITH_SUBDOMAINS, NameMode.SUBDOMAINS


def findings(names: tuple[str, ...], mode: NameMode = EXACT, side: Side = Side.SERVER, name: str = "a.example") -> str:
    issued = ROOT.issue(
        Profile(common_names=("x",), usages=(SERVER_AUTH,), alternative_names=alternative_names(*names))
    )
    own = OwnCertificate(chain=(issued.certificate,), private_key=issued.key)
    domain = TLSDomain(side=side, server_name=name, server_name_mode=mode, server_id="" if name else "x")
    return "\n".join(text for _, text, _ in check_own_names(domain, own))


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        (("a.example",), EXACT),
        (("A.Example", "b.example"), EXACT),
        (("a.example", "*.a.example"), BOTH),
        (("x.a.example",), BELOW),
        ((), EXACT),
    ],
)
def test_nothing_is_said_when_the_certificate_is_for_the_name(names: tuple[str, ...], mode: NameMode) -> None:
    assert findings(names, mode) == ""


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        (("b.example",), EXACT),
        (("sip:a.example", "192.0.2.1"), EXACT),
        (("x.a.example",), EXACT),
        (("*.a.example",), BOTH),
        (("a.example",), BELOW),
        (("*.example.a.example.b",), EXACT),
    ],
)
def test_certificate_for_other_names_is_warned_about(names: tuple[str, ...], mode: NameMode) -> None:
    assert "has no alternative name for server_name a.example" in findings(names, mode)


@pytest.mark.parametrize(("name", "mode"), [("*.example", EXACT), ("*.a.example", BELOW)])
def test_wildcard_alone_is_warned_about(name: str, mode: NameMode) -> None:
    assert "for server_name a.example by a wildcard alone" in findings((name,), mode)


def test_name_of_a_client_domain_is_the_servers() -> None:
    assert findings(("b.example",), side=Side.CLIENT) == ""


def test_domain_without_a_name_has_nothing_to_compare() -> None:
    assert findings(("b.example",), name="") == ""
