"""JSON-RPC over a WebSocket on a real server: each message is judged; watches tell of changes, and end with a right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from wsproto import ConnectionType, WSConnection, events

from tests.system.test_policy import POLICY, script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


class Talk:
    """A WebSocket client."""

    def __init__(self, server: RunningServer, name: str | None, *fields: tuple[bytes, bytes], target: str = "/jsonrpc"):
        self.sock = server.connect("tls", name)
        self.sock.settimeout(15)
        self.ws = WSConnection(ConnectionType.CLIENT)
        request = events.Request(
            host=f"localhost:{server.ports['tls']}", target=target, subprotocols=["jsonrpc"], extra_headers=list(fields)
        )
        self.sock.sendall(self.ws.send(request))
        self.queue: list[events.Event] = []
        self.opening = self.event()

    def event(self) -> events.Event:
        while not self.queue:
            data = self.sock.recv(65_536)
            self.ws.receive_data(data or None)
            self.queue += list(self.ws.events())
        return self.queue.pop(0)

    def send(self, method: str, *params: Any, request_id: int = 1) -> None:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": list(params), "id": request_id})
        self.sock.sendall(self.ws.send(events.TextMessage(data=body)))

    def hear(self) -> Any:
        text = ""
        while True:
            event = self.event()
            assert isinstance(event, events.TextMessage), event
            text += event.data
            if event.message_finished:
                return json.loads(text)

    def call(self, method: str, *params: Any) -> Any:
        self.send(method, *params)
        answer = self.hear()
        return answer.get("result", answer.get("error", {}).get("code"))


@pytest.fixture
def started(start_server: StartServer, pki: Path, tmp_path: Path) -> RunningServer:
    (tmp_path / "server0").mkdir()
    (tmp_path / "server0" / "policy.toml").write_text(POLICY)
    return start_server(script(pki))


def test_each_message_is_judged(started: RunningServer) -> None:
    bob = Talk(started, "bob")
    assert isinstance(bob.opening, events.AcceptConnection)
    assert "sertwist" in bob.call("core.version")
    assert bob.call("core.kill") == 403
    assert bob.call("system.can", "core.kill")["allowed"] is False
    nobody = Talk(started, None)
    assert nobody.call("core.version") == 400
    bob.send("core.version", request_id=7)
    bob.send("core.uptime", request_id=8)
    assert [bob.hear()["id"], bob.hear()["id"]] == [7, 8]
    bob.sock.sendall(bob.ws.send(events.Ping(payload=b"x")))
    assert isinstance(bob.event(), events.Pong)
    bob.sock.sendall(bob.ws.send(events.CloseConnection(code=1000)))
    assert isinstance(bob.event(), events.CloseConnection)


@pytest.mark.parametrize(
    ("fields", "target", "status"),
    [
        (((b"Origin", b"https://evil.example"),), "/jsonrpc", 403),
        (((b"Sec-Fetch-Site", b"cross-site"),), "/jsonrpc", 403),
        ((), "/RPC2", 404),
    ],
)
def test_other_sites_and_places_get_none(
    started: RunningServer, fields: tuple[tuple[bytes, bytes], ...], target: str, status: int
) -> None:
    opening = Talk(started, "bob", *fields, target=target).opening
    assert isinstance(opening, events.RejectConnection)
    assert opening.status_code == status


def test_a_watch_tells_of_changes_only(started: RunningServer) -> None:
    root = started.proxy("ser-killer")
    root.htable.sets("bob", "a", "1")
    talk = Talk(started, "ser-killer")
    number = talk.call("rpc.watch", "htable.get", ["bob", "a"], 1.0)
    first = talk.hear()
    assert first["method"] == "rpc.changed"
    assert first["params"]["watch"] == number
    assert first["params"]["result"]["item"]["value"] == "1"
    root.htable.sets("bob", "a", "2")
    assert talk.hear()["params"]["result"]["item"]["value"] == "2"
    assert talk.call("rpc.unwatch", number) is True
    assert talk.call("rpc.unwatch", number) is False


def test_what_can_not_be_watched(started: RunningServer) -> None:
    talk = Talk(started, "ser-killer")
    for method in ("core.kill", "no.such", "rpc.watch", "system.multicall", "htable.sets"):
        assert talk.call("rpc.watch", method) == 400
    answers: list[Any] = []
    for number in range(33):
        talk.send("rpc.watch", "core.version", [], 3600.0, request_id=number)
    while len(answers) < 33:
        heard = talk.hear()
        if "id" in heard:
            answers.append(heard.get("result", heard.get("error", {}).get("code")))
    assert answers == [*range(1, 33), 429]


def test_a_right_that_is_taken_away_ends_a_watch(started: RunningServer, tmp_path: Path) -> None:
    talk = Talk(started, "bob")
    talk.call("rpc.watch", "core.modules", [], 1.0)
    assert "result" in talk.hear()["params"]
    (tmp_path / "server0" / "policy.toml").write_text(POLICY.replace('roles = ["reader", "root"]', 'roles = ["root"]'))
    started.proxy("ser-killer").rpc.policy_reload()
    ended = talk.hear()
    assert ended["params"]["error"]["code"] == 403
    assert talk.call("core.version") == 403


def test_nobody_can_be_told_over_plain_http(started: RunningServer) -> None:
    with pytest.raises(Exception, match="only over a WebSocket"):
        started.proxy("ser-killer").rpc.watch("core.version")
