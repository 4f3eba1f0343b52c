"""The console's files over plain sockets: who gets them, with which fields, and what other sites can't have done."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sertwist
from tests.system.console.scripts import console_script
from tests.system.running import RunningServer, read_response

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = sorted(each.name for each in (Path(sertwist.__file__).parent / "console").iterdir())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("console")
    started = RunningServer.start(folder / "server", console_script(pki, folder), pki, ())
    yield started
    started.assert_unharmed()


def ask(
    server: RunningServer,
    target: str = "/console",
    *fields: str,
    method: str = "GET",
    name: str | None = "bob",
    host: str | None = None,
    body: bytes = b"",
    protocol: str = "tls",
) -> tuple[int, dict[str, str], bytes]:
    where = host or f"localhost:{server.ports['tls']}"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {where}", "Connection: close", *fields]
    lines += [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    with server.connect(protocol, name) as sock:
        sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return read_response(sock)


def call(server: RunningServer, *fields: str, method: str = "core.version", **more: object) -> int:
    kind = "" if any(each.startswith("Content-Type") for each in fields) else "Content-Type: application/json"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}).encode()
    given = [each for each in (kind, *fields) if each]
    return ask(server, "/jsonrpc", *given, method="POST", body=body, **more)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("file", ["", *FILES])
def test_every_file_comes_with_the_fields_that_keep_it_to_itself(server: RunningServer, file: str) -> None:
    status, fields, body = ask(server, f"/console/{file}")
    assert (status, bool(body)) == (200, True)
    policy = dict(each.strip().partition(" ")[::2] for each in fields["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        **dict.fromkeys(("script-src", "style-src", "connect-src", "img-src"), "'self'"),
        **dict.fromkeys(("base-uri", "form-action", "frame-ancestors", "trusted-types"), "'none'"),
        "require-trusted-types-for": "'script'",
    }
    assert fields["cross-origin-opener-policy"] == fields["cross-origin-resource-policy"] == "same-origin"
    assert (fields["referrer-policy"], fields["x-content-type-options"]) == ("no-referrer", "nosniff")
    assert (fields["x-frame-options"], fields["cache-control"]) == ("DENY", "no-store")
    kinds = {
        "": "text/html",
        ".html": "text/html",
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
    }
    assert fields["content-type"].partition(";")[0] == kinds[Path(file).suffix]


@pytest.mark.parametrize("file", FILES)
def test_files_hold_nothing_that_the_policy_forbids_or_that_reads_text_as_html(file: str) -> None:
    text = (Path(sertwist.__file__).parent / "console" / file).read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\sstyle=|javascript:", text
    )
    assert not re.search(r"""(src|href|from|import)\s*=?\s*["']https?:""", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=\"", text)


@pytest.mark.parametrize(
    "target",
    ["/console/none.js", "/console/../console.py", "/console/%2e%2e/x", "/console//main.js", "/console/a/main.js"],
)
def test_other_files_do_not_exist(server: RunningServer, target: str) -> None:
    status, fields, body = ask(server, target)
    assert (status, body) == (404, b"404 No Such File\n")
    assert fields["content-security-policy"]


def test_the_script_says_who_gets_the_console(server: RunningServer) -> None:
    assert ask(server, name=None)[::2] == (403, b"403 No certificate\n")
    assert ask(server, name="revoked")[0] == 403
    assert ask(server, name="bob")[0] == 200


def test_view_is_a_call_that_can_be_explained(server: RunningServer) -> None:
    _, fields, _ = ask(server, name=None)
    told = server.proxy("bob").rpc.explain(fields["x-call-id"])
    assert told["code"] == 403
    assert any("No certificate" in line for line in told["runs"][0]["lines"])
    ask(server, "/console/main.js")
    assert ["console.view"] in [each["methods"] for each in server.proxy("bob").rpc.calls()]


def test_head_has_no_body_and_other_methods_are_refused(server: RunningServer) -> None:
    connection = server.http("bob")
    connection.request("HEAD", "/console")
    head = connection.getresponse()
    assert (head.status, head.read(), int(head.headers["Content-Length"]) > 100) == (200, b"", True)
    connection.request("GET", "/console")  # what followed would be taken for the next answer
    assert connection.getresponse().read().startswith(b"<!doctype html>")
    connection.close()
    assert ask(server, method="OPTIONS")[0] == 204
    assert ask(server, method="POST")[0] == 405
    assert ask(server, method="GET", body=b"x")[0] == 400


def test_console_needs_tls(server: RunningServer) -> None:
    assert ask(server, protocol="tcp", name=None)[0] == 403


def test_there_is_no_console_unless_the_script_asks_for_it(start_server: object, pki: Path, tmp_path: Path) -> None:
    server = start_server(console_script(pki, tmp_path, console=0))  # type: ignore[operator]
    assert ask(server)[0] == 404
    assert ask(server, "/console/main.js")[0] == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"), 403),
        (("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"), 403),
        (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"), 403),
        (("Origin: https://evil.example",), 403),
        (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"), 200),
        (("Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"), 200),
    ],
)
def test_other_sites_may_only_link_to_the_console(server: RunningServer, fields: tuple[str, ...], status: int) -> None:
    assert ask(server, "/console", *fields)[0] == status


def test_a_link_leads_to_no_file(server: RunningServer) -> None:
    link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
    assert ask(server, "/console/main.js", *link)[0] == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5061", "localhost.evil.example", "127.0.0.2", "sip.example.org.", ":1"],
)
def test_name_that_is_not_ours_gets_nothing(server: RunningServer, host: str) -> None:
    """DNS rebinding: the browser takes our address for that of the attacker's name."""
    assert ask(server, host=host)[0] == 421
    assert call(server, f"Origin: https://{host}", host=host) == 421
    assert call(server, "Sec-Fetch-Site: same-origin", host=host) == 421


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:5061", "LOCALHOST:1", "sip.example.org", "sip.example.org:8443"]
)
def test_names_of_the_server_are_taken(server: RunningServer, host: str) -> None:
    assert ask(server, host=host)[0] == 200
    assert call(server, f"Origin: https://{host}", "Sec-Fetch-Site: same-origin", host=host) == 200


def test_other_clients_may_call_the_server_what_they_like(server: RunningServer) -> None:
    assert call(server, host="whatever.example") == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (("Origin: https://evil.example", "Sec-Fetch-Site: cross-site"), 403),
        (("Origin: null",), 403),
        (("Sec-Fetch-Site: cross-site",), 403),
        (("Content-Type: text/plain", "Origin: null"), 403),
        (("Content-Type: text/plain",), 415),
        (("Content-Type: application/x-www-form-urlencoded",), 415),
        (("Content-Type: multipart/form-data; boundary=x",), 415),
    ],
)
def test_cross_site_form_or_fetch_runs_nothing(server: RunningServer, fields: tuple[str, ...], status: int) -> None:
    assert call(server, *fields, method="core.kill", name="ser-killer") == status
    assert server.process.poll() is None


def test_preflight_of_another_site_allows_nothing(server: RunningServer) -> None:
    for target in ("/jsonrpc", "/console"):
        wanted = ("Origin: https://evil.example", "Access-Control-Request-Method: POST")
        _, fields, _ = ask(server, target, *wanted, method="OPTIONS")
        assert not [name for name in fields if name.startswith("access-control")]
