"""An operator asks why a call was refused, over XML-RPC and JSON-RPC, on a real server."""

from __future__ import annotations

import json
import time
import xmlrpc.client
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.system.running import RunningServer


def post(server: RunningServer, name: str | None, body: Any, kind: str = "application/json") -> tuple[int, Any, Any]:
    """Status, X-Call-ID and what came back for a JSON document."""
    connection = server.http(name)
    try:
        connection.request("POST", "/jsonrpc", json.dumps(body).encode(), {"Content-Type": kind})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, answer.headers["X-Call-ID"], json.loads(text) if text[:1] in b"[{" and text else None
    finally:
        connection.close()


def request(method: str, *params: Any, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 1, **more}


def explained(server: RunningServer, call: str = "") -> Any:
    """What `rpc.explain` tells, once calls are judged by the traced program."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with pytest.raises(xmlrpc.client.Fault):
            server.proxy("bob").core.kill()
        told = server.proxy("bob").rpc.explain(call)
        if told["runs"][0]["lines"]:
            return told
        assert not call
    raise AssertionError("never traced")


def test_the_lines_that_refused_a_call_are_told(seed_server: RunningServer) -> None:
    told = explained(seed_server)
    assert (told["methods"], told["code"], told["text"]) == (["core.kill"], 400, "Access to core.kill denied")
    assert "Bob" in told["caller"]
    (run,) = told["runs"]
    assert run["decision"] == "answered 400 Access to core.kill denied"
    text = "\n".join(run["lines"])
    assert 'if (@tls.peer != "SER-Killer") {' in text
    assert '@tls.peer = "Bob"' in text


def test_a_refused_member_is_told_with_its_own_lines(seed_server: RunningServer) -> None:
    explained(seed_server)
    batch = [request("core.version"), request("core.kill"), request("core.uptime")]
    status, call_id, answers = post(seed_server, "bob", batch)
    assert status == 200
    assert [each["error"]["message"] for each in answers] == ["Access to core.kill denied"] * 3
    told = seed_server.proxy("bob").rpc.explain(call_id)
    assert [run["method"] for run in told["runs"]] == ["system.multicall", "core.version", "core.kill"]


def test_json_rpc_is_judged_by_the_same_lines(seed_server: RunningServer) -> None:
    status, call_id, answer = post(seed_server, None, request("core.version"))
    assert (status, answer["error"]["code"], answer["error"]["message"]) == (200, 400, "Unauthorized")
    assert call_id
    status, call_id, answer = post(seed_server, "bob", request("core.version"))
    assert (status, call_id) == (200, None)
    assert "sertwist" in answer["result"]
    _, _, answer = post(seed_server, "bob", request("core.kill"))
    assert answer["error"]["message"] == "Access to core.kill denied"


def test_a_notification_reads_and_never_changes(seed_server: RunningServer) -> None:
    bare = {"jsonrpc": "2.0", "method": "core.version"}
    assert post(seed_server, "bob", bare) == (204, None, None)
    status, call_id, answer = post(seed_server, "ser-killer", {"jsonrpc": "2.0", "method": "core.kill"})
    assert (status, answer) == (204, None)
    assert seed_server.proxy("bob").rpc.explain(call_id)["text"] == (
        "Access to core.kill denied: a notification may only read"
    )


def test_only_json_is_taken_at_the_path_of_json(seed_server: RunningServer) -> None:
    assert post(seed_server, "bob", request("core.version"), "text/plain")[0] == 415


def test_the_last_calls_are_listed(seed_server: RunningServer) -> None:
    explained(seed_server)
    seed_server.proxy("bob").core.version()
    rows = seed_server.proxy("bob").rpc.calls()
    assert rows[0]["methods"] == ["core.version"]
    assert all(row["code"] for row in seed_server.proxy("bob").rpc.calls(True, 5))
    with pytest.raises(xmlrpc.client.Fault, match="No Such Call"):
        seed_server.proxy("bob").rpc.explain("nonsense")
