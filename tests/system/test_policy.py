"""A policy file beside the script, on a real server: roles, a second person, repeats, rates, and what can be asked."""

from __future__ import annotations

import json
import signal
import xmlrpc.client
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.running import seed_script

if TYPE_CHECKING:
    import http.client
    from pathlib import Path

    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

POLICY = """\
[ca.demo]
subject = "CN=sertwist demonstration CA"

[role.reader]
who = [{ cn = "Bob", ca = "demo" }]

[role.root]
who = [{ cn = "SER-Killer", ca = "demo" }]
list_all = true

[[allow]]
name = "look"
roles = ["reader", "root"]
methods = ["core.*", "system.*", "rpc.*"]
effects = ["read"]

[[allow]]
name = "tables"
roles = ["root"]
methods = ["htable.*", "core.kill", "rpc.*", "system.multicall"]

[[allow]]
name = "own table"
roles = ["reader"]
methods = ["htable.sets", "htable.get", "rpc.confirm"]
params.table = "bob"

[[allow]]
name = "second"
roles = ["reader"]
methods = ["rpc.confirm"]

[[confirm]]
name = "two for the end"
methods = ["core.kill", "htable.flush"]
by = ["reader"]
within = 60
"""

ROUTE = """
        if (!rpc_policy()) {
            xmlrpc_reply("403", "no rule allows it");
            break;
        };
        dispatch_rpc();
"""


def script(pki: Path, more: str = "") -> str:
    """The announcement's script, which asks the policy in place of its own test of core.kill."""
    text = seed_script(pki)
    start, end = text.index('        if (@xmlrpc.method == "core.kill")'), text.index("        dispatch_rpc();")
    text = text[:start] + ROUTE + text[end + len("        dispatch_rpc();") :]
    modparams = f"""
loadmodule "htable"
modparam("htable", "htable", "bob=>size=4;")
modparam("htable", "htable", "other=>size=4;")
modparam("xmlrpc", "policy", "policy.toml")
{more}
"""
    place = text.index('loadmodule "./modules/xmlrpc/xmlrpc.so"') + len('loadmodule "./modules/xmlrpc/xmlrpc.so"')
    return text[:place] + modparams + text[place:]


@pytest.fixture
def started(start_server: StartServer, pki: Path, tmp_path: Path) -> RunningServer:
    (tmp_path / "server0").mkdir()
    (tmp_path / "server0" / "policy.toml").write_text(POLICY)
    return start_server(script(pki))


def refusal(call: Any, *params: Any) -> tuple[int, str]:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        call(*params)
    return caught.value.faultCode, caught.value.faultString


def test_roles_decide(started: RunningServer) -> None:
    bob, root = started.proxy("bob"), started.proxy("ser-killer")
    assert "sertwist" in bob.core.version()
    assert refusal(bob.core.kill) == (403, "no rule allows it")
    bob.htable.sets("bob", "a", "1")
    assert refusal(bob.htable.sets, "other", "a", "1") == (403, "no rule allows it")
    root.htable.sets("other", "a", "1")
    assert refusal(started.proxy().core.version) == (400, "Unauthorized")


def test_each_member_is_decided_before_any_runs(started: RunningServer) -> None:
    bob, root = started.proxy("bob"), started.proxy("ser-killer")
    batch = xmlrpc.client.MultiCall(bob)
    batch.htable.sets("bob", "ran", "1")
    batch.htable.sets("other", "a", "1")
    assert refusal(batch) == (403, "no rule allows it")
    assert refusal(root.htable.get, "bob", "ran")[0] in (404, 500)
    batch = xmlrpc.client.MultiCall(bob)
    batch.htable.sets("bob", "ran", "1")
    batch.core.version()
    assert len(list(batch())) == 2


def test_one_can_ask_what_one_may(started: RunningServer) -> None:
    bob, root = started.proxy("bob"), started.proxy("ser-killer")
    told = bob.system.can("core.kill")
    assert told["allowed"] is False
    assert told["policy"] == ""  # no rule decided: it is the default
    assert "ser.cfg:" in told["script"]
    assert bob.system.can("htable.sets", "bob", "a", "1")["allowed"] is True
    told = bob.system.can("htable.sets", "other", "a", "1")
    assert (told["allowed"], bool(told["reason"])) == (False, True)
    told = root.system.can("core.kill")
    assert told["allowed"] is True
    assert told["policy"] == "policy.toml:17"
    assert started.proxy("bob").core.version()  # asking ran nothing


def test_lists_show_what_one_may_call(started: RunningServer) -> None:
    names = started.proxy("bob").system.listMethods()
    assert "core.version" in names
    assert "core.kill" not in names
    assert started.proxy("bob").system.listMethods(True) == names
    assert "script.reload" in started.proxy("ser-killer").system.listMethods(True)
    assert refusal(started.proxy("bob").system.methodHelp, "core.kill") == refusal(
        started.proxy("bob").system.methodHelp, "no.such"
    )


def test_a_second_person_confirms_the_same_call(started: RunningServer) -> None:
    root, bob = started.proxy("ser-killer"), started.proxy("bob")
    root.htable.sets("bob", "a", "1")
    code, text = refusal(root.htable.flush, "bob")
    assert code == 428
    (row,) = root.rpc.pending()
    digest = row["digest"]
    assert digest in text
    assert (row["methods"], row["needed"], row["confirmed"]) == (["htable.flush"], 1, 0)
    assert refusal(root.rpc.confirm, digest)[0] == 403  # oneself
    assert refusal(bob.rpc.confirm, "0" * 16)[0] == 404
    bob.rpc.confirm(digest)
    assert refusal(root.htable.flush, "other")[0] == 428  # another value is another call
    root.htable.flush("bob")
    assert refusal(root.htable.flush, "bob")[0] == 428  # once


def post(server: RunningServer, name: str, method: str, *params: Any, key: str) -> Any:
    connection = server.http(name)
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    connection.request("POST", "/jsonrpc", json.dumps(body).encode(), headers)
    answer: http.client.HTTPResponse = connection.getresponse()
    made = json.loads(answer.read())
    connection.close()
    return made.get("result", made.get("error", {}).get("code"))


def test_a_change_with_a_key_runs_once(started: RunningServer) -> None:
    first = post(started, "ser-killer", "htable.sets", "bob", "a", "1", key="k1")
    started.proxy("ser-killer").htable.delete("bob", "a")
    assert post(started, "ser-killer", "htable.sets", "bob", "a", "1", key="k1") == first
    assert refusal(started.proxy("bob").htable.get, "bob", "a")[0] in (404, 500)  # it was not set again
    assert post(started, "ser-killer", "htable.sets", "bob", "a", "2", key="k1") == 422
    assert post(started, "bob", "htable.sets", "bob", "a", "2", key="k1") == first  # his key is his own
    assert post(started, "ser-killer", "htable.sets", "bob", "a", "2", key="") == 400


def test_the_policy_is_read_again_or_nothing_changes(started: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "server0" / "policy.toml"
    root = started.proxy("ser-killer")
    file.write_text(POLICY.replace('roles = ["reader", "root"]', 'roles = ["reder", "root"]'))
    code, text = refusal(root.rpc.policy_reload)
    assert code == 500
    assert "\npolicy.toml:13: error: there is no role 'reder' (did you mean 'reader'?)" in text
    assert started.proxy("bob").core.version()
    file.write_text(POLICY.replace('roles = ["reader", "root"]', 'roles = ["root"]'))
    root.rpc.policy_reload()
    assert refusal(started.proxy("bob").core.version)[0] == 403
    file.write_text(POLICY)
    started.process.send_signal(signal.SIGHUP)
    started.wait_for("policy reloaded")
    assert started.proxy("bob").core.version()


def test_refusals_are_explained_with_rule_and_line(started: RunningServer) -> None:
    bob = started.proxy("bob")
    assert refusal(bob.core.kill)[0] == 403
    told = started.proxy("ser-killer").rpc.explain()
    assert told["methods"] == ["core.kill"]
    assert told["policy"]["allowed"] is False
    assert told["policy"]["reason"]


def test_too_many_calls_have_to_wait(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    (tmp_path / "server0").mkdir()
    (tmp_path / "server0" / "policy.toml").write_text(POLICY)
    started = start_server(script(pki, 'modparam("xmlrpc", "rate", 2)\nmodparam("xmlrpc", "denied_rate", 1)'))
    bob = started.proxy("bob")
    codes = set()
    for _ in range(20):
        try:
            bob.core.version()
        except xmlrpc.client.Fault as fault:
            codes.add(fault.faultCode)
    assert codes == {429}
    assert started.proxy("ser-killer").core.version()  # another identity from the same address
    statuses = set()
    for _ in range(60):
        connection = started.http()
        connection.request("POST", "/RPC2", b"<x/>", {"Content-Type": "text/xml"})
        statuses.add(connection.getresponse().status)
        connection.close()
    assert statuses == {200, 429}


def test_without_the_policys_consent_nothing_runs(start_server: StartServer, pki: Path, tmp_path: Path) -> None:
    (tmp_path / "server0").mkdir()
    (tmp_path / "server0" / "policy.toml").write_text(POLICY)
    text = script(pki, 'modparam("xmlrpc", "default_policy", "deny")').replace(
        "if (!rpc_policy())", "if (method == PUT)"
    )
    started = start_server(text)
    assert refusal(started.proxy("ser-killer").core.version) == (403, "Access to core.version denied")
    ask = script(pki, 'modparam("xmlrpc", "default_policy", "deny")')
    (tmp_path / "server1").mkdir()
    (tmp_path / "server1" / "policy.toml").write_text(POLICY)
    assert start_server(ask).proxy("bob").core.version()
