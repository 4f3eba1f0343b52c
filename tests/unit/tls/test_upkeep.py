"""`Upkeep`: warnings of what expires reach the log and a counter, at the start, each day, and after a reload."""

from __future__ import annotations

from sertwist.modules.tls.upkeep import Upkeep
from tests.unit.tls.fake_host import FakeHost
from tests.unit.tls.kit import AT, make_domain

DAY = 86_400.0


def test_warnings_come_at_the_start_each_day_and_after_a_change() -> None:
    host = FakeHost()
    host.now = AT + 380 * DAY  # everything of the kit ends on day 400
    upkeep = Upkeep({}, 30)
    upkeep.start(host, [make_domain()])
    assert [level for level, _ in host.lines] == ["warn", "warn"]
    assert host.lines[0][1].startswith(
        "tls: certificate 'CN=alice' in memory, used by server:default, expires in 20 days"
    )
    assert host.lines[1][1].startswith("tls: CA certificate 'CN=Test Root' in ")
    [hourly] = [call for seconds, call in host.timers if seconds == 3_600]
    for _ in range(24):
        hourly()
        host.now += 3_600
    assert len(host.lines) == 2
    hourly()
    assert len(host.lines) == 4
    upkeep.use(host, [make_domain(), make_domain(server_name="a.example.com")])  # other domains: said anew
    assert len(host.lines) == 6
    assert host.environment.counters["tls.expiry_warnings"] == 6


def test_nothing_is_said_far_from_any_end() -> None:
    host = FakeHost()
    Upkeep({}, 30).start(host, [make_domain()])
    assert host.lines == []
