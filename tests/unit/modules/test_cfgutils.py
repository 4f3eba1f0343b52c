"""cfgutils: waiting, locks, chance, flags, routes by name."""

from __future__ import annotations

from typing import Any

import pytest

from sertwist.limits import LOCK_SECONDS, MAX_SLEEPERS
from sertwist.modules.locks import Locks
from tests.script_run import ScriptRun, make_request
from tests.unit.tls.fake_host import result_of

HEAD = '#!KAMAILIO\nloadmodule "sl"\nloadmodule "cfgutils"\nloadmodule "pv"\n'
MAIN = HEAD + "request_route {{ {body} sl_reply('404', 'no'); }}\n"
OK = 'sl_reply("200", "OK"); exit;'


def run(body: str, more: str = "", params: str = "") -> ScriptRun:
    return ScriptRun(HEAD + params + "request_route { " + body + ' sl_reply("404", "no"); }\n' + more)


@pytest.mark.parametrize(("call", "seconds"), [('sleep("2")', 2.0), ("sleep(2)", 2.0), ('usleep("500000")', 0.5)])
def test_message_waits_and_others_do_not(call: str, seconds: float) -> None:
    script = run(f"if (src_port == 7) {{ {call}; {OK} }}")
    waiting = script.send(source=("192.0.2.9", 7))
    assert waiting.sent == []
    assert script.send(source=("192.0.2.9", 8)).status == 404
    script.tick(seconds - 0.1)
    assert script.outcome.status != 200
    script.tick(0.2)
    assert script.outcome.status == 200


def test_too_many_who_wait_are_refused_at_once() -> None:
    script = run(f"if (sleep(1)) {{ {OK} }}")
    module: Any = script.loaded.named("cfgutils")
    module.sleepers = MAX_SLEEPERS
    assert script.send().status == 404
    module.sleepers = MAX_SLEEPERS - 1
    assert script.send().sent == []


def test_lock_lets_one_message_pass_at_a_time_and_unlock_the_next() -> None:
    count = "$shv(n) = $shv(n) + 1; usleep(100000);"
    script = run(f'lock("$sel(ruri)"); {count} unlock("$sel(ruri)"); sl_reply("200", "$shv(n)"); exit;')
    script.send(source=("192.0.2.9", 1))
    script.send(source=("192.0.2.9", 2))
    pv: Any = script.loaded.named("pv")
    assert pv.shared["n"] == 1
    script.tick(0.2)
    assert pv.shared["n"] == 2
    script.tick(0.2)
    assert script.outcome.status == 200


def test_lock_of_another_key_is_another_lock() -> None:
    locks, one, other = Locks(), object(), object()
    assert locks.try_lock("a", one, 0.0)
    assert locks.try_lock("b", other, 0.0)
    assert not locks.try_lock("a", other, 0.0)
    assert locks.try_lock("a", one, 0.0)
    assert locks.unlock("a", one, 0.0)
    assert not locks.try_lock("a", other, 0.0)
    assert not locks.unlock("a", other, 0.0)
    assert locks.unlock("a", one, 0.0)
    assert locks.try_lock("a", other, 0.0)


def test_lock_that_is_not_given_back_goes_to_the_next_in_order() -> None:
    locks, taken = Locks(), []

    async def wait(name: str) -> None:
        assert await locks.lock("k", name, 0.0)
        taken.append(name)

    result_of(wait("first"))
    coroutines = [wait("second"), wait("third")]
    for each in coroutines:
        each.send(None)
    locks.expire(LOCK_SECONDS - 0.1)
    assert taken == ["first"]
    locks.expire(LOCK_SECONDS)
    assert locks.taken_away == 1
    assert not locks.unlock("k", "first", LOCK_SECONDS)
    assert locks.unlock("k", "second", LOCK_SECONDS)
    assert locks.unlock("k", "third", LOCK_SECONDS)
    for each in coroutines:
        each.close()


FORGOTTEN = "script: the script ended with the lock 'k'; unlock it first"


@pytest.mark.parametrize("lock", ['lock("k");', 'trylock("k");', 'lock("k"); lock("k");'])
@pytest.mark.parametrize(
    "end",
    [
        "exit;",
        "drop;",
        "return;",
        "route(END);",
        'sl_reply("200", "OK");',
        "usleep(1); exit;",
        'route_if_exists("END");',
        "$var(x) = 1 / $var(none);",
    ],
)
def test_lock_that_the_script_forgot_is_free_when_it_ends(lock: str, end: str) -> None:
    script = run(f"{lock} {end}", "route[END] { exit; }\n")
    outcome = script.send()
    script.tick(0.1)
    assert [each for each in outcome.log if "lock" in each] == [FORGOTTEN]
    assert script.environment.counters["script.forgotten_locks"] == 1
    outcome = script.send(source=("192.0.2.9", 8))
    script.tick(0.1)
    assert [each for each in outcome.log if "lock" in each] == [FORGOTTEN]


def test_lock_is_free_after_a_fault_in_the_script() -> None:
    script = run('lock("k"); usleep(1);')
    module: Any = script.loaded.named("cfgutils")
    module.sleepers = None  # `sleep` fails
    outcome = script.send()
    assert (outcome.status, outcome.log[-1]) == (500, FORGOTTEN)
    assert script.send(source=("192.0.2.9", 8)).log[-1] == FORGOTTEN


def test_next_message_gets_the_lock_of_a_script_that_ended() -> None:
    script = run('lock("k"); usleep(100000); sl_reply("200", "$si");')
    first, second = script.send(), script.send(source=("192.0.2.8", 5060))
    assert (first.status, second.status) == (0, 0)
    script.tick(0.2)
    assert (script.outcome.status, script.environment.counters["script.forgotten_locks"]) == (200, 1)
    script.tick(0.2)
    assert script.environment.counters["script.forgotten_locks"] == 2


def test_lock_of_the_request_outlives_a_route_within_its_script() -> None:
    onsend = 'onsend_route { lock("k"); unlock("k"); trylock("o"); }\n'
    script = run('lock("k"); forward("198.51.100.9"); if (unlock("k")) { $var(x) = 1; } exit;', onsend)
    outcome = script.send()
    assert len(outcome.forwards) == 1
    assert outcome.log == [FORGOTTEN.replace("'k'", "'o'")]


def test_lock_of_the_request_outlives_an_event_that_it_raises() -> None:
    body = 'lock("k"); sl_reply("200", "OK"); if (unlock("k")) { log(-1, "mine"); } exit;'
    script = run(body, 'event_route[sl:local-response] { trylock("o"); }\n')
    assert sorted(script.send().log) == ["script: mine", FORGOTTEN.replace("'k'", "'o'")]


def test_lock_that_was_given_back_is_not_told() -> None:
    outcome = run('lock("k"); lock("k"); unlock("k"); unlock("k"); trylock("j"); unlock("j"); exit;').send()
    assert outcome.log == []


def test_name_of_a_peer_is_shown_harmless() -> None:
    message = make_request("OPTIONS", "sip:bob@example.com", "X-Key: \u2028" + "k" * 100)
    [line] = run('lock("$hdr(X-Key)"); exit;').send(message).log
    assert line == "script: the script ended with the lock '\\u2028" + "k" * 57 + "; unlock it first"


def test_only_so_many_wait_for_locks() -> None:
    locks = Locks()
    assert result_of(locks.lock("k", "first", 0.0))
    locks._waiting = MAX_SLEEPERS
    assert not result_of(locks.lock("k", "other", 0.0))
    assert locks.refused == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (f"if (rand_event(100)) {{ {OK} }}", 200),
        (f"if (rand_event(0)) {{ {OK} }}", 404),
        (f"rand_set_prob(100); if (rand_event()) {{ {OK} }}", 200),
        (f"rand_set_prob(100); rand_reset_prob(); if (rand_event()) {{ {OK} }}", 404),
        (f"rand_set_prob(30); rand_get_prob(); if ($rc == 30) {{ {OK} }}", 200),
        (f'set_gflag("3"); if (is_gflag(3) && !is_gflag("1")) {{ {OK} }}', 200),
        (f"reset_gflag(2); if (is_gflag(2)) {{ {OK} }}", 404),
        (f"if (is_gflag(2)) {{ {OK} }}", 200),
        (f'if (check_route_exists("A")) {{ {OK} }}', 200),
        (f'if (check_route_exists("B")) {{ {OK} }}', 404),
        (f'if (route_if_exists("A")) {{ {OK} }}', 200),
        (f'if (route_if_exists("B")) {{ {OK} }}', 404),
        (f'$var(r) = "A"; if (route_if_exists("$var(r)")) {{ {OK} }}', 200),
        ('route_if_exists("END");', 200),
        (f'$var(h) = core_hash("a", "b", 4); core_hash("ab", "", 4); if ($rc == $var(h)) {{ {OK} }}', 200),
        (f'core_hash("$sel(ruri)", "", 4); if ($rc >= 1 && $rc <= 16) {{ {OK} }}', 200),
    ],
)
def test_functions_do_what_scripts_expect(body: str, status: int) -> None:
    params = 'modparam("cfgutils", "initial_gflags", 4)\nmodparam("cfgutils", "initial_probability", 0)\n'
    script = run(body, 'route[A] { return 7; }\nroute[END] { sl_reply("200", "end"); exit; }\n', params)
    assert script.send().status == status
