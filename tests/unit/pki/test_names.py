"""Which names a certificate may be issued for."""

from __future__ import annotations

import pytest
from cryptography import x509

from sertwist.errors import ConfigError
from sertwist.limits import MAX_ALTERNATIVE_NAMES, MAX_COMMON_NAME
from sertwist.pki.names import (
    WantedNames,
    check_common_name,
    check_entries,
    check_file_name,
    is_host,
    name_text,
)
from sertwist.tls.certificate import MAX_NAME

HOSTILE = ["", " ", "a\0b", "a\nb", "a\rb", "a\x1b[2J", "a\x7f", "a\x85b", "a\u2028b", " a", "a ", "a\t"]


@pytest.mark.parametrize(
    "name", [*HOSTILE, "x" * (MAX_COMMON_NAME + 1), "../ca", "a/b", ".hidden", "-rf", "B\u043eb", "caf\u00e9", "a\\b"]
)
def test_name_of_files_is_refused_when_it_is_none(name: str) -> None:
    with pytest.raises(ConfigError, match=r"NAME .* can't be in a certificate"):
        check_file_name(name)


@pytest.mark.parametrize("name", ["x" * MAX_COMMON_NAME, "SER-Killer", "sip1.example.com", "bob@example.com", "Bob B"])
def test_name_of_files_is_taken_when_it_is_one(name: str) -> None:
    assert check_file_name(name) == name


@pytest.mark.parametrize("name", [*HOSTILE, "x" * (MAX_COMMON_NAME + 1), "a\u202eb", "a\ud800"])
def test_common_name_is_refused_when_a_reader_could_mistake_it(name: str) -> None:
    with pytest.raises(ConfigError, match=r"common name .* can't be in a certificate") as caught:
        check_common_name(name)
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()


@pytest.mark.parametrize("name", ["x" * MAX_COMMON_NAME, "M\u00fcller & S\u00f6hne, Inc.", "a/b"])
def test_common_name_is_any_printable_text(name: str) -> None:
    assert check_common_name(name) == name


def test_names_become_entries_each_once() -> None:
    wanted = WantedNames(
        hosts=("SIP1.example.com", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "example.com"),
        sip_domains=("example.com",),
        uris=("sip:bob@example.com", "https://example.com/x?y"),
        emails=("bob@Example.com",),
    )
    assert [name_text(each) for each in wanted.entries()] == [
        "URI:sip:example.com",
        "DNS:example.com",
        "DNS:sip1.example.com",
        "IP:192.0.2.1",
        "IP:2001:db8::1",
        "URI:sip:bob@example.com",
        "URI:https://example.com/x?y",
        "email:bob@example.com",
    ]


LONG_LABEL = "a" * 63
LONG_HOST = ".".join([LONG_LABEL] * 3 + ["a" * 61])  # 253 characters


@pytest.mark.parametrize("text", ["a", "xn--bcher-kva.example", LONG_HOST, "1.example", "a-b.example"])
def test_host_name_is_taken(text: str) -> None:
    assert WantedNames(hosts=(text,)).entries() == (x509.DNSName(text),)


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "*.example.com",
        "b\u00fccher.example",
        "-a.example",
        "a-.example",
        "a..b",
        "a.",
        ".a",
        "a_b.example",
        "1.2.3.4.5",
        "256.1.1.1",
        "sip:example.com",
        "example.com:5061",
        "a" * 64,
        LONG_HOST + "a",
    ],
)
@pytest.mark.parametrize("field", ["hosts", "sip_domains"])
def test_host_name_is_refused_when_it_is_none(field: str, text: str) -> None:
    with pytest.raises(ConfigError, match=r"host name .* can't be in a certificate"):
        WantedNames(**{field: (text,)}).entries()


def test_address_is_no_sip_domain() -> None:
    with pytest.raises(ConfigError, match="host name"):
        WantedNames(sip_domains=("192.0.2.1",)).entries()


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        "example.com",
        "sip:",
        "sip:a b@example.com",
        "sip:example.com:5061",
        "sip:bob@example.com:5061",
        "sip:example.com;transport=tls",
        "sips:*.example.com",
        "sip:a@b@example.com",
        "sip:b\u00f6b@example.com",
        "http:" + "a" * (MAX_NAME - 4),
    ],
)
def test_uri_is_refused_when_readers_stumble_over_it(text: str) -> None:
    with pytest.raises(ConfigError, match=r"URI .* can't be in a certificate"):
        WantedNames(uris=(text,)).entries()


def test_uri_is_taken_up_to_the_longest_that_a_script_can_see() -> None:
    text = "http:" + "a" * (MAX_NAME - 5)
    assert WantedNames(uris=(text,)).entries() == (x509.UniformResourceIdentifier(text),)


@pytest.mark.parametrize("text", [*HOSTILE, "bob", "@example.com", "bob@", "b b@example.com", "bob@exa mple.com"])
def test_mail_address_is_refused_when_it_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="can't be in a certificate"):
        WantedNames(emails=(text,)).entries()


def test_number_of_names_is_bounded() -> None:
    hosts = tuple(f"h{number}.example" for number in range(MAX_ALTERNATIVE_NAMES))
    assert len(WantedNames(hosts=hosts).entries()) == MAX_ALTERNATIVE_NAMES
    with pytest.raises(ConfigError, match="101 alternative names are more than 100"):
        WantedNames(hosts=(*hosts, "one.more")).entries()


def test_names_of_others_go_by_the_same_rules() -> None:
    good = (x509.DNSName("A.example"), x509.DNSName("a.example"), x509.RFC822Name("a@b.example"))
    assert check_entries(good) == (x509.DNSName("a.example"), x509.RFC822Name("a@b.example"))
    for bad in (
        x509.DNSName("*.example"),
        x509.UniformResourceIdentifier("sip:a:1"),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        x509.DirectoryName(x509.Name([])),
    ):
        with pytest.raises(ConfigError, match="can't be in a certificate"):
            check_entries((bad,))


@pytest.mark.parametrize(("text", "expected"), [("a.example", True), ("::1", True), ("bob", False), ("a b.c", False)])
def test_name_is_a_host_when_it_looks_like_one(text: str, expected: bool) -> None:
    assert is_host(text) is expected


def test_printed_name_holds_no_control_character() -> None:
    assert name_text(x509.DNSName("a\x1b[2Jb")) == "DNS:a\\x1b[2Jb"
