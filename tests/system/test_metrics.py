"""What a monitor sees: Prometheus's own parser reads a running server, and the files for Grafana and Prometheus fit."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import xmlrpc.client
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.system.running import RunningServer, options_request, seed_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.conftest import StartServer

MONITORING = Path(__file__).parents[2] / "contrib" / "monitoring"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _monitored(pki: Path) -> str:
    return 'metrics_listen = "127.0.0.1:0"\n' + seed_script(pki)


def _monitor(server: RunningServer) -> http.client.HTTPConnection:
    line = server.wait_for("metrics at http://")
    return http.client.HTTPConnection("127.0.0.1", int(re.findall(r":(\d+)/metrics", line)[0]), timeout=15)


def _get(server: RunningServer, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
    connection = _monitor(server)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers["Content-Type"] or "", text


def _samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """A server that has answered and refused calls and SIP requests, known ones and not."""
    server = RunningServer.start(tmp_path_factory.mktemp("watched"), _monitored(pki), pki, ())
    with server.proxy("ser-killer") as killer:
        killer.core.version()
        with pytest.raises(xmlrpc.client.Fault):
            killer.core.echo_nothing_of_this_name()
    with server.proxy("bob") as bob, pytest.raises(xmlrpc.client.Fault):
        bob.core.kill()
    stranger = ssl.create_default_context()  # it does not know our CA
    with (
        socket.create_connection(("127.0.0.1", server.ports["tls"])) as sock,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        stranger.wrap_socket(sock, server_hostname="localhost")
    for method in ("OPTIONS", "OPTIONS", "MADEUP"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
            sip.settimeout(15)
            sip.sendto(options_request("UDP", method=method), ("127.0.0.1", server.ports["udp"]))
            sip.recv(4096)
    yield server
    server.assert_unharmed()


def test_prometheus_reads_what_happened(watched: RunningServer) -> None:
    status, content_type, text = _get(watched, "/metrics")
    assert (status, content_type.partition(";")[0]) == (200, "text/plain")
    samples = _samples(text)
    assert _value(samples, "sertwist_sip_requests_total", method="OPTIONS") == 2
    assert _value(samples, "sertwist_sip_requests_total", method="other") == 1
    assert _value(samples, "sertwist_sip_processing_seconds_count") == 3
    assert _value(samples, "sertwist_sip_processing_seconds_bucket", le="+Inf") == 3
    replies = {dict(labels)["method"] for name, labels in samples if name == "sertwist_sip_responses_total"}
    assert replies == {"OPTIONS", "other"}
    assert _value(samples, "sertwist_rpc_calls_total", method="core.version", result="ok", role="") == 1
    assert _value(samples, "sertwist_rpc_calls_total", method="other", result="fault", role="") == 1
    assert _value(samples, "sertwist_rpc_calls_total", method="core.kill", result="refused", role="") == 1
    assert _value(samples, "sertwist_rpc_call_duration_seconds_count", method="core.version") == 1
    assert _value(samples, "sertwist_tls_handshakes_total", domain="server:default", result="full") >= 2
    assert _value(samples, "sertwist_tls_handshakes_total", domain="server:default", result="failed") == 1
    failures = {name: value for (name, _), value in samples.items() if name == "sertwist_tls_handshake_failures_total"}
    assert failures == {"sertwist_tls_handshake_failures_total": 1}
    assert _value(samples, "sertwist_connections_max") == 4096
    assert _value(samples, "process_open_fds") > 3
    ends = [value for (name, _), value in samples.items() if name.endswith("_expiry_timestamp_seconds")]
    assert len(ends) >= 2
    assert min(ends) > 1_600_000_000


def test_a_peer_makes_no_label(watched: RunningServer) -> None:
    text = _get(watched, "/metrics")[2]
    assert "MADEUP" not in text
    assert "echo_nothing" not in text


def test_every_number_says_what_it_is(watched: RunningServer) -> None:
    families = list(text_string_to_metric_families(_get(watched, "/metrics")[2]))
    unclear = [each.name for each in families if not each.documentation or each.type == "unknown"]
    assert (len(families) > 20, unclear) == (True, [])


def test_openmetrics_when_it_is_asked_for(watched: RunningServer) -> None:
    _, content_type, text = _get(watched, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert any(each.name == "sertwist_rpc_calls" for each in read_openmetrics(text))


def test_the_same_by_a_call(watched: RunningServer) -> None:
    with watched.proxy("ser-killer") as proxy:
        samples = _samples(proxy.metrics.text())
    assert _value(samples, "sertwist_sip_requests_total", method="OPTIONS") == 2


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/healthz", 200, "ok\n"),
        ("GET", "/readyz", 200, "ready\n"),
        ("HEAD", "/healthz", 200, ""),
        ("GET", "/RPC2", 404, "/metrics, /healthz and /readyz are here\n"),
        ("POST", "/healthz", 405, "only GET and HEAD\n"),
    ],
)
def test_health(watched: RunningServer, method: str, path: str, status: int, words: str) -> None:
    found, _, text = _get(watched, path, method, **({"Content-Length": "0"} if method == "POST" else {}))
    assert (found, text) == (status, words)


def test_no_sip_where_monitors_are(watched: RunningServer) -> None:
    connection = _monitor(watched)
    connection.connect()
    connection.sock.sendall(options_request("TCP"))
    assert connection.sock.recv(4096) == b""
    connection.close()


def test_nothing_of_it_unless_it_is_configured(seed_server: RunningServer) -> None:
    with seed_server.connect("tcp") as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not sock.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_bad_address_is_told_at_the_start(start_server: StartServer, pki: Path) -> None:
    with pytest.raises(AssertionError, match=r"metrics_listen '9091' is no address and port"):
        start_server(_monitored(pki).replace('127.0.0.1:0"\n', '9091"\n', 1))


def _names_used(text: str) -> set[str]:
    return set(re.findall(r"\b(?:sertwist|process)_[a-z_]+", text))


def _expressions(name: str) -> Iterator[str]:
    text = (MONITORING / name).read_text()
    if name.endswith(".json"):
        for panel in json.loads(text)["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))
    else:
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
                assert set(rule["annotations"]) == {"summary", "description"}
                yield rule["expr"]


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-alerts.yml"])
def test_dashboard_and_alerts_ask_for_what_there_is(watched: RunningServer, name: str) -> None:
    text = _get(watched, "/metrics")[2]
    there = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    there |= {f"{family.name}_total" for family in text_string_to_metric_families(text) if family.type == "counter"}
    used = set().union(*map(_names_used, _expressions(name)))
    assert len(used) > 8
    assert used <= there
