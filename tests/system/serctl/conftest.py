"""A PKI for the session, a server and a serctl that is run in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.demo import write_demo
from sertwist.serctl.cli import main
from tests.system.serctl.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Ran:
    """How a run of serctl ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pki")
    write_demo(directory, now=datetime.now(UTC))
    return directory


@pytest.fixture
def peer(pki: Path) -> Iterator[Peer]:
    with Peer(pki) as server:
        yield server


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of the machine's or the person's has a part in this."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("URL", "SER", "CACERT", "CERT", "KEY", "OUTPUT", "CONTEXT", "CONFIG", "YES"):
        monkeypatch.delenv(f"SERCTL_{name}", raising=False)
    monkeypatch.setenv("SERCTL_RETRIES", "0")  # tests of failures are of the first; those of retries say so


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run serctl with these arguments."""

    def run(*arguments: object) -> Ran:
        status = main([str(each) for each in arguments])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


@pytest.fixture
def serctl(run: Run, peer: Peer, pki: Path) -> Run:
    """Run serctl as Bob, on the server of this test."""
    options = ("--url", peer.url, "--cacert", pki / "ca.pem", "--cert", pki / "bob.pem", "--key", pki / "bob.key")
    return lambda *arguments: run(*options, *arguments)
