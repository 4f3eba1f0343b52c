"""Several servers at once: who is called, what is shown, and how it ends when some fail."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.system.serctl.peer import Peer, fault_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.system.serctl.conftest import Run


@pytest.fixture
def peers(pki: Path) -> Iterator[list[Peer]]:
    with Peer(pki) as one, Peer(pki) as two, Peer(pki) as three:
        yield [one, two, three]


@pytest.fixture
def fleet(run: Run, peers: list[Peer], pki: Path) -> Run:
    urls = [part for peer in peers for part in ("--url", peer.url)]
    identity = ("--cacert", pki / "ca.pem", "--cert", pki / "bob.pem", "--key", pki / "bob.key")
    return lambda *arguments: run(*urls, *identity, *arguments)


def name(peer: Peer) -> str:
    return f"localhost:{peer.server_address[1]}"


def denied(*_params: object) -> bytes:
    return fault_document(403, "Access to m denied")


def test_every_server_is_a_row_when_all_answer(fleet: Run, peers: list[Peer]) -> None:
    ran = fleet("version")
    assert (ran.status, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["SERVER", "RESULT"], *([name(peer), "sertwist", "0.1.0"] for peer in peers)
    ]  # fmt: skip


def test_json_has_an_object_for_each_server(fleet: Run, peers: list[Peer]) -> None:
    peers[1].methods["core.version"] = denied
    ran = fleet("-o", "json", "version")
    first, second, third = json.loads(ran.out)
    assert (first, third) == (
        {"server": peers[0].url, "result": "sertwist 0.1.0"},
        {"server": peers[2].url, "result": "sertwist 0.1.0"},
    )
    assert (second["server"], second["error"]["exit_code"]) == (peers[1].url, 4)
    assert json.loads(ran.err)["error"]["server"] == peers[1].url
    assert ran.status == 7


def test_status_is_7_when_some_fail_and_the_others_are_shown(fleet: Run, peers: list[Peer]) -> None:
    peers[1].methods["core.version"] = denied
    ran = fleet("version")
    assert (ran.status, len(ran.out.splitlines())) == (7, 3)
    assert ran.err == f"serctl: {name(peers[1])}: 403 Access to m denied\n"


def test_status_is_the_one_that_all_share(fleet: Run, peers: list[Peer]) -> None:
    for peer in peers:
        peer.methods["core.version"] = denied
    assert fleet("version").status == 4


@pytest.mark.parametrize(("rolling", "called"), [(True, [1, 1, 0]), (False, [1, 1, 1])])
def test_no_server_is_called_after_a_failure_when_rolling(
    fleet: Run, peers: list[Peer], rolling: bool, called: list[int]
) -> None:
    peers[1].methods["core.version"] = denied
    ran = fleet(*(["--rolling"] if rolling else []), "version")
    assert ran.status == 7
    assert [len(peer.calls) for peer in peers] == called
    assert ("not called" in ran.err) == rolling


def test_servers_are_called_at_once_when_not_rolling(fleet: Run, peers: list[Peer]) -> None:
    meeting = threading.Barrier(3, timeout=20)
    for peer in peers:
        peer.methods["m"] = lambda: meeting.wait() >= 0
    assert fleet("--yes", "call", "m").status == 0
    for peer in peers:
        peer.methods["m"] = lambda: meeting.wait(0.3) >= 0
    assert fleet("--yes", "--parallel", "1", "--timeout", "5s", "call", "m").status != 0


def test_names_are_placed_as_each_server_declares_them(fleet: Run, peers: list[Peer]) -> None:
    for order, peer in zip(("ab", "ba", "ab"), peers, strict=True):
        parameters = [{"name": each, "type": "string"} for each in order]
        peer.methods |= {"m": 1, "system.methodInfo": {"params": parameters, "effect": "read"}}
    assert fleet("call", "m", "a=0123", "b=x").status == 0
    assert [peer.calls[-1][1] for peer in peers] == [("0123", "x"), ("x", "0123"), ("0123", "x")]


def test_contexts_name_several_servers(run: Run, peers: list[Peer], pki: Path, tmp_path: Path) -> None:
    path = tmp_path / "serctl.toml"
    urls = ", ".join(f'"{peer.url}"' for peer in peers)
    path.write_text(f'[context.all]\nurls = [{urls}]\ncacert = "{pki}/ca.pem"\ncert = "{pki}/bob.pem"\n'
                    f'key = "{pki}/bob.key"\noutput = "csv"\n')  # fmt: skip
    path.chmod(0o600)
    ran = run("--config", path, "-c", "all", "--no-headers", "version")
    assert ran.out == "".join(f"{name(peer)},sertwist 0.1.0\n" for peer in peers)
