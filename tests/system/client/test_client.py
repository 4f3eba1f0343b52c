"""The library over real connections: values, exceptions, what is sent again and what never."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.client import (
    AsyncClient,
    Client,
    DeniedError,
    FaultError,
    NotFoundError,
    Options,
    OutcomeUnknownError,
    UnreachableError,
    UsageError,
)
from sertwist.client.pins import key_pin
from tests.system.serctl.peer import Peer, UnixPeer, fault_document

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

INFO = {"effect": "write", "idempotent": False, "params": [{"name": "table", "type": "string"}, {"name": "aor"}]}


def losing(count: int, method: str) -> Any:
    """Close the connection instead of the first `count` answers to `method`."""
    left = [count]

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        if handler.server.calls[-1][0] != method or not left[0]:  # type: ignore[attr-defined]
            return True
        left[0] -= 1
        handler.close_connection = True
        return False

    return answer


def remembering(memory: str) -> dict[str, Any]:
    """What a server says that knows keys again."""
    return {"idempotency": {"specVersion": 1, "memory": memory}}


def sent(peer: Peer, method: str) -> int:
    """How often `method` came."""
    return [name for name, _ in peer.calls].count(method)


def test_calls_return_values_and_raise_faults(peer: Peer, bob: Options) -> None:
    peer.methods["m"] = lambda: fault_document(403, "Access to m denied")
    with Client(peer.url, bob) as client:
        assert client.call("core.version") == "sertwist 0.1.0"
        with pytest.raises(DeniedError, match="Access to m denied") as denied:
            client.call("m")
        with pytest.raises(NotFoundError) as missing:
            client.call("n")
    assert (denied.value.number, missing.value.code) == (403, "no-method")
    assert peer.accepted == 1


def test_names_become_places_over_xml_rpc(peer: Peer, bob: Options) -> None:
    peer.methods |= {"ul.rm": 1, "system.methodInfo": INFO}
    with Client(peer.url, bob) as client:
        assert client.call("ul.rm", aor="a@b", table="location") == 1
        with pytest.raises(UsageError, match="tabel"):
            client.call("ul.rm", tabel="x")
    assert peer.calls[-1] == ("ul.rm", ("location", "a@b"))


def test_names_are_sent_as_they_are_over_json_rpc(peer: Peer, bob: Options) -> None:
    peer.methods["ul.rm"] = {"ok": True}
    with Client(peer.url, replace(bob, protocol="jsonrpc")) as client:
        assert client.call("ul.rm", aor="a@b", table="location") == {"ok": True}
        with pytest.raises(NotFoundError) as caught:
            client.call("n", 1, "x")
    assert peer.calls == [("ul.rm", {"aor": "a@b", "table": "location"}), ("n", (1, "x"))]
    assert (caught.value.hint, caught.value.number) == ("Look.", -32601)
    assert peer.heads[0][0] == "/jsonrpc"
    assert peer.heads[0][1]["Content-Type"] == "application/json"


def test_multicall_gives_each_member_its_value_or_fault(peer: Peer, bob: Options) -> None:
    peer.methods["system.multicall"] = [[1], {"faultCode": 404, "faultString": "no"}, ["x"]]
    with Client(peer.url, bob) as client:
        first, second, third = client.multicall([("a", [1]), ("b", []), ("c", [])])
        assert client.multicall([]) == []
    assert (first, third) == (1, "x")
    assert isinstance(second, NotFoundError)
    assert peer.calls == [
        ("system.multicall", ([{"methodName": n, "params": p} for n, p in (("a", [1]), ("b", []), ("c", []))],))
    ]


def test_a_refused_connection_is_tried_again_and_the_call_runs_once(peer: Peer, bob: Options, pki: Path) -> None:
    port = peer.server_address[1]
    peer.shutdown()
    peer.server_close()
    other: list[Peer] = []

    def serve() -> None:
        again = Peer(pki, port=port)
        again.__enter__()
        other.append(again)

    timer = threading.Timer(0.05, serve)
    timer.start()
    with Client(f"https://localhost:{port}/RPC2", replace(bob, retries=20)) as client:
        assert client.call("core.version") == "sertwist 0.1.0"
    timer.join()
    assert other[0].calls == [("core.version", ())]
    other[0].__exit__()


def test_a_lost_answer_is_asked_for_again_when_the_method_is_idempotent(peer: Peer, bob: Options) -> None:
    peer.methods |= {"m": 7, "system.methodInfo": {**INFO, "idempotent": True}}
    peer.raw = losing(2, "m")
    with Client(peer.url, bob) as client:
        assert client.call("m") == 7
    assert sent(peer, "m") == 3


@pytest.mark.parametrize("info", [None, INFO, {"effect": "read"}])
def test_nothing_is_sent_twice_that_may_have_run(peer: Peer, bob: Options, info: Any) -> None:
    peer.methods |= {"m": 7} if info is None else {"m": 7, "system.methodInfo": info}
    peer.raw = losing(1, "m")
    with Client(peer.url, bob) as client:
        with pytest.raises(OutcomeUnknownError):
            client.call("m", idempotency_key="k")
        assert client.call("core.version") == "sertwist 0.1.0"
    assert sent(peer, "m") == 1


def test_a_write_is_sent_again_with_its_key_when_the_server_knows_keys(peer: Peer, bob: Options) -> None:
    peer.methods |= {"m": 7, "system.methodInfo": INFO, "system.getCapabilities": remembering("one")}
    peer.raw = losing(1, "m")
    with Client(peer.url, bob) as client:
        assert client.call("m", idempotency_key="k1") == 7
        peer.raw = losing(1, "m")
        with pytest.raises(OutcomeUnknownError):
            client.call("m")
    keys = [fields.get("Idempotency-Key") for (name, _), (_, fields) in zip(peer.calls, peer.heads, strict=True)
            if name == "m"]  # fmt: skip
    assert keys == ["k1", "k1", None]


def test_a_write_is_not_sent_again_when_the_server_has_forgotten_its_key(peer: Peer, bob: Options) -> None:
    peer.methods |= {"m": 7, "system.methodInfo": INFO, "system.getCapabilities": remembering("one")}
    lose = losing(1, "m")

    def restart(handler: BaseHTTPRequestHandler) -> bool:
        is_usual = lose(handler)
        if not is_usual:
            peer.methods["system.getCapabilities"] = remembering("two")
        return bool(is_usual)

    peer.raw = restart
    with Client(peer.url, bob) as client, pytest.raises(OutcomeUnknownError):
        client.call("m", idempotency_key="k")
    assert sent(peer, "m") == 1
    peer.methods["system.getCapabilities"] = {"idempotency": {"specVersion": 1}}  # one that does not say
    peer.raw = losing(1, "m")
    with Client(peer.url, bob) as client, pytest.raises(OutcomeUnknownError):
        client.call("m", idempotency_key="k")
    assert sent(peer, "m") == 2


def test_outcome_stays_unknown_while_the_server_still_runs_the_call(peer: Peer, bob: Options) -> None:
    running = fault_document(409, "The call with this Idempotency-Key is still running")
    peer.methods |= {"system.methodInfo": INFO, "system.getCapabilities": remembering("one")}
    peer.methods["m"] = lambda: running
    peer.raw = losing(1, "m")
    with Client(peer.url, replace(bob, retries=1)) as client, pytest.raises(OutcomeUnknownError):
        client.call("m", idempotency_key="k")
    assert sent(peer, "m") == 2
    answers = iter([running, 7])

    def answer() -> object:
        return next(answers)

    peer.methods["m"] = answer
    peer.raw = losing(1, "m")
    with Client(peer.url, replace(bob, retries=2)) as client:
        assert client.call("m", idempotency_key="k") == 7
        peer.methods["m"] = lambda: fault_document(409, "still running elsewhere")
        with pytest.raises(FaultError):  # a conflict that followed no loss
            client.call("m", idempotency_key="k2")


def test_nothing_is_tried_again_when_the_server_is_not_trusted(peer: Peer, bob: Options, pki: Path) -> None:
    with Client(peer.url, replace(bob, cacert=pki / "other-ca.pem")) as client, pytest.raises(UnreachableError):
        client.call("m")
    assert peer.accepted == 0


def test_pin_is_checked_beside_the_certificate(peer: Peer, bob: Options, pki: Path) -> None:
    der = x509.load_pem_x509_certificate((pki / "server.pem").read_bytes())
    right = key_pin(der.public_bytes(Encoding.DER))
    for pins in (["sha256:" + right.hex()], ["00" * 32, right.hex(":")]):
        with Client(peer.url, replace(bob, pins=pins)) as client:
            assert client.call("core.version")
    with Client(peer.url, replace(bob, pins=["00" * 32])) as client, pytest.raises(UnreachableError) as caught:
        client.call("core.version")
    assert (caught.value.code, f"sha256:{right.hex()}" in str(caught.value)) == ("pin-mismatch", True)
    assert len(peer.calls) == 2


def test_an_unverified_server_is_taken_only_when_that_is_said(peer: Peer, bob: Options) -> None:
    with Client(peer.url, replace(bob, cacert=None)) as client, pytest.raises(UnreachableError):
        client.call("core.version")
    with Client(peer.url, replace(bob, cacert=None, servername="nobody.example", verify=False)) as client:
        assert client.call("core.version") == "sertwist 0.1.0"


@pytest.mark.parametrize("protocol", ["xmlrpc", "jsonrpc"])
def test_unix_socket_carries_calls(tmp_path: Path, pki: Path, protocol: str) -> None:
    with UnixPeer(tmp_path / "rpc.sock", pki) as peer, Client(peer.url, Options(protocol=protocol)) as client:
        assert client.call("core.version") == "sertwist 0.1.0"
        assert client.call("core.version") == "sertwist 0.1.0"
        assert peer.accepted == 1


def test_unix_socket_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Client(f"unix:{tmp_path}/none.sock") as client, pytest.raises(UnreachableError) as caught:
        client.call("core.version")
    assert caught.value.code == "no-socket"


class Digest:
    """A server's half of digest authentication, written apart from ours."""

    def __init__(self, algorithm: str, qop: str = "auth", password: str = "sesame") -> None:
        self.algorithm, self.qop, self.password = algorithm, qop, password
        self.nonces = 1
        self.asked = 0
        self.counts: list[str] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> bool:
        said = handler.headers.get("Authorization")
        parts = dict(re.findall(r'(\w+)="?([^",]*)"?', said or ""))
        stale = bool(said) and parts["nonce"] != f"n{self.nonces}"
        if said and not stale and parts["response"] == self.expected(parts):
            self.counts.append(parts.get("nc", ""))
            return True
        self.asked += 1
        handler.send_response(401)
        fields = f'realm="r", nonce="n{self.nonces}", algorithm={self.algorithm}, stale={str(stale).lower()}'
        handler.send_header("WWW-Authenticate", "Basic realm=x")
        handler.send_header("WWW-Authenticate", "Digest " + fields + (f', qop="{self.qop}"' if self.qop else ""))
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return False

    def expected(self, parts: dict[str, str]) -> str:
        """The response that a client with the right password makes (RFC 7616 3.4.1)."""
        name = "md5" if self.algorithm.startswith("MD5") else "sha256"

        def digest(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        first = digest(f"ann:r:{self.password}")
        if self.algorithm.endswith("-sess"):
            first = digest(f"{first}:{parts['nonce']}:{parts['cnonce']}")
        second = digest(f"POST:{parts['uri']}")
        middle = f"{parts['nc']}:{parts['cnonce']}:auth:" if self.qop else ""
        return digest(f"{first}:{parts['nonce']}:{middle}{second}")


@pytest.mark.parametrize("qop", ["auth", "auth-int,auth", ""])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "MD5-sess", "SHA-256-sess"])
def test_digest_is_answered_when_the_server_asks(peer: Peer, bob: Options, algorithm: str, qop: str) -> None:
    digest = Digest(algorithm, qop)
    peer.raw = digest
    with Client(peer.url, replace(bob, user="ann", password="sesame")) as client:
        assert client.call("core.version") == "sertwist 0.1.0"
        assert client.call("core.version") == "sertwist 0.1.0"
        digest.nonces += 1
        assert client.call("core.version") == "sertwist 0.1.0"
    assert digest.asked == 2
    if qop:
        assert digest.counts == ["00000001", "00000002", "00000001"]


def test_digest_is_denied_when_the_password_is_wrong_and_asked_once(peer: Peer, bob: Options) -> None:
    digest = Digest("SHA-256")
    peer.raw = digest
    with Client(peer.url, replace(bob, user="ann", password="wrong")) as client, pytest.raises(DeniedError):
        client.call("core.version")
    assert digest.asked == 2
    with Client(peer.url, bob) as client, pytest.raises(DeniedError):
        client.call("core.version")
    assert digest.asked == 3


def test_async_client_runs_as_many_calls_as_it_has_connections(peer: Peer, bob: Options) -> None:
    both = threading.Barrier(2, timeout=20)
    peer.methods |= {"wait": lambda: both.wait() >= 0, "m": lambda: fault_document(400, "no")}

    async def run() -> list[Any]:
        async with AsyncClient(peer.url, bob, connections=2) as client:
            waited = await asyncio.gather(client.call("wait"), client.call("wait"))
            with pytest.raises(FaultError):
                await client.call("m")
            return [*waited, await client.call("core.version")]

    assert asyncio.run(run()) == [True, True, "sertwist 0.1.0"]
    assert peer.accepted == 2


def test_async_call_ends_when_it_is_cancelled(peer: Peer, bob: Options) -> None:
    came, release = threading.Event(), threading.Event()

    def hold() -> str:
        came.set()
        release.wait(20)
        return "late"

    peer.methods["hold"] = hold

    async def run() -> Any:
        async with AsyncClient(peer.url, replace(bob, timeout=60)) as client:
            task = asyncio.create_task(client.call("hold"))
            await asyncio.to_thread(came.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.call("core.version")

    assert asyncio.run(run()) == "sertwist 0.1.0"
    release.set()
