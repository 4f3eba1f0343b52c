"""Which client domain a connection is made by (reference tls 4.2), and what name it checks (6.3)."""

from __future__ import annotations

import pytest

from sertwist.errors import UnavailableError
from sertwist.tls.domain import NameMode, NameRules, Side, TLSDomain, VerifyMode
from sertwist.tls.domain_table import DomainTable
from sertwist.tls.server_check import name_to_check, name_to_send, why_unnamed


def client(address: tuple[str, int] | None = None, **settings: object) -> TLSDomain:
    return TLSDomain(side=Side.CLIENT, address=address, verify=VerifyMode.ON, **settings)  # type: ignore[arg-type]


AT = ("192.0.2.1", 5061)
TABLE = DomainTable(
    [
        client(),
        client(AT),
        client(("192.0.2.2", 5061), server_name="one.example"),
        client(("192.0.2.3", 5061), server_name="one.example"),
        client(("192.0.2.3", 5061), server_name="two.example"),
        client(server_name="partner.example", server_name_mode=NameMode.WITH_SUBDOMAINS),
        client(server_id="trunk"),
    ]
)


@pytest.mark.parametrize(
    ("address", "name", "expected"),
    [
        (AT, "", "client:192.0.2.1:5061"),
        (AT, "any.example", "client:192.0.2.1:5061"),
        (AT, "partner.example", "client:*/**.partner.example"),
        (AT, "a.partner.example", "client:*/**.partner.example"),
        (("192.0.2.2", 5061), "one.example", "client:192.0.2.2:5061/one.example"),
        (("192.0.2.2", 5061), "", "client:192.0.2.2:5061/one.example"),
        (("192.0.2.2", 5062), "", "client:default"),
        (("192.0.2.3", 5061), "", "client:default"),  # two names: which is not known
        (("192.0.2.3", 5061), "two.example", "client:192.0.2.3:5061/two.example"),
    ],
)
def test_domain_is_chosen_by_name_then_by_address(address: tuple[str, int], name: str, expected: str) -> None:
    assert TABLE.client(*address, server_name=name).name == expected


def test_id_decides_alone_and_an_unknown_one_is_refused() -> None:
    assert TABLE.client(*AT, server_name="partner.example", server_id="TRUNK").name == "client:*#trunk"
    with pytest.raises(UnavailableError, match="no TLS client domain has the server_id 'x'"):
        TABLE.client(*AT, server_id="x")


@pytest.mark.parametrize(
    ("settings", "called", "checked", "sent"),
    [
        ({}, "a.example", "a.example", "a.example"),
        ({}, "192.0.2.1", "192.0.2.1", ""),
        ({"server_name": "own.example"}, "a.example", "own.example", "own.example"),
        ({"server_name": "own.example"}, "192.0.2.1", "own.example", "own.example"),
        (
            {"server_name": "own.example", "server_name_mode": NameMode.WITH_SUBDOMAINS},
            "a.own.example",
            "a.own.example",
            "a.own.example",
        ),
        ({"server_name": "own.example", "server_name_mode": NameMode.SUBDOMAINS}, "", "own.example", "own.example"),
    ],
)
def test_name_to_check_is_the_domains_own_else_what_was_called(
    settings: dict[str, object], called: str, checked: str, sent: str
) -> None:
    assert name_to_check(client(**settings), called) == checked
    assert name_to_send(client(**settings), called) == sent


@pytest.mark.parametrize(
    ("settings", "called", "is_known"),
    [
        ({}, "a.example", True),
        ({}, "192.0.2.1", False),
        ({}, "", False),
        ({"name_rules": NameRules.HTTPS}, "192.0.2.1", True),
        ({"name_rules": NameRules.HTTPS}, "", False),
        ({"name_rules": NameRules.NONE}, "", True),
        ({"server_name": "own.example"}, "192.0.2.1", True),
    ],
)
def test_server_can_only_pass_where_a_name_is_known(settings: dict[str, object], called: str, is_known: bool) -> None:
    words = why_unnamed(client(**settings), called)
    assert (not words) is is_known
    assert words == "" or "server_name or verify_name=no for client:default" in words
    assert why_unnamed(TLSDomain(side=Side.CLIENT), called) == ""  # a domain that verifies nobody
