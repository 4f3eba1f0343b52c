"""The files of module permissions: what lines mean, and what is said of those that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.limits import MAX_PERMISSION_LINES
from sertwist.modules.permissions import files
from sertwist.modules.permissions.addresses import read_addresses
from sertwist.modules.permissions.rules import RuleSet, read_rules
from sertwist.modules.permissions.trusted import read_trusted

if TYPE_CHECKING:
    from pathlib import Path

ALLOW = """
# who may call where
"^sip:[0-9]+@" EXCEPT "^sip:13" : "^sip:361", "^sip:362"   # the city
ALL : "^sip:112@" EXCEPT "@evil\\.example"
"""
DENY = """
ALL : "^sip:09", "^sip:362"
"^sip:bob@" : ALL
"""


@pytest.mark.parametrize(
    ("left", "right", "allowed"),
    [
        ("sip:55@a", "sip:361@b", True),
        ("sip:55@a", "sip:362@b", True),
        ("sip:1355@a", "sip:362@b", False),
        ("sip:alice@a", "SIP:090@b", False),
        ("sip:alice@a", "sip:100@b", True),
        ("sip:bob@a", "sip:100@b", False),
        ("sip:bob@a", "sip:112@b", True),
        ("sip:bob@a", "sip:112@evil.example", False),
        ("sip:alice@a", "sip:112@evil.example", True),
    ],
)
def test_allow_file_wins_then_the_deny_file_then_it_is_allowed(left: str, right: str, allowed: bool) -> None:
    rules = RuleSet(read_rules(ALLOW, "allow"), read_rules(DENY, "deny"))
    assert rules.allows(left, right) is allowed


@pytest.mark.parametrize(
    "line",
    [
        '"a"',
        '"a" :',
        ': "b"',
        '"a" : "b" : "c"',
        '"a" "b" : "c"',
        '"a", : "b"',
        '"a : "b"',
        "a : b",
        '"(" : ALL',
        '"(a+)+" : ALL',
        '"a" EXCEPT : "b"',
        '"a" EXCEPT "b" EXCEPT "c" : "d"',
    ],
)
def test_line_that_is_no_rule_is_told_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match=r"^rules\.allow:3: "):
        read_rules(f"# first\n\n{line}\n", "rules.allow")


ADDRESSES = """
# group address mask port tag
1 192.0.2.9 32 0 office
1, 10.0.0.0, 8, 5060, lan
1 10.1.0.0/16 16 0 inner
2;2001:db8::;32;0
2 [2001:db8:1::1]
3 Gw.Example.com 32 5061 "the gateway"
"""


@pytest.mark.parametrize(
    ("group", "address", "port", "tag"),
    [
        (1, "192.0.2.9", 5070, "office"),
        (1, "192.0.2.10", 5070, None),
        (2, "192.0.2.9", 5070, None),
        (1, "10.2.3.4", 5060, "lan"),
        (1, "10.2.3.4", 5061, None),
        (1, "10.1.3.4", 5061, "inner"),
        (1, "::ffff:10.1.3.4", 5061, "inner"),
        (2, "2001:db8:ffff::1", 1, ""),
        (2, "2001:db9::1", 1, None),
        (3, "gw.example.com", 5061, "the gateway"),
        (3, "gw.example.com", 5060, None),
        (9, "10.2.3.4", 5060, None),
    ],
)
def test_address_belongs_to_the_group_that_its_line_says(group: int, address: str, port: int, tag: str | None) -> None:
    row = read_addresses(ADDRESSES, "f").find(group, address, port)
    assert (None if row is None else row.tag) == tag


def test_first_group_of_an_address_is_found() -> None:
    table = read_addresses(ADDRESSES, "f")
    row = table.find_group("2001:db8::5", 5060)
    assert row is not None
    assert row.group == 2
    assert table.find_group("203.0.113.1", 5060) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1", "group address"),
        ("x 10.0.0.1", "'x' is no group"),
        ("1 10.0.0.1 33", "no network"),
        ("1 10.0.0.1 32 70000", "no port"),
        ("1 exa_mple.com", "neither"),
        ("-1 10.0.0.1", "no group"),
    ],
)
def test_line_that_is_no_address_is_told_with_its_number(line: str, words: str) -> None:
    with pytest.raises(ValueError, match=rf"^addr:2: .*{words}"):
        read_addresses(f"\n{line}\n", "addr")


TRUSTED = """
192.0.2.9 any
192.0.2.10 tls "^sip:.*@example\\.org$"
198.51.100.0/24 udp - "^sip:1" gateways   # a comment
203.0.113.1 none
"""


@pytest.mark.parametrize(
    ("address", "protocol", "from_uri", "ruri", "passes"),
    [
        ("192.0.2.9", "UDP", "sip:a@b", "sip:c@d", True),
        ("192.0.2.9", "UDP", None, None, True),
        ("192.0.2.10", "TLS", "sip:a@example.org", "sip:c@d", True),
        ("192.0.2.10", "UDP", "sip:a@example.org", "sip:c@d", False),
        ("192.0.2.10", "TLS", "sip:a@example.net", "sip:c@d", False),
        ("192.0.2.10", "TLS", None, "sip:c@d", False),
        ("198.51.100.77", "UDP", "sip:a@b", "sip:100@d", True),
        ("198.51.100.77", "UDP", "sip:a@b", "sip:200@d", False),
        ("203.0.113.1", "UDP", "sip:a@b", "sip:100@d", False),
    ],
)
def test_trusted_peer_passes_by_its_line(
    address: str, protocol: str, from_uri: str | None, ruri: str | None, passes: bool
) -> None:
    peers = read_trusted(TRUSTED, "f")
    assert any(peer.is_true_of(address, protocol, from_uri, ruri) for peer in peers) is passes
    assert [peer.tag for peer in peers] == ["", "", "gateways", ""]


@pytest.mark.parametrize("line", ["192.0.2.9", "x any", "192.0.2.9 quic", "192.0.2.9 any (", '192.0.2.9 any "open'])
def test_line_that_trusts_nobody_is_told_with_its_number(line: str) -> None:
    with pytest.raises(ValueError, match=r"^t:1: "):
        read_trusted(line, "t")


def test_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for read in (read_rules, read_addresses, read_trusted):
        assert read("\n" * MAX_PERMISSION_LINES, "f") is not None
        with pytest.raises(ValueError, match="lines"):
            read("\n" * (MAX_PERMISSION_LINES + 1), "f")
    monkeypatch.setattr(files, "MAX_PERMISSION_FILE", 10)
    path = tmp_path / "f"
    path.write_bytes(b"x" * 10)
    assert files.read_file(path) == "x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(ValueError, match="larger"):
        files.read_file(path)
    assert files.read_file(tmp_path / "none") is None
    with pytest.raises(ValueError, match="cannot read"):
        files.read_file(tmp_path)
