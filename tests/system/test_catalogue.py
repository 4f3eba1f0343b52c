"""The methods of the core, asked over mutual TLS as an operator's tools ask them: the shapes that they depend on."""

from __future__ import annotations

import signal
import time
import xmlrpc.client
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer


@pytest.fixture
def server(start_server: StartServer) -> RunningServer:
    return start_server()


def test_shapes_of_what_the_core_answers(server: RunningServer) -> None:
    bob = server.proxy("bob")
    run = bob.core.runinfo()
    assert set(run) == {
        *("name", "version", "sourceid", "compiler", "compiled", "time_now", "time_started"),
        *("uptime_secs", "utime_days"),
    }
    assert isinstance(run["uptime_secs"], int)
    assert "tls" in bob.core.flags()
    assert set(bob.core.psa()[0]) == {"index", "pid", "status", "rank", "description"}
    assert Path(bob.core.pwd()[0]).is_dir()
    assert any("ser.cfg" in each or "sertwist" in each for each in bob.core.arg())
    assert set(bob.core.shmmem()) == {"total", "free", "used", "real_used", "max_used", "fragments"}
    assert bob.core.shmmem("k")["total"] == bob.core.shmmem()["total"] // 1024
    assert bob.core.prints("a", "b") == ["a", "b"]
    assert bob.core.printi(5) == 5
    assert {each["type"] for each in bob.core.tcp_list()} == {"TLS"}
    row = bob.core.tcp_list(1)[0]
    assert row["peer_cn"]
    assert bob.core.tcp_list(10, row["id"], ["id"]) == []
    assert bob.core.tcp_list(10, 0, ["src_ip"])[0] == {"src_ip": "127.0.0.1"}
    assert bob.core.tcp_options()["max_connections(soft)"] == bob.core.tcp_info()["max_connections"]
    assert set(bob.core.aliases_list()) == {"myself_callbacks", "aliases"}
    socket = bob.core.sockets_list()[0]
    assert {"af", "proto", "address", "port", "mcast", "mhomed"} <= set(socket)


def test_counters_are_read_and_begin_again(server: RunningServer) -> None:
    bob = server.proxy("bob")
    bob.core.version()
    assert "xmlrpc" in bob.cnt.list_groups()
    before = bob.cnt.get("xmlrpc", "requests")
    assert before >= 2
    assert bob.cnt.get_raw("xmlrpc", "requests") > before
    assert bob.cnt.get_vars("xmlrpc")["dispatched"] >= 2
    assert bob.cnt.grp_get_all("tcp")["current_opened_connections"] >= 1
    assert "requests" in bob.cnt.var_list("xmlrpc")
    assert bob.cnt.reset("xmlrpc", "requests")["new"] == 0
    assert bob.cnt.get("xmlrpc", "requests") < before + 3
    assert bob.stats.fetchn("xmlrpc:")["xmlrpc.dispatched"] > 0
    assert bob.stats.fetch("shmem:")["shmem.fragments"] == "0"
    assert any(line.startswith("xmlrpc:dispatched = ") for line in bob.stats.get_statistics("all"))
    assert bob.stats.clear_statistics("xmlrpc.dispatched")[0].startswith("xmlrpc:dispatched = 0 (")
    for call, words in (
        (lambda: bob.cnt.get("xmlrpc", "nothing"), "non-existent counter"),
        (lambda: bob.cnt.get("nothing"), "non-existent group 'nothing'"),
        (lambda: bob.cnt.reset("tcp", "current_opened_connections"), "Not a counter: it is a value of this moment"),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            call()
        assert refused.value.faultString == words


def test_memory_timers_and_log(server: RunningServer) -> None:
    bob = server.proxy("bob")
    assert bob.mem.stats()["rss"] > 10_000_000
    assert bob.mem.top(3)[0]["count"] >= bob.mem.top(3)[2]["count"]
    assert bob.mem.gc()["collected"] >= 0
    assert bob.pkg.stats()[0]["pid"] > 0
    assert bob.shm.stats()["used"] > 0
    assert bob.mod.stats()["core"] == {"Total": 0}
    sweep = next(each for each in bob.timer.list() if "sweep" in each["name"])
    assert set(sweep) == {"name", "interval", "next", "last_duration", "errors", "runs"}
    assert sweep["errors"] == 0
    lines = bob.log.tail(100)
    assert any("listening on" in each["text"] for each in lines)
    assert {each["level"] for each in lines} <= {"info", "warn", "error", "debug", "critical"}
    old = bob.log.level()["script"]
    assert bob.log.set("script", 4, True) == {"old": old, "new": 4}
    assert bob.log.set("script", 4) == {"old": old, "new": 4}
    assert bob.log.level() == {"script": 4}


def test_names_that_were_looked_up(server: RunningServer) -> None:
    bob = server.proxy("bob")
    assert bob.dns.view() == []
    found = bob.dns.lookup("A", "localhost")
    assert found["name"] == "localhost"
    assert "127.0.0.1" in [each["rr_ip"] for each in found["records"]]
    assert bob.dns.view()[0]["name"] == "localhost"
    used, most = bob.dns.mem_info()
    assert 0 < used < most
    assert bob.dns.delete_a("localhost") is True
    for call, words in (
        (lambda: bob.dns.delete_a("localhost"), "Not found"),
        (lambda: bob.dns.lookup("A", "no-such-name.invalid"), "Not found"),
        (lambda: bob.dns.lookup("SRV", "localhost"), "Invalid type"),
    ):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            call()
        assert (refused.value.faultCode, refused.value.faultString) == (400, words)
    assert bob.dns.delete_all_force()["status"] == "ok"


def wait_for_line(bob: Any, words: str) -> None:
    ends = time.monotonic() + 20
    while not any(words in each["text"] for each in bob.log.tail(1000)):
        assert time.monotonic() < ends, words
        time.sleep(0.05)


def test_signals_by_call_and_from_outside(server: RunningServer) -> None:
    killer = server.proxy("ser-killer")
    assert killer.core.kill(10) is True
    wait_for_line(killer, "counter xmlrpc.")
    assert killer.core.kill(12) is True
    wait_for_line(killer, "memory: ")
    assert killer.core.kill(1) is True
    wait_for_line(killer, "script: reloaded; generation 2")
    server.process.send_signal(signal.SIGHUP)
    wait_for_line(killer, "script: reloaded; generation 3")
    for number, code in ((9, 400), (0, 400), (19, 400), (-15, 400)):
        with pytest.raises(xmlrpc.client.Fault) as refused:
            killer.core.kill(number)
        assert refused.value.faultCode == code
    assert killer.core.kill(15) is True
    assert server.process.wait(20) == 0


def test_ways_and_the_script_on_disk(start_server: StartServer) -> None:
    server = start_server()
    bob = server.proxy("bob")
    flat = bob.ctl.listen()
    assert len(flat) % 4 == 0
    assert "tls" in flat[1::4]
    assert bob.jsonrpc.echo(1, "a") == [1, "a"]
    with pytest.raises(xmlrpc.client.Fault, match="606"):
        bob.ctl.who()
    described = bob.system.describe()
    assert described["openrpc"] == "1.3.2"
    assert "core.kill" in [each["name"] for each in described["methods"]]
