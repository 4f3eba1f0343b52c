"""What of management requests is refused before a script sees them."""

from __future__ import annotations

import pytest

from sertwist.limits import HttpLimits
from sertwist.rpc.http_framer import HttpFramer, HttpRequest
from sertwist.rpc.http_policy import check_dispatch, check_management_request, target_address, target_path


def request(*fields: str, method: str = "POST", target: str = "/RPC2", kind: str | None = "text/xml") -> HttpRequest:
    lines = [f"{method} {target} HTTP/1.1", "Host: ser.example:5061", "Content-Length: 4", *fields]
    lines += [] if kind is None else [f"Content-Type: {kind}"]
    framer = HttpFramer(HttpLimits())
    framer.feed("\r\n".join(lines).encode() + b"\r\n\r\n<x/>")
    made = framer.next()
    assert isinstance(made, HttpRequest)
    return made


def status(made: HttpRequest) -> int | None:
    refusal = check_management_request(made)
    return None if refusal is None else refusal.status


@pytest.mark.parametrize(
    "target",
    [
        "/RPC2",
        "/",
        "/?x",
        "/RPC2/sip:a@b",
        "/sip:a@b;transport=tls?x=y",
        "/RPC2/sips:a@b",
        "https://h:1/RPC2",
        "http://h",
    ],
)
def test_the_paths_of_xmlrpc_are_served(target: str) -> None:
    assert status(request(target=target)) is None


@pytest.mark.parametrize(
    "target", ["/rpc2", "/RPC2/", "/RPC22", "/RPC2/x", "//RPC2", "*", "/RPC2/../", "/%52PC2", "/metrics"]
)
def test_other_paths_are_not(target: str) -> None:
    assert status(request(target=target)) == 404


def test_a_target_may_name_an_address_of_record() -> None:
    assert (
        target_address("/RPC2/sip:alice@example.org")
        == target_address("/sip:alice@example.org?x")
        == "sip:alice@example.org"
    )
    assert target_address("/RPC2") == target_address("/tel:1") == ""
    assert target_path("https://host/RPC2?a=b") == "/RPC2"


def test_methods_other_than_those_of_management_are_refused() -> None:
    refusal = check_management_request(request(method="PUT"))
    assert refusal is not None
    assert (refusal.status, dict(refusal.headers)["Allow"]) == (405, "POST, GET, HEAD, OPTIONS")
    refusal = check_management_request(request(method="OPTIONS"))
    assert refusal is not None
    assert (refusal.status, refusal.text, dict(refusal.headers)["Allow"]) == (204, "", "POST, GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("text/xml", (), None),
        ("Application/XML; charset=utf-8", (), None),
        ("text/xml", ("Origin: https://ser.example:5061",), None),
        ("application/x-www-form-urlencoded", (), None),
        (None, (), None),
        ("text/plain", (), 415),
        ("application/json", (), None),
        ("application/json", ("Origin: https://ser.example:5061",), None),
        ("text/json", (), 415),
        ("multipart/form-data; boundary=x", (), 415),
        ("application/x-www-form-urlencoded", ("Referer: https://ser.example:5061/",), 415),
        (None, ("Sec-Fetch-Mode: no-cors",), 415),
        (None, ("Origin: https://ser.example:5061",), 415),
    ],
)
def test_only_types_that_a_browser_may_not_send_unasked_are_taken(
    kind: str | None, fields: tuple[str, ...], expected: int | None
) -> None:
    assert status(request(*fields, kind=kind)) == expected


@pytest.mark.parametrize(
    "field",
    [
        "Origin: https://evil.example",
        "Origin: null",
        "Origin: https://ser.example",
        "Origin: https://ser.example:5061.evil.example",
        "Origin: ",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Sec-Fetch-Site: ",
        "Origin: file://ser.example:5061",
    ],
)
def test_requests_of_other_sites_are_refused(field: str) -> None:
    assert status(request(field)) == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_browsers_own_requests_pass(site: str) -> None:
    assert status(request(f"Sec-Fetch-Site: {site}", "Origin: HTTPS://ser.example:5061")) is None


def test_a_get_is_seen_by_the_script_but_is_no_call_unless_allowed() -> None:
    get = request(method="GET")
    assert status(get) is None
    refusal = check_dispatch(get)
    assert refusal is not None
    assert (refusal.status, refusal.headers) == (405, (("Allow", "POST"),))
    assert check_dispatch(get, allow_get=True) is None
    get.body = b""
    assert check_dispatch(get, allow_get=True) is not None
    assert check_dispatch(request(method="HEAD"), allow_get=True) is not None
    assert check_dispatch(request()) is None
