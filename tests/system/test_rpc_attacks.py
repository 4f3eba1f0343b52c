"""A thousand mutated requests by somebody who may only read: whatever is answered, nothing is changed.

What ran is seen by three witnesses: the server's state, its audit log of all calls, and the answers.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import socket
import ssl
import subprocess
import sys
import xmlrpc.client
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL

from tests.system.mutations import WRITES, attacks, name_element, params, xml
from tests.system.running import RunningServer, read_response, seed_script
from tests.system.test_policy import ROUTE

if TYPE_CHECKING:
    from collections.abc import Iterator


COUNT, SEED = 1_000, 20_261_124
SERTWIST = str(Path(sys.executable).with_name("sertwist"))
POLICY = """\
[ca.demo]
subject = "CN=sertwist demonstration CA"

[role.reader]
who = [{ cn = "Bob", ca = "demo" }]

[role.root]
who = [{ cn = "SER-Killer", ca = "demo" }]
list_all = true

[[allow]]
roles = ["reader", "root"]
methods = ["*"]
effects = ["read"]

[[allow]]
roles = ["root"]
methods = ["*"]
"""
MODULES = """
loadmodule "htable"
loadmodule "cfg_rpc"
loadmodule "pike"
modparam("htable", "htable", "victim=>size=4;")
modparam("htable", "htable", "bob=>size=4;")
modparam("xmlrpc", "policy", "policy.toml")
modparam("xmlrpc", "audit_file", "audit.log")
modparam("xmlrpc", "audit", "all")
modparam("tls", "session_cache", 1)
probe.level = 1
"""


def script(pki: Path) -> str:
    """The announcement's script, which asks the policy alone; sessions may be resumed."""
    text = seed_script(pki)
    start, end = text.index('        if (@xmlrpc.method == "core.kill")'), text.index("        dispatch_rpc();")
    text = text[:start] + ROUTE + text[end + len("        dispatch_rpc();") :]
    at = text.index("\nroute")
    return text[:at] + MODULES + text[at:]


@pytest.fixture
def attacked(tmp_path: Path, pki: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "attacked"
    folder.mkdir()
    (folder / "policy.toml").write_text(POLICY)
    server = RunningServer.start(folder, script(pki), pki, ())
    with server.proxy("ser-killer") as root:
        root.htable.sets("victim", "kept", "as it was")
    keyed = server.http("ser-killer")
    body = {"jsonrpc": "2.0", "id": 1, "method": "htable.sets", "params": ["victim", "kept", "as it was"]}
    head = {"Content-Type": "application/json", "Idempotency-Key": "operator"}
    keyed.request("POST", "/jsonrpc", json.dumps(body).encode(), head)
    assert b"error" not in keyed.getresponse().read()
    keyed.close()
    yield server
    server.end()


class Attacker:
    """Somebody, on one connection as long as it lasts, then on the next, whose TLS session is the last one's."""

    def __init__(self, server: RunningServer, name: str) -> None:
        self.server = server
        self.context = server.context(name)
        self.sock: ssl.SSLSocket | None = None
        self.session: ssl.SSLSession | None = None
        self.resumed = 0
        self.raw = SSL.Context(SSL.TLS_CLIENT_METHOD)
        self.raw.use_certificate_file(str(server.pki / f"{name}.pem"))
        self.raw.use_privatekey_file(str(server.pki / f"{name}.key"))
        self.raw_session: SSL.Session | None = None

    def ask(self, data: bytes) -> bytes:
        """The answer to one request; a connection that the server had ended before counts for nothing."""
        for _ in range(2):
            if self.sock is None:
                plain = socket.create_connection(("127.0.0.1", self.server.ports["tls"]), timeout=15)
                self.sock = self.context.wrap_socket(plain, server_hostname="localhost", session=self.session)
                self.resumed += bool(self.sock.session_reused)
            try:
                self.sock.sendall(data)
                status, fields, body = read_response(self.sock)
            except (ConnectionError, ssl.SSLError):
                self.close()
                continue
            self.session = self.sock.session
            if "close" in fields.get("connection", ""):
                self.close()
            return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
        raise AssertionError(f"no answer to {data!r}")

    def close(self) -> None:
        if self.sock is not None:
            self.sock.close()
        self.sock = None

    def say(self, data: bytes) -> bytes:
        """Everything that is answered to `data` and the end of our side, which pyOpenSSL can send by itself."""
        answers = b""
        with socket.create_connection(("127.0.0.1", self.server.ports["tls"])) as sock:
            client = SSL.Connection(self.raw, sock)
            if self.raw_session is not None:
                client.set_session(self.raw_session)
            client.set_connect_state()
            client.do_handshake()
            with contextlib.suppress(SSL.Error):
                client.sendall(data)
                client.shutdown()
            with contextlib.suppress(SSL.Error):
                while True:
                    answers += client.recv(65_536)
            self.raw_session = client.get_session()
        return answers


def outcomes(answers: bytes) -> list[int]:
    """Of each call that is answered: 0 for a result, or how it was refused; a batch and a multicall have several."""
    stream, found = io.BytesIO(answers), []
    while line := stream.readline():
        status, length = int(line.split()[1]), 0
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        body = stream.read(length)
        if status >= 300:
            found.append(status)
        elif status == 200:
            found += of_json(json.loads(body)) if body[:1] in b"[{" else of_xml(body)
        else:
            assert status in (100, 204), answers
    return found


def of_json(answer: Any) -> list[int]:
    errors = [each.get("error", {"code": 0})["code"] for each in (answer if isinstance(answer, list) else [answer])]
    return [abs(each) for each in errors]


def of_xml(body: bytes) -> list[int]:
    try:
        (result,), _ = xmlrpc.client.loads(body)
    except xmlrpc.client.Fault as fault:
        return [fault.faultCode]
    members = result if isinstance(result, list) else []
    return [each["faultCode"] for each in members if isinstance(each, dict) and "faultCode" in each] or [0]


def test_nothing_runs_that_somebody_who_may_only_read_is_refused(attacked: RunningServer) -> None:
    bob = Attacker(attacked, "bob")
    results = refusals = 0
    for number, attack in enumerate(attacks(random.Random(SEED), COUNT)):
        if number % 10 == 0:
            bob.close()
        found = outcomes(bob.say(attack.data) if attack.framed else bob.ask(attack.data))
        assert all(each == 0 or each >= 400 for each in found), (attack, found)
        results += found.count(0)
        refusals += len(found) - found.count(0)
    bob.close()
    assert results > COUNT // 50
    assert refusals > COUNT // 2
    assert bob.resumed > COUNT // 20
    with attacked.proxy("ser-killer") as root:
        assert root.htable.get("victim", "kept")["item"]["value"] == "as it was"
        assert [each["all"] for each in root.htable.stats()] == [1, 0]
        assert root.cfg.get("probe", "level") == 1
        assert root.cfg.diff() == []
        seen = {each["call"]: each for each in audit(attacked) if each["kind"] in ("outcome", "intent")}
    same = xml("the same by an operator", name_element("htable.sets") + params(("victim", "new", "ran")))
    assert outcomes(Attacker(attacked, "ser-killer").ask(same.data)) == [0]
    with attacked.proxy("ser-killer") as root:
        assert root.htable.stats()[0]["all"] == 2
    bobs = [each for each in seen.values() if each["caller"].get("subject") == "CN=Bob"]
    assert len(bobs) >= results // 2
    assert {each["effect"] for each in bobs} == {"read"}
    assert not {name for each in bobs for name in each["methods"]} & {name for name, _ in WRITES}
    attacked.assert_unharmed()
    done = subprocess.run(
        [SERTWIST, "audit", "verify", str(attacked.directory / "audit.log")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def audit(server: RunningServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (server.directory / "audit.log").read_text().splitlines()]
