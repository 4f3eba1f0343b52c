"""`Exposition`: the server's numbers as Prometheus reads them, made when they are asked for."""

from __future__ import annotations

import platform
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

import sertwist
from sertwist.modules.tls import TlsModule
from sertwist.tls.expiry import list_holdings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from sertwist.meters import Histogram
    from sertwist.modules.declare import Module
    from sertwist.server.host import ServerHost

__all__ = ["Exposition"]

_HANDSHAKES: Final = ("full", "resumed")
_PROTOCOLS: Final = ("TCP", "TLS", "UNIX")


class Exposition(Collector):
    """All numbers of one server; names, units and labels by Prometheus's conventions."""

    def __init__(self, host: ServerHost, modules: tuple[Module, ...]) -> None:
        self._host = host
        self._tls = next((each for each in modules if isinstance(each, TlsModule)), None)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def written(self, accepted: str) -> tuple[bytes, str]:
        """The text and its content type; `accepted` is the value of the Accept field."""
        encoder, content_type = choose_encoder(accepted)
        return encoder(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        """See `Collector.collect`."""
        yield InfoMetricFamily(
            "sertwist_build",
            "What runs.",
            value={"version": sertwist.__version__, "python": platform.python_version()},
        )
        yield from self._sip()
        yield from self._calls()
        yield from self._handshakes()
        yield from self._connections()
        yield from self._certificates()
        yield self._events()

    def _sip(self) -> Iterator[Metric]:
        meters = self._host.environment.meters
        requests = CounterMetricFamily("sertwist_sip_requests", "SIP requests received.", labels=("method",))
        for method, count in meters.requests.items():
            requests.add_metric((method,), count)
        yield requests
        replies = CounterMetricFamily(
            "sertwist_sip_responses", "SIP replies of the server's own.", labels=("method", "code")
        )
        for (method, code), count in meters.responses.items():
            replies.add_metric((method, str(code)), count)
        yield replies
        malformed = CounterMetricFamily("sertwist_sip_malformed", "What came as SIP and could not be read.")
        malformed.add_metric((), self._counter("sip.malformed"))
        yield malformed
        for name, words, histogram in (
            (
                "sertwist_sip_processing_seconds",
                "From a request that was read to its script's end.",
                meters.sip_seconds,
            ),
            ("sertwist_event_loop_lag_seconds", "How much later than due a timer came.", meters.loop_lag),
        ):
            family = HistogramMetricFamily(name, words)
            _add(family, (), histogram)
            yield family

    def _calls(self) -> Iterator[Metric]:
        meters = self._host.environment.meters
        calls = CounterMetricFamily(
            "sertwist_rpc_calls", "Management calls that have ended.", labels=("method", "result", "role")
        )
        for key, count in meters.calls.items():
            calls.add_metric(key, count)
        yield calls
        seconds = HistogramMetricFamily(
            "sertwist_rpc_call_duration_seconds", "From a call that was read to its answer.", labels=("method",)
        )
        for method, histogram in meters.call_seconds.items():
            _add(seconds, (method,), histogram)
        yield seconds
        audit = self._host.audit
        ready = GaugeMetricFamily("sertwist_audit_usable", "1 while the audit log can be written or is off.")
        ready.add_metric((), int(not audit.spool.failure))
        yield ready

    def _handshakes(self) -> Iterator[Metric]:
        """What the counters `tls.full DOMAIN`, `tls.failed.REASON DOMAIN` ... say."""
        done = CounterMetricFamily("sertwist_tls_handshakes", "TLS handshakes.", labels=("domain", "result"))
        failures = CounterMetricFamily(
            "sertwist_tls_handshake_failures", "TLS handshakes that failed.", labels=("reason", "domain")
        )
        failed: dict[str, int] = {}
        for name, count in self._host.environment.counters.items():
            kind, _, domain = name.partition(" ")
            if kind.startswith("tls.failed."):
                failures.add_metric((kind.removeprefix("tls.failed."), domain), count)
                failed[domain] = failed.get(domain, 0) + count
            elif kind.removeprefix("tls.") in _HANDSHAKES:
                done.add_metric((domain, kind.removeprefix("tls.")), count)
        for domain, count in failed.items():
            done.add_metric((domain, "failed"), count)
        yield done
        yield failures

    def _connections(self) -> Iterator[Metric]:
        rows = list(self._host.connections())
        now = dict.fromkeys(_PROTOCOLS, 0)
        for row in rows:
            now[row.protocol] += 1
        connections = GaugeMetricFamily("sertwist_connections", "Stream connections now.", labels=("protocol",))
        for protocol, count in now.items():
            connections.add_metric((protocol.lower(),), count)
        yield connections
        bound = GaugeMetricFamily("sertwist_connections_max", "Stream connections that there may be.")
        bound.add_metric((), self._host.limits.connection.max_connections)
        yield bound
        queued = GaugeMetricFamily("sertwist_write_queue_bytes", "Bytes that wait for peers to take them.")
        queued.add_metric((), sum(row.queued_bytes for row in rows))
        yield queued
        dropped = CounterMetricFamily("sertwist_connections_dropped", "Connections that were ended for a bound.")
        dropped.add_metric((), self._counter("connections.dropped"))
        yield dropped

    def _certificates(self) -> Iterator[Metric]:
        ends = GaugeMetricFamily(
            "sertwist_tls_certificate_expiry_timestamp_seconds",
            "When a certificate or CRL of a TLS domain ends, in seconds since the epoch.",
            labels=("domain", "kind", "subject"),
        )
        first: dict[tuple[str, str, str], float] = {}
        if self._tls is not None:
            for each in list_holdings(self._tls.in_force.table):
                for domain in each.domains if each.ends is not None else ():
                    key: tuple[str, str, str] = (domain, each.kind, each.subject)
                    first[key] = min(first.get(key, each.ends or 0.0), each.ends or 0.0)
        for key, when in first.items():
            ends.add_metric(key, when)
        yield ends

    def _events(self) -> Metric:
        """Every other counter; their names are the server's, with domains and reasons in them."""
        events = CounterMetricFamily("sertwist_events", "What else is counted, by name.", labels=("event",))
        for name, count in self._host.environment.counters.items():
            events.add_metric((name,), count)
        return events

    def _counter(self, name: str) -> int:
        return self._host.environment.counters.get(name, 0)


def _add(family: HistogramMetricFamily, labels: tuple[str, ...], histogram: Histogram) -> None:
    bounds = (*(str(each) for each in histogram.bounds), "+Inf")
    family.add_metric(labels, list(zip(bounds, accumulate(histogram.counts), strict=True)), histogram.total)
