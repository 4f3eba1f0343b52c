"""URLs to endpoints."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.client.endpoint import parse_url
from sertwist.client.failure import ExitCode, Failure


@pytest.mark.parametrize(
    ("url", "address", "path"),
    [
        ("https://sip1.example.net", "sip1.example.net:5061", "/RPC2"),
        ("https://sip1.example.net:5060/", "sip1.example.net:5060", "/RPC2"),
        ("https://127.0.0.1:65535/a/b?c=d", "127.0.0.1:65535", "/a/b?c=d"),
        ("https://[::1]:5061/RPC2", "[::1]:5061", "/RPC2"),
    ],
)
def test_url_has_its_parts(url: str, address: str, path: str) -> None:
    endpoint = parse_url(url)
    assert (endpoint.address, endpoint.path, endpoint.expected_name) == (address, path, endpoint.host)


def test_server_name_is_expected_when_given() -> None:
    assert parse_url("https://127.0.0.1", server_name="sip1").expected_name == "sip1"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://localhost:5061/RPC2", "https://"),
        ("localhost:5061", "https://"),
        ("https://", "no host"),
        ("https://:5061/", "no host"),
        ("https://host:0/", "port 0"),
        ("https://host:65536/", "Port out of range"),
        ("https://host:x/", "Port"),
        ("https://[::1/", "Invalid IPv6"),
        ("https://bob:secret@host/", "user or password"),
        ("https://host/a#b", "no place"),
        ("https://host/a b", "no place"),
        ("https://host/\r\nX: y", "no place"),
        ("https://host/ü", "no place"),
    ],
)
def test_url_is_refused_when_it_cannot_be_used(url: str, words: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_url(url)
    assert caught.value.exit_code == ExitCode.USAGE
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@given(st.text().map("https://".__add__))
def test_every_text_is_an_endpoint_or_a_usage_error(url: str) -> None:
    with contextlib.suppress(Failure):
        endpoint = parse_url(url)
        assert endpoint.path.startswith("/")
        assert 0 < endpoint.port < 65_536
