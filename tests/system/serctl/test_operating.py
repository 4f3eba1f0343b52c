"""Commands for the whole of a server: numbers, health, reload, settings, batches, contexts, completion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sertwist.pki.authority import Credential
from tests.system.serctl.peer import fault_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.serctl.conftest import Run
    from tests.system.serctl.peer import Peer


def called(peer: Peer, method: str) -> list[tuple[Any, ...]]:
    return [params for name, params in peer.calls if name == method]


# -- stat and health ---------------------------------------------------------------------------------------------------


@pytest.fixture
def numbers(peer: Peer) -> Peer:
    peer.methods |= {
        "core.uptime": {"uptime": 7, "now_iso": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
        "core.tcp_info": {"opened_connections": 5, "max_connections": 100},
        "sl.stats": {"200": 3, "4xx": {"404": 1}},
        "htable.stats": [{"name": "a", "all": 2}],
        "tls.certs": [{"kind": "own", "subject": "CN=a", "days_left": 300}, {"kind": "ca", "days_left": 900}],
        "script.check": {"usable": True},
    }
    peer.methods["system.listMethods"] = sorted(peer.methods)
    return peer


def test_statistics_are_rows_of_every_number(serctl: Run, numbers: Peer) -> None:
    ran = serctl("-o", "lines", "stat")
    assert ran.out.splitlines()[0] == "core.uptime\tuptime\t7"
    assert {"sl.stats\t200\t3", "sl.stats\t4xx.404\t1", "htable.stats\t[a].all\t2"} <= set(ran.out.splitlines())
    only = serctl("-o", "json", "stat", "sl")
    assert json.loads(only.out) == [
        {"function": "sl.stats", "name": "200", "value": 3},
        {"function": "sl.stats", "name": "4xx.404", "value": 1},
    ]


def test_statistics_that_are_denied_hide_no_others(serctl: Run, numbers: Peer) -> None:
    numbers.methods["sl.stats"] = lambda: fault_document(403, "Access to sl.stats denied")
    ran = serctl("stat")
    assert (ran.status, "htable.stats" in ran.out, "sl.stats: Access" in ran.err) == (0, True, True)


@pytest.mark.parametrize(
    ("change", "status", "row"),
    [
        ({}, 0, ("answers", "ok")),
        ({"tls.certs": [{"kind": "own", "days_left": 20}]}, 9, ("certificate own", "warning")),
        ({"tls.certs": [{"kind": "own", "days_left": 3}]}, 10, ("certificate own", "critical")),
        (
            {"core.tcp_info": {"opened_tls_connections": 80, "max_tls_connections": 100}},
            9,
            ("tls connections", "warning"),
        ),
        ({"core.tcp_info": {"opened_connections": 96, "max_connections": 100}}, 10, ("connections", "critical")),
        ({"script.check": {"usable": False}}, 9, ("script", "warning")),
        (
            {"core.uptime": {"now_iso": (datetime.now(UTC) - timedelta(seconds=400)).isoformat()}},
            10,
            ("clock", "critical"),
        ),
        ({"script.check": lambda: fault_document(403, "Access to x denied")}, 9, ("script.check", "warning")),
        ({"script.check": lambda: fault_document(500, "Method Not Found")}, 0, ("answers", "ok")),
    ],
)  # fmt: skip
def test_health_is_the_worst_check(
    serctl: Run, numbers: Peer, change: dict[str, Any], status: int, row: tuple[str, str]
) -> None:
    numbers.methods |= change
    ran = serctl("-o", "json", "health")
    assert ran.status == status
    assert row in {(each["check"], each["state"]) for each in json.loads(ran.out)}


def test_health_names_the_certificate_that_ends_first(serctl: Run, numbers: Peer) -> None:
    numbers.methods["tls.certs"] = [
        {"kind": "own", "subject": subject, "days_left": days} for subject, days in (("a", 50), ("b", 40), ("c", 60))
    ]
    assert "b: 40 days left" in serctl("health").out


def test_health_is_critical_when_nobody_answers(run: Run) -> None:
    ran = run("--url", "https://localhost:1", "health")
    assert (ran.status, "critical" in ran.out) == (10, True)


def test_health_thresholds_are_options(serctl: Run, numbers: Peer) -> None:
    numbers.methods["tls.certs"] = [{"kind": "own", "days_left": 20}]
    assert serctl("health", "--warn-days", "10").status == 0
    assert serctl("health", "--critical-days", "20").status == 10


# -- reload and settings -----------------------------------------------------------------------------------------------


@pytest.fixture
def reloads(peer: Peer) -> Peer:
    peer.methods |= {"script.reload": {"generation": 2}, "tls.reload": "ok", "permissions.addressReload": "ok"}
    peer.methods["system.listMethods"] = [*sorted(peer.methods), "core.version"]
    return peer


def test_reload_calls_everything_and_the_script_last(serctl: Run, reloads: Peer) -> None:
    ran = serctl("reload")
    assert ran.status == 0
    assert [name for name, _ in reloads.calls][1:] == ["permissions.addressReload", "tls.reload", "script.reload"]


def test_reload_goes_on_after_a_failure_and_tells_it(serctl: Run, reloads: Peer) -> None:
    reloads.methods["permissions.addressReload"] = lambda: fault_document(500, "Ongoing reload")
    ran = serctl("reload")
    assert (ran.status, "failed: 500 Ongoing reload" in ran.out, "repeat it" in ran.err) == (1, True, True)
    assert called(reloads, "script.reload")


def test_reload_takes_modules_and_a_dry_run(serctl: Run, reloads: Peer) -> None:
    assert serctl("reload", "tls").status == 0
    assert [name for name, _ in reloads.calls if "eload" in str(name)] == ["tls.reload"]
    assert serctl("reload", "nosuch").status == 5
    ran = serctl("reload", "--dry-run")
    assert (ran.status, ran.out.count("would be called")) == (11, 3)


def test_differences_have_a_status_of_their_own(serctl: Run, peer: Peer) -> None:
    peer.methods["cfg.diff"] = []
    assert serctl("cfg", "diff").status == 0
    peer.methods["cfg.diff"] = [{"group": "tls", "name": "log", "old": 1, "new": 3}]
    ran = serctl("cfg", "diff")
    assert (ran.status, ran.out) == (11, "group  name  old  new\ntls    log     1    3\n")


def test_commit_is_confirmed_in_time_when_the_server_can(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"cfg.commit": True, "cfg.confirm": True}
    assert serctl("cfg", "commit").status == 0
    assert serctl("cfg", "commit", "--confirm", "60s").status == 2
    peer.methods["system.methodInfo"] = {"params": [{"name": "confirm", "type": "int"}], "effect": "write"}
    assert serctl("cfg", "commit", "--confirm", "2m").status == 0
    assert serctl("cfg", "commit", "--keep").status == 0
    assert (called(peer, "cfg.commit"), called(peer, "cfg.confirm")) == ([(), (120,)], [()])


def test_settings_are_set_by_their_look_or_prefix(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"cfg.set": True, "cfg.set_delayed": True}
    assert serctl("cfg", "set", "tls", "log", "3").status == 0
    assert serctl("cfg", "set", "tls", "log", "s:3", "--delayed").status == 0
    assert serctl("cfg", "set", "core", "debug", "-1").status == 0
    assert called(peer, "cfg.set") == [("tls", "log", 3), ("core", "debug", -1)]
    assert called(peer, "cfg.set_delayed") == [("tls", "log", "3")]


def test_hash_tables_take_texts_numbers_and_times(serctl: Run, peer: Peer) -> None:
    names = ("htable.sets", "htable.seti", "htable.setxs", "htable.setxi")
    peer.methods |= dict.fromkeys(names, "ok")
    for arguments in ((), ("--int",), ("--expire", "1m"), ("--int", "--expire", "10s")):
        assert serctl("ht", "set", "t", "k", "0123", *arguments).status == 0
    assert [called(peer, name) for name in names] == [
        [("t", "k", "0123")], [("t", "k", 123)], [("t", "k", "0123", 60)], [("t", "k", 123, 10)]
    ]  # fmt: skip
    assert serctl("ht", "set", "t", "k", "x", "--int").status == 2
    assert serctl("ht", "set", "t", "k", "-7", "--int").status == 0
    assert serctl("ht", "set", "t", "k", "-7", "--nonsense").status == 2


# -- thin commands -----------------------------------------------------------------------------------------------------


def test_old_name_is_called_where_the_new_one_is_not_there(serctl: Run, peer: Peer) -> None:
    peer.methods["usrloc.show_contacts"] = [{"contact": "sip:bob@192.0.2.7"}]
    assert serctl("ul", "get", "bob").out == "contact\nsip:bob@192.0.2.7\n"
    assert called(peer, "usrloc.show_contacts") == [("location", "bob")]


def test_server_without_the_module_is_told_so(serctl: Run) -> None:
    ran = serctl("dlg", "ls")
    assert ran.status == 5
    assert "has no dlg.list: its script does not load a module for 'dlg'" in ran.err


@pytest.mark.parametrize(
    ("command", "method", "params"),
    [
        (("ul", "add", "bob", "sip:x"), "ul.add", ("location", "bob", "sip:x", 3600, 1.0, "", 0, 0, 0)),
        (("ul", "add", "b", "c", "--q", "0.5", "--expires", "60", "--table", "t"), "ul.add",
         ("t", "b", "c", 60, 0.5, "", 0, 0, 0)),
        (("ul", "rm", "--yes", "bob"), "ul.rm", ("location", "bob")),
        (("--yes", "ul", "rm", "bob", "sip:x"), "ul.rm_contact", ("location", "bob", "sip:x")),
        (("ds", "state", "ip", "2", "all"), "dispatcher.set_state", ("ip", 2, "all")),
        (("ds", "add", "2", "sip:x"), "dispatcher.add", (2, "sip:x")),
        (("ds", "add", "2", "sip:x", "--attrs", "w=1"), "dispatcher.add", (2, "sip:x", 0, 0, "w=1")),
        (("ht", "get", "t", "0123"), "htable.get", ("t", "0123")),
        (("--yes", "dlg", "end", "c", "f", "t"), "dlg.terminate_dlg", ("c", "f", "t")),
        (("--yes", "tls", "kill", "7"), "tls.kill", (7,)),
        (("tls", "reload"), "tls.reload", ()),
        (("cfg", "get", "tls"), "cfg.get", ("tls",)),
        (("cfg", "ls"), "cfg.list", ()),
        (("script", "reload"), "script.reload", ()),
        (("core", "modules"), "core.modules", ()),
        (("--yes", "core", "kill", "1"), "core.kill", (1,)),
    ],
)  # fmt: skip
def test_command_calls_its_method(serctl: Run, peer: Peer, command: Any, method: str, params: Any) -> None:
    peer.methods[method] = True
    assert serctl(*command).status == 0
    assert called(peer, method) == [params]


@pytest.mark.parametrize("command", [("ul", "rm", "b"), ("ds", "rm", "1", "x"), ("ht", "rm", "t", "k"),
                                     ("tls", "kill", "1"), ("dlg", "end", "a", "b", "c")])  # fmt: skip
def test_command_that_ends_something_is_not_sent_unasked(serctl: Run, peer: Peer, command: Any) -> None:
    assert serctl(*command).status == 2
    assert peer.accepted == 0


def test_can_i_is_an_exit_status(serctl: Run, peer: Peer) -> None:
    peer.methods["system.can"] = lambda *_: {"allowed": True, "rule": "admin"}
    assert serctl("can-i", "core.ps").out == "allowed  true\nrule     admin\n"
    peer.methods["system.can"] = lambda *_: {"allowed": False, "reason": "policy.toml:7"}
    ran = serctl("can-i", "ul.rm", "location", "s:bob")
    assert (ran.status, "policy.toml:7" in ran.out) == (4, True)
    assert called(peer, "system.can") == [("core.ps",), ("ul.rm", "location", "bob")]


def test_explain_asks_for_a_call_or_a_method(serctl: Run, peer: Peer) -> None:
    peer.methods |= {
        "rpc.explain": lambda _id: {"decision": "denied", "line": "ser.cfg:12"},
        "system.methodInfo": {"name": "ul.rm", "effect": "destructive", "params": []},
        "system.can": {"allowed": False, "rule": "7"},
        "system.listMethods": ["system.can"],
    }
    assert serctl("explain", "17-4").out == "decision: denied\nline: ser.cfg:12\n"
    assert called(peer, "rpc.explain") == [("17-4",)]
    runs = [{"method": "ul.rm", "decision": "refused", "lines": ["ser.cfg:3 if -> true", "ser.cfg:4 exit"]}]
    peer.methods["rpc.explain"] = {"call": "x", "policy": {"rule": 3}, "runs": runs}
    assert serctl("explain").out == (
        'call: x\npolicy: {"rule":3}\n\nul.rm: refused\n  ser.cfg:3 if -> true\n  ser.cfg:4 exit\n'
    )
    assert json.loads(serctl("-o", "json", "explain").out)["runs"] == runs
    assert serctl("-o", "json", "explain", "ul.rm").out.count('"can_allowed": false') == 1


# -- batch -------------------------------------------------------------------------------------------------------------


def multicall(*results: Any) -> Any:
    return lambda calls: [results[at % len(results)] for at in range(len(calls))]


def test_batch_is_one_request_and_shows_each_call(serctl: Run, peer: Peer, tmp_path: Path) -> None:
    file = tmp_path / "batch"
    file.write_text("core.version\nul.get 'a b' 007\n")
    peer.methods["system.multicall"] = multicall(["x"], {"faultCode": 404, "faultString": "no such user"})
    ran = serctl("-o", "json", "--yes", "batch", file)
    assert ran.status == 1
    assert json.loads(ran.out) == [
        {"line": 1, "method": "core.version", "ok": True, "result": "x"},
        {"line": 2, "method": "ul.get", "ok": False, "result": "404 no such user"},
    ]
    (calls,) = called(peer, "system.multicall")
    assert calls[0][1] == {"methodName": "ul.get", "params": ["a b", "007"]}


def test_batch_goes_one_by_one_where_there_is_no_multicall(serctl: Run, peer: Peer, tmp_path: Path) -> None:
    file = tmp_path / "batch"
    file.write_text('[{"method": "core.version"}, {"method": "m", "params": [1]}]')
    peer.methods["m"] = lambda number: number + 1
    ran = serctl("-o", "lines", "--yes", "batch", file)
    assert ran.out == "1\tcore.version\ttrue\tsertwist 0.1.0\n2\tm\ttrue\t2\n"


def test_batch_is_split_into_requests_that_servers_take(serctl: Run, peer: Peer, tmp_path: Path) -> None:
    file = tmp_path / "batch"
    file.write_text("core.version\n" * 250)
    peer.methods["system.multicall"] = multicall(["x"])
    assert len(serctl("--no-headers", "--yes", "batch", file).out.splitlines()) == 250
    assert [len(calls) for (calls,) in called(peer, "system.multicall")] == [100, 100, 50]


def test_batch_is_not_sent_unasked_when_a_call_ends_something(serctl: Run, peer: Peer, tmp_path: Path) -> None:
    file = tmp_path / "batch"
    file.write_text("core.version\nul.rm location bob\n")
    assert serctl("batch", file).status == 2
    assert called(peer, "system.multicall") == []
    assert serctl("--dry-run", "batch", file).status == 11
    assert called(peer, "system.multicall") == []


# -- contexts and completion -------------------------------------------------------------------------------------------


def test_contexts_are_made_chosen_tried_and_removed(run: Run, peer: Peer, pki: Path) -> None:
    peer.methods["system.listMethods"] = ["core.version"]
    settings = (f"url={peer.url}", f"cacert={pki}/ca.pem", f"cert={pki}/bob.pem", f"key={pki}/bob.key")
    assert run("ctx", "set", "lab", *settings).status == 0
    assert run("ctx", "set", "away", "url=https://localhost:1").status == 0
    assert run("version").out == "sertwist 0.1.0\n"
    assert run("ctx", "use", "away").status == 0
    assert run("version").status == 3
    assert [row.split()[0] for row in run("ctx", "ls").out.splitlines()] == ["current", "*", "lab"]
    ran = run("-o", "json", "ctx", "test", "lab")
    assert json.loads(ran.out) | {"milliseconds": 0} == {
        "version": "sertwist 0.1.0", "protocol": "XML-RPC", "methods": 1, "milliseconds": 0
    }  # fmt: skip
    assert run("ctx", "rm", "away").status == 0
    assert run("ctx", "use", "away").status == 2
    assert run("ctx", "set", "lab", "insecure=true").status == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_for_the_shell(run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.status, "_SERCTL_COMPLETE" in ran.out) == (0, True)


def complete(words: str, word: str = "") -> list[str]:
    """What fish is told after these words."""
    environment = {**os.environ, "_SERCTL_COMPLETE": "fish_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    done = subprocess.run([sys.executable, "-m", "sertwist.serctl"], env=environment, capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip
    assert done.stderr == ""
    return [line.partition("\t")[0].partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.fixture
def config(peer: Peer, pki: Path, tmp_path: Path) -> Path:
    path = tmp_path / "serctl.toml"
    path.write_text(f'current = "lab"\n[context.lab]\nurl = "{peer.url}"\ncacert = "{pki}/ca.pem"\n'
                    f'cert = "{pki}/bob.pem"\nkey = "{pki}/bob.key"\n[context.other]\nurl = "https://x"\n')  # fmt: skip
    path.chmod(0o600)
    return path


def test_names_of_the_server_are_completed_and_kept(
    peer: Peer, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # A busy machine may need more than the half second; a shell asks again at the next key.
    monkeypatch.setenv("SERCTL_CONFIG", str(config))
    peer.methods |= {
        "system.listMethods": ["core.ps", "core.version", "tls.list"],
        "htable.listTables": [{"name": "banned"}],
        "cfg.list": ["tls: log", "tls: level", "pike: x"],
        "dispatcher.list": {"RECORDS": [{"SET": {"ID": 5, "TARGETS": []}}]},
    }
    expected = {
        ("serctl call core.", "core."): ["core.ps", "core.version"],
        ("serctl ht get ", ""): ["banned"],
        ("serctl cfg get t", "t"): ["tls"],
        ("serctl ds rm ", ""): ["5"],
        ("serctl -c ", ""): ["lab", "other"],
    }
    for (words, word), names in expected.items():
        found: list[str] = []
        for _ in range(20):
            found = complete(words, word)
            if found:
                break
        assert found == names, words
    asked = len(peer.calls)
    assert complete("serctl call tls", "tls") == ["tls.list"]
    assert len(peer.calls) == asked


def test_completion_is_silent_when_nobody_answers(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SERCTL_CONFIG", str(config))
    monkeypatch.setenv("SERCTL_URL", "https://localhost:1")
    assert complete("serctl call ", "") == []


def test_completion_never_asks_for_a_password(
    peer: Peer, pki: Path, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sealed = tmp_path / "sealed.key"
    key = load_pem_private_key((pki / "bob.key").read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((pki / "bob.pem").read_bytes())
    sealed.write_bytes(Credential(certificate, key).key_pem(b"sesame"))  # type: ignore[arg-type]
    config.write_text(config.read_text().replace(f"{pki}/bob.key", str(sealed)))
    monkeypatch.setenv("SERCTL_CONFIG", str(config))
    peer.methods["system.listMethods"] = ["core.ps"]
    assert complete("serctl call ", "") == []
    assert peer.accepted == 0


def test_contexts_of_a_named_file_are_changed_there(run: Run, config: Path) -> None:
    assert run("--config", config, "ctx", "set", "lab", "timeout=7s").status == 0
    assert 'timeout = "7s"' in config.read_text()
    assert run("--config", config, "ctx", "use", "other").status == 0
    assert config.read_text().startswith('current = "other"')
