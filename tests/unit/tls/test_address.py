"""The value grammar of per-domain parameters (reference tls 3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.errors import ConfigError
from sertwist.tls.domain import Side
from sertwist.tls.loading.address import parse_domain_value


@pytest.mark.parametrize(
    ("value", "address", "text"),
    [
        ("/etc/a.pem", None, "/etc/a.pem"),
        ("/etc/k=v/a.pem", None, "/etc/k=v/a.pem"),
        ("127.0.0.1:5061=/etc/a.pem", ("127.0.0.1", 5061), "/etc/a.pem"),
        (" 127.0.0.1:5061 = /etc/a b=c.pem ", ("127.0.0.1", 5061), "/etc/a b=c.pem"),
        ("[2001:DB8::1]:1=x", ("2001:db8::1", 1), "x"),
        ("[::ffff:192.0.2.1]:65535=x", ("192.0.2.1", 65535), "x"),
        ("*:5061=x", ("*", 5061), "x"),
        ("ANY:5061=x", ("*", 5061), "x"),
        ("server:127.0.0.1:5061=x", ("127.0.0.1", 5061), "x"),
        ("127.0.0.1:5061=", ("127.0.0.1", 5061), ""),
        ("", None, ""),
        ("1", None, "1"),
    ],
)
def test_value_names_a_domain_only_when_an_address_stands_before_it(
    value: str, address: tuple[str, int] | None, text: str
) -> None:
    parsed = parse_domain_value(value)
    assert (parsed.side, parsed.address, parsed.text) == (Side.SERVER, address, text)


@pytest.mark.parametrize(
    ("value", "address"),
    [("@192.0.2.9:5061=x", ("192.0.2.9", 5061)), ("@x", None), ("client:192.0.2.9:1=x", ("192.0.2.9", 1))],
)
def test_value_is_the_client_sides_when_marked_so(value: str, address: tuple[str, int] | None) -> None:
    parsed = parse_domain_value(value)
    assert (parsed.side, parsed.address, parsed.text) == (Side.CLIENT, address, "x")


@pytest.mark.parametrize(
    "value",
    [
        "1.2.3.4=x",
        "1.2.3.4:0=x",
        "1.2.3.4:65536=x",
        "1.2.3.4:sip=x",
        "1.2.3.4:=x",
        "256.2.3.4:5061=x",
        "2001:db8::1=x",
        "[2001:db8::1]=x",
        "[2001:db8::g]:5061=x",
        "sip.example.com:5061=x",
        "*=x",
    ],
)
def test_value_is_refused_when_its_address_is_none(value: str) -> None:
    with pytest.raises(ConfigError, match="<ip>:<port>=<value>") as raised:
        parse_domain_value(value)
    assert raised.value.code == "tls-address"


@given(st.text(alphabet="@*[]:=./ 0123456789abfserv", max_size=40))
def test_any_text_is_a_value_or_refused_by_our_own_error(text: str) -> None:
    try:
        parsed = parse_domain_value(text)
    except ConfigError:
        return
    assert parsed.text == parsed.text.strip()
