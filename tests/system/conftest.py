"""A real server in a real process, with real certificates, for each test that wants one."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sertwist.pki.demo import write_demo
from tests.system.running import RunningServer, minimal_script, seed_script

if TYPE_CHECKING:
    from pathlib import Path

StartServer = Callable[..., RunningServer]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration PKI: ca, server, bob, ser-killer and the bad ones."""
    directory = tmp_path_factory.mktemp("pki")
    write_demo(directory, now=datetime.now(UTC))
    return directory


@pytest.fixture
def start_server(tmp_path: Path, pki: Path) -> Iterator[StartServer]:
    """Start servers for a script's text; they are stopped at the end."""
    running: list[RunningServer] = []

    def start(script: str | None = None, *, options: tuple[str, ...] = ()) -> RunningServer:
        text = seed_script(pki) if script is None else script
        server = RunningServer.start(tmp_path / f"server{len(running)}", text, pki, options)
        running.append(server)
        return server

    yield start
    for server in running:
        server.end()


@pytest.fixture(scope="module")
def seed_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """One server on the announcement's script, shared by the tests of a file that do not stop it."""
    server = RunningServer.start(tmp_path_factory.mktemp("seed"), seed_script(pki), pki, ())
    yield server
    server.assert_unharmed()


@pytest.fixture(scope="module")
def minimal_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """One server on conf/minimal.cfg, which answers every sane request with 200."""
    server = RunningServer.start(tmp_path_factory.mktemp("minimal"), minimal_script(), pki, ())
    yield server
    server.assert_unharmed()


@pytest.fixture
def client_context(pki: Path) -> Callable[[str | None], ssl.SSLContext]:
    """SSL contexts that trust the demonstration CA and show the certificate of that name."""

    def make(name: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
        if name is not None:
            context.load_cert_chain(pki / f"{name}.pem", pki / f"{name}.key")
        return context

    return make
