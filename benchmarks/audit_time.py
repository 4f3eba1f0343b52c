"""What the audit log costs a call, and how many records a second are written and verified."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.spool import Around
from sertwist.rpc.call import Call
from sertwist.rpc.caller import Caller
from sertwist.rpc.declare import Effect, Method, Param, Type
from sertwist.server.audit_reading import verify_log
from sertwist.server.audit_store import FileStore
from sertwist.tls.certificate import view_certificate

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["measure"]

_CALLS: Final = 20_000
_DESTRUCTIVE: Final = 100  # each waits for the disk
_REPEATS: Final = 5
_BATCH: Final = 100  # calls between two flushes: 20 ms of a busy server


def _method(name: str, effect: Effect, *params: str) -> Method:
    declared = tuple(Param(name=each, type=Type.ANY) for each in params)
    return Method(name=name, run=lambda *_: None, effect=effect, params=declared)


_METHODS: Final = {
    each.name: each
    for each in (
        _method("core.version", Effect.READ),
        _method("cfg.set", Effect.WRITE, "name", "value"),
        _method("core.kill", Effect.DESTRUCTIVE),
    )
}

#: What is measured: title, level, call, how many.
_ROWS: Final = (
    ("a read, which level `write` leaves out", Level.WRITE, Call("core.version"), _CALLS),
    ("a read, level `all`", Level.ALL, Call("core.version"), _CALLS),
    ("a write with two parameters", Level.WRITE, Call("cfg.set", ("max_rate", 20)), _CALLS),
    ("a destructive call, intent on the disk", Level.WRITE, Call("core.kill"), _DESTRUCTIVE),
)


def _log(path: Path, level: Level) -> AuditLog:
    around = Around(
        wall_clock=time.time,
        clock=time.monotonic,
        later=lambda _seconds, _call: None,
        tell=lambda level, text: print(text) if level == "error" else None,
        count=lambda _name: None,
    )
    return AuditLog(AuditSettings(level=level, rotate_bytes=0), FileStore(path), around, _METHODS.get)


def _seconds(path: Path, level: Level, call: Call, caller: Caller, count: int) -> tuple[float, float]:
    """The shortest time of `count` calls, flushes included, and the processor's part of it."""
    log = _log(path, level)
    log.start()
    times = []
    for _ in range(_REPEATS):
        begin, processor = time.perf_counter(), time.process_time()
        for number in range(count):
            token = log.begin(call, caller, call_id="3fa2c1-1b", connection=7, rule="ser.cfg:18", size=180)
            log.outcome(token, 0, size=240)
            if not number % _BATCH:
                log.flush()
        log.flush()
        times.append((time.perf_counter() - begin, time.process_time() - processor))
    log.stop("done")
    return min(times)


def measure(work: Path, pki: Path) -> None:
    """Print the figures."""
    certificate = view_certificate(x509.load_pem_x509_certificate((pki / "bob.pem").read_bytes()))
    caller = Caller(source=("192.0.2.7", 4711), protocol="TLS", certificate=certificate, words="bob")
    print("\n## Audit log (bars: 5 us for a read that is left out, 15 us for one that is written)\n")
    print("| call | us | of them processor | calls/s |\n|---|---:|---:|---:|")
    for number, (title, level, call, count) in enumerate(_ROWS):
        seconds, processor = _seconds(work / f"audit-{number}.log", level, call, caller, count)
        each, busy = seconds / count * 1e6, processor / count * 1e6
        print(f"| {title} | {each:,.1f} | {busy:,.1f} | {count / seconds:,.0f} |", flush=True)
    path = work / "audit-1.log"
    begin = time.perf_counter()
    report = verify_log(path)
    rate = report.records / (time.perf_counter() - begin)
    held = "hold" if report.holds else "DO NOT HOLD"
    print(
        f"\n{report.records:,} records of {path.stat().st_size // report.records} bytes {held}: {rate:,.0f}/s verified"
    )
