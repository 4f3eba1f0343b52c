"""What happens to a call before it is sent: typed, asked about, rehearsed or printed."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.serctl.peer import UnixPeer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.serctl.conftest import Run
    from tests.system.serctl.peer import Peer


def info(effect: str = "write", *names: str, **types: str) -> dict[str, Any]:
    parameters = [{"name": name, "type": "string"} for name in names]
    parameters += [{"name": name, "type": kind, "optional": True} for name, kind in types.items()]
    return {"name": "m", "effect": effect, "params": parameters, "idempotent": False}


def sent(peer: Peer) -> list[tuple[Any, ...]]:
    return [params for method, params in peer.calls if method == "m"]


@pytest.fixture
def method(peer: Peer) -> Peer:
    peer.methods |= {"m": True, "system.methodInfo": info("write", "table", "aor", expires="int", flag="boolean")}
    return peer


def test_arguments_by_name_take_their_places_and_types(serctl: Run, method: Peer) -> None:
    assert serctl("call", "m", "location", "expires=0600", "aor=12").status == 0
    assert sent(method) == [("location", "12", 600)]


def test_equal_sign_is_text_where_no_parameter_has_that_name(serctl: Run, method: Peer) -> None:
    assert serctl("call", "m", "sip:a@b;x=y", "transport=udp").status == 0
    assert serctl("call", "m", "s:table=x", "y").status == 0
    assert sent(method) == [("sip:a@b;x=y", "transport=udp"), ("table=x", "y")]


@pytest.mark.parametrize(
    ("arguments", "words"), [(("expires=1",), "takes 'table' before"), (("a", "table=b"), "twice")]
)
def test_arguments_are_refused_when_they_fit_no_place(
    serctl: Run, method: Peer, arguments: tuple[str, ...], words: str
) -> None:
    ran = serctl("call", "m", *arguments)
    assert (ran.status, words in ran.err, sent(method)) == (2, True, [])


def test_names_go_as_they_are_over_json_rpc(serctl: Run, method: Peer) -> None:
    assert serctl("--protocol", "jsonrpc", "call", "m", "aor=1", "table=t").status == 0
    assert method.calls[-1] == ("m", {"aor": "1", "table": "t"})


def test_writes_carry_a_key_of_their_own_and_reads_none(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"m": True, "system.methodInfo": info("write")}
    for _ in range(2):
        assert serctl("call", "m").status == 0
    peer.methods["system.methodInfo"] = info("read")
    assert serctl("call", "m").status == 0
    keys = [fields.get("Idempotency-Key") for (name, _), (_, fields) in zip(peer.calls, peer.heads, strict=True)
            if name == "m"]  # fmt: skip
    assert keys[0]
    assert keys[1]
    assert keys[0] != keys[1]
    assert keys[2] is None


@pytest.mark.parametrize("effect", ["destructive", "write", "read"])
@pytest.mark.parametrize("confirm", [True, False])
def test_who_is_not_there_is_not_asked_and_nothing_is_sent(
    run: Run, peer: Peer, pki: Path, tmp_path: Path, effect: str, confirm: bool
) -> None:
    peer.methods |= {"m": True, "system.methodInfo": info(effect)}
    path = tmp_path / "serctl.toml"
    path.write_text(f'current = "x"\n[context.x]\nurl = "{peer.url}"\ncacert = "{pki}/ca.pem"\n'
                    f'cert = "{pki}/bob.pem"\nkey = "{pki}/bob.key"\nconfirm = {str(confirm).lower()}\n')  # fmt: skip
    path.chmod(0o600)
    is_asked = effect == "destructive" or (confirm and effect == "write")
    ran = run("--config", path, "call", "m")
    assert (ran.status, len(sent(peer))) == ((2, 0) if is_asked else (0, 1))
    assert run("--config", path, "--yes", "call", "m").status == 0


@pytest.mark.parametrize("method", ["ul.rm", "htable.delete", "dlg.end_dlg", "x.remove", "tls.kill"])
def test_name_that_ends_something_is_asked_about_when_the_server_says_nothing(
    serctl: Run, peer: Peer, method: str
) -> None:
    peer.methods[method] = True
    assert serctl("call", method).status == 2
    assert peer.accepted == 0


def test_dry_run_is_the_methods_own_when_it_has_one(serctl: Run, peer: Peer) -> None:
    peer.methods |= {"m": lambda dry: {"changes": ["a"] if dry else []}, "system.methodInfo": info(dry_run="boolean")}
    ran = serctl("--dry-run", "call", "m")
    assert (ran.status, sent(peer)) == (11, [(True,)])
    peer.methods["m"] = {"changes": []}
    assert serctl("--dry-run", "call", "m").status == 0


@pytest.mark.parametrize("effect", ["write", "destructive"])
def test_dry_run_sends_nothing_when_the_method_has_none(serctl: Run, peer: Peer, effect: str) -> None:
    peer.methods |= {"m": True, "system.methodInfo": info(effect, "table")}
    ran = serctl("call", "--dry-run", "m", "x")
    assert (ran.status, sent(peer)) == (11, [])
    assert ran.out == f"would_call  m('x')\neffect      {effect}\n"


def test_dry_run_of_a_read_is_the_read(serctl: Run, peer: Peer) -> None:
    assert serctl("--dry-run", "version").out == "sertwist 0.1.0\n"


def test_print_shows_documents_and_sends_nothing(serctl: Run, method: Peer) -> None:
    xml = serctl("--print", "xmlrpc", "call", "m", "aor=a&b", "table=t").out
    assert "<methodName>m</methodName>" in xml
    assert xml.index("<string>t</string>") < xml.index("<string>a&amp;b</string>")
    named = json.loads(serctl("call", "--print", "jsonrpc", "m", "aor=a", "table=t").out)
    assert named == {"jsonrpc": "2.0", "method": "m", "params": {"aor": "a", "table": "t"}, "id": 1}
    in_order = json.loads(serctl("--print", "jsonrpc", "ul", "get", "bob").out)
    assert in_order["params"] == ["location", "bob"]
    assert sent(method) == []


def test_print_guesses_and_says_so_when_no_server_can_be_asked(run: Run) -> None:
    ran = run("--url", "https://localhost:1", "--print", "jsonrpc", "call", "m", "12", "x")
    assert json.loads(ran.out)["params"] == [12, "x"]
    assert "guessed" in ran.err


@pytest.mark.parametrize("protocol", ["xmlrpc", "jsonrpc"])
def test_printed_curl_line_makes_the_call(serctl: Run, peer: Peer, protocol: str) -> None:
    peer.methods["m"] = "it's"
    line = serctl("--protocol", protocol, "--yes", "--print", "curl", "call", "m", "s:it's & <b>", 's:"$HOME"').out
    curl = shutil.which("curl")
    assert curl, "curl is one of the packages of `make packages`"
    done = subprocess.run([curl, *shlex.split(line)[1:]], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "it's" in done.stdout
    assert sent(peer) == [("it's & <b>", '"$HOME"')]


def test_printed_curl_line_makes_the_call_over_a_unix_socket(run: Run, tmp_path: Path, pki: Path) -> None:
    with UnixPeer(tmp_path / "s", pki) as peer:
        line = run("--url", peer.url, "--print", "curl", "version").out
        done = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=60, check=False)
        assert "sertwist 0.1.0" in done.stdout
        assert run("-u", peer.url, "version").out == "sertwist 0.1.0\n"


def test_insecure_warns_however_quiet(run: Run, peer: Peer, pki: Path) -> None:
    identity = ("--url", peer.url, "--cert", pki / "bob.pem", "--key", pki / "bob.key")
    assert run(*identity, "version").status == 3
    ran = run(*identity, "-q", "--insecure", "version")
    assert (ran.status, ran.out, ran.err.count("WARNING")) == (0, "sertwist 0.1.0\n", 2)


def test_pin_is_refused_when_it_is_another(serctl: Run, peer: Peer) -> None:
    ran = serctl("--pin", "sha256:" + "0" * 64, "version")
    assert (ran.status, "not the pinned one" in ran.err, peer.calls) == (3, True, [])
    assert serctl("--pin", "x", "version").status == 2


def test_pages_are_fetched_as_wanted(serctl: Run, peer: Peer) -> None:
    rows = [{"id": number} for number in range(25)]

    def page(limit: int = 10, cursor: int = 0) -> dict[str, Any]:
        following = {"next": cursor + limit} if cursor + limit < len(rows) else {}
        return {"items": rows[cursor : cursor + limit], **following}

    peer.methods |= {"m": page, "system.methodInfo": info("read", limit="int", cursor="int")}
    one = serctl("-o", "json", "call", "m")
    assert json.loads(one.out) == {"items": rows[:10], "next": 10}
    assert json.loads(serctl("-o", "json", "--all", "--limit", "25", "call", "m").out) == rows
    few = serctl("-o", "json", "--limit", "4", "call", "m")
    assert json.loads(few.out) == {"items": rows[:4], "next": 4}
    assert len(serctl("--limit", "4", "--no-headers", "call", "m").out.splitlines()) == 4
    peer.methods["m"] = rows
    assert len(json.loads(serctl("-o", "json", "--limit", "3", "call", "m").out)) == 3
