"""`core.trace`: an operator asks what the script does with the next message of somebody, while the server runs."""

from __future__ import annotations

import time
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.system.running import options_request

if TYPE_CHECKING:
    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


def ask_options(server: RunningServer, count: int) -> None:
    """Requests until the trace has what it waits for."""
    with server.connect("tcp") as sock:
        for number in range(count):
            sock.sendall(options_request("TCP", branch=f"z9hG4bK{number}"))
            assert sock.recv(4096).startswith(b"SIP/2.0 200")
            time.sleep(0.01)


def test_lines_and_values_of_the_next_message(start_server: StartServer) -> None:
    server = start_server()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.proxy("bob").core.trace, "127.0.0.1", 1, 30)
        while not waiting.done():
            ask_options(server, 5)
        (traced,) = waiting.result()
    assert traced["source"].startswith("tcp:127.0.0.1:")
    assert traced["message"].startswith("OPTIONS sip:")
    text = "\n".join(traced["lines"])
    assert 'method = "OPTIONS"' not in text or "proto" in text
    assert 'proto = "TCP"' in text
    assert "sl_reply" in text
    ask_options(server, 2)  # and the server goes on as before


def test_nobody_comes_and_the_answer_is_empty(start_server: StartServer) -> None:
    server = start_server()
    assert server.proxy("bob").core.trace("192.0.2.77", 1, 1) == []
    ask_options(server, 1)


def test_one_trace_at_a_time(start_server: StartServer) -> None:
    server = start_server()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.proxy("bob").core.trace, "192.0.2.77", 1, 3)
        refusals: list[str] = []
        while not waiting.done() and not refusals:
            try:
                server.proxy("bob").core.trace("192.0.2.78", 1, 1)
            except xmlrpc.client.Fault as fault:
                refusals.append(fault.faultString)
        assert refusals == ["another trace is waiting"]
        assert waiting.result() == []
