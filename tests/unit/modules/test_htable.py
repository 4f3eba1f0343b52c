"""htable through scripts: variables, functions, iterators, locks, events; the RPC methods."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import ensureDeferred

from sertwist.modules.htable import HtableModule
from sertwist.modules.loader import load_modules
from sertwist.rpc.fault import Fault
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source
from tests.script_run import ScriptRun, finish

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """#!KAMAILIO
loadmodule "sl"
loadmodule "pv"
loadmodule "htable"
modparam("htable", "htable", "a=>size=4;autoexpire=100;")
modparam("htable", "htable", "n=>size=4;initval=0;")
modparam("htable", "timer_interval", 5)
"""


def run(body: str, more: str = "") -> ScriptRun:
    return ScriptRun(HEAD + "request_route {\n" + body + "\n}\n" + more)


def module_of(script: ScriptRun) -> HtableModule:
    module = script.loaded.named("htable")
    assert isinstance(module, HtableModule)
    return module


def said(body: str) -> str:
    """What `$var(x)` is after `body`, as the reply's reason."""
    return run(body + ' sl_reply("200", "$var(x)");').send().reason


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('$sht(a=>k) = "v"; $var(x) = $sht(a=>k);', "v"),
        ("$sht(a=>k) = 5; $var(x) = $sht(a=>k) + 2;", "7"),
        ('$sht(a=>k) = "v"; $sht(a=>k) = $null; $var(x) = $(sht(a=>k){s.len});', "0"),
        ('if ($sht(a=>none) == $null) { $var(x) = "undefined"; }', "undefined"),
        ("$var(x) = $sht(n=>none);", "0"),
        ("$var(x) = $shtinc(n=>k); $var(x) = $shtinc(n=>k);", "2"),
        ("$var(x) = $shtdec(n=>k);", "-1"),
        ('if ($shtinc(a=>k) == $null) { $var(x) = "no number"; }', "no number"),
        ("$sht(a=>k) = 1; $var(x) = $shtex(a=>k);", "100"),
        ("$sht(a=>k) = 1; $shtex(a=>k) = 7; $var(x) = $shtex(a=>k);", "7"),
        ('$sht(a=>$sel(method)::$sel(src.ip)) = "dynamic"; $var(x) = $sht(a=>OPTIONS::192.0.2.9);', "dynamic"),
        ('$var(k) = "k"; $sht(a=>$var(k)) = "by variable"; $var(x) = $sht(a=>k);', "by variable"),
        ("$sht(a=>al1) = 1; $sht(a=>al2) = 1; $sht(a=>bo1) = 2; $var(x) = $shtcn(a=>~%al);", "2"),
        ("$sht(a=>al1) = 1; $sht(a=>al2) = 1; $sht(a=>bo1) = 2; $var(x) = $shtcv(a=>eq2);", "1"),
        ('$sht(a=>al1) = 1; $sht(a=>al2) = 1; sht_rm_name_re("a=>^al"); $var(x) = $shtcn(a=>*);', "0"),
        ('$sht(a=>x) = "al1"; $sht(a=>y) = "bo"; sht_rm_value_re("a=>^al"); $var(x) = $shtcn(a=>*);', "1"),
        ('$sht(a=>al1) = 1; $sht(a=>bo) = 1; sht_rm_name("a", "sw", "al"); $var(x) = $shtcn(a=>*);', "1"),
        ('$sht(a=>x) = "al1"; $sht(a=>y) = "bo"; sht_rm_value("a", "eq", "bo"); $var(x) = $shtcn(a=>*);', "1"),
        ('$sht(a=>a.b) = 1; $sht(a=>axb) = 1; $var(v) = "a.b"; $var(x) = $shtcn(a=>~~^$var(v)$);', "1"),
        ('$sht(a=>a.b) = 1; $sht(a=>axb) = 1; $var(v) = "a.b"; $var(x) = $shtcn(a=>==$var(v));', "1"),
        ('$sht(a=>a.b) = 1; $sht(a=>axb) = 1; sht_rm_name("a", "re", "^a.b"); $var(x) = $shtcn(a=>*);', "0"),
        ('$sht(a=>k) = 1; $var(v) = "(("; sht_rm_name("a", "re", "^$var(v)"); $var(x) = $shtcn(a=>*);', "1"),
        ('$sht(a=>a.b) = 1; $var(v) = "a.b"; sht_rm_name("a", "eq", "$var(v)"); $var(x) = $shtcn(a=>*);', "0"),
        ('if (!sht_rm_name("a", "re", "(")) { $var(x) = "bad pattern"; }', "bad pattern"),
        ('$sht(a=>a.b) = 1; $var(v) = ".b"; if (sht_match_name("a", "re", "" + $var(v) + "$")) { $var(x) = 1; }', "1"),
        ('$sht(a=>x) = 1; sht_rm("a", "x"); $var(x) = $shtcn(a=>*);', "0"),
        ('$sht(a=>x) = 1; sht_reset("a"); $var(x) = $shtcn(a=>*);', "0"),
        ('if (sht_match_name("a", "eq", "k")) { $var(x) = 1; } else { $var(x) = 2; }', "2"),
        ('$sht(a=>k) = 1; if (sht_has_name("a", "eq", "k")) { $var(x) = 1; }', "1"),
        ('$sht(a=>k) = "v"; if (sht_match_str_value("a", "in", "v")) { $var(x) = 1; }', "1"),
        ('sht_setxs("a", "k", "v", "30"); $var(x) = $shtex(a=>k) + 0;', "30"),
        ('sht_setxi("a", "k", 4, 0); $var(x) = $sht(a=>k) + $shtex(a=>k);', "4"),
        ('sht_inc("n=>k"); $var(x) = sht_inc("n=>k");', "2"),
        ('$var(x) = sht_dec("n=>k");', "-255"),
    ],
)
def test_script_keeps_values(body: str, value: str) -> None:
    assert said(body) == value


def test_values_outlive_the_message_and_expire() -> None:
    script = run('$sht(n=>c) = $sht(n=>c) + 1; sl_reply("200", "$sht(n=>c)");')
    assert [script.send().reason for _ in range(3)] == ["1", "2", "3"]
    script = run('if ($sht(a=>seen) == 1) { sl_reply("200", "yes"); exit; } $sht(a=>seen) = 1; sl_reply("200", "no");')
    assert [script.send().reason for _ in range(2)] == ["no", "yes"]
    script.tick(99)
    assert script.send().reason == "yes"
    script.tick(1)
    assert script.send().reason == "no"


def test_key_of_a_peer_can_not_name_another_table_and_a_pattern_takes_it_as_it_is() -> None:
    script = run(
        '$var(k) = "n=>k"; $sht(a=>$var(k)) = "mine"; $var(p) = "k.1"; $sht(a=>k.1) = 1; $sht(a=>kx1) = 1;'
        ' sht_rm_name_re("a=>^$var(p)$"); sht_rm_name_re($var(k)); $var(w) = "a=>k.*"; sht_rm_name_re($var(w));'
        ' sl_reply("200", "$sht(a=>$var(k)) $sht(a=>k.1) $sht(a=>kx1)");'
    )
    assert script.send().reason == "mine <null> 1"
    assert module_of(script).tables["n"].get("k", 0.0) == 0


def test_iterator_sees_every_entry_once() -> None:
    body = """
    $var(n) = 0;
    while ($var(n) < 9) { $sht(a=>k$var(n)) = $var(n); $var(n) = $var(n) + 1; }
    $var(x) = 0; $var(count) = 0;
    sht_iterator_start("i1", "a");
    while (sht_iterator_next("i1")) {
        $var(x) = $var(x) + $shtitval(i1);
        $var(count) = $var(count) + 1;
        if ($shtitkey(i1) == "k8") { sht_iterator_rm("i1"); }
        if ($shtitkey(i1) == "k7") { sht_iterator_sets("i1", "seven"); sht_iterator_setex("i1", 5); }
        if ($shtitkey(i1) == "k6") { sht_iterator_seti("i1", 66); }
    }
    sht_iterator_end("i1");
    if (sht_iterator_next("i1")) { $var(x) = "after the end"; }
    sl_reply("200", "$var(x) $var(count) $sht(a=>k8) $sht(a=>k7) $shtex(a=>k7) $sht(a=>k6)");
    """
    assert run(body).send().reason == "36 9 <null> seven 5 66"


def test_one_message_at_a_time_holds_a_key() -> None:
    body = (
        'sht_lock("a=>k"); $sht(n=>in) = $sht(n=>in) + 1; usleep(500000); if (src_port == 2) sht_unlock("a=>k"); exit;'
    )
    script = run(body, 'loadmodule "cfgutils"')
    first = script.send(source=("192.0.2.9", 1))
    second = script.send(source=("192.0.2.9", 2))
    assert module_of(script).tables["n"].get("in", 0.0) == 1
    script.tick(1)  # the first ends, and has forgotten to unlock
    assert module_of(script).tables["n"].get("in", 0.0) == 2
    script.tick(1)
    told = [line for outcome in (first, second) for line in outcome.log]
    assert told == ["script: the script ended with the lock 'a=>k'; unlock it first"]


def test_events_fill_a_table_and_tell_what_has_expired() -> None:
    events = 'event_route[htable:mod-init] { $sht(n=>limit) = 3; $sht(a=>gone) = "v"; }\n'
    events += 'event_route[htable:expired:a] { $sht(n=>expired) = $shtrecord(key) + "=" + $shtrecord(value); }\n'
    script = run('sl_reply("200", "$sht(n=>limit) $sht(n=>expired)");', events)
    assert script.send().reason == "3 0"
    script.tick(100)
    assert script.send().reason == "3 gone=v"
    assert len(module_of(script).tables["a"]) == 0


def test_full_table_refuses_and_counts() -> None:
    text = HEAD + 'modparam("htable", "max_entries", 2)\nrequest_route { $sht(a=>$sel(src.port)) = 1; exit; }'
    script = ScriptRun(text)
    for port in (1, 2, 3):
        script.send(source=("192.0.2.9", port))
    assert script.environment.counters["htable.refused"] == 1
    assert module_of(script).stats(None)[0]["refused"] == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("$var(x) = $sht(b=>k);", "unknown table 'b'"),
        ("$var(x) = $sht(b=>$sel(ruri));", "unknown table 'b'"),
        ('sht_lock("b=>$sel(ruri)");', "unknown table 'b'"),
        ('sht_rm_name_re("b=>^$sel(ruri)");', "unknown table 'b'"),
        ("$var(x) = $sht(a);", "write table=>key"),
        ('sht_reset("aa");', "unknown table 'aa'"),
        ('sht_lock("a");', "write table=>key"),
        ('sht_rm_name_re("a=>(");', "invalid regular expression"),
        ('sht_rm_name("a", "like", "x");', "must be one of"),
        ("$shtinc(n=>k) = 1;", "read-only"),
        ("exit; } event_route[htable:expired:b] { exit;", "unknown table 'b'"),
    ],
)
def test_mistake_is_found_when_the_script_is_loaded(body: str, words: str) -> None:
    script, diagnostics = parse(Source.from_text("ser.cfg", HEAD + "request_route { " + body + " }"))
    check(script, load_modules(script, diagnostics).catalogue, diagnostics)
    assert any(words in each.message for each in diagnostics), [each.message for each in diagnostics]


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        ("$var(x) = $shtinc(a=>k);", True),
        ('sl_reply("200", "$(shtdec(a=>$si))");', True),
        ('sht_inc("a=>k");', True),
        ("if ($shtinc(a=>k) > 3) drop;", True),
        ("$var(x) = $shtinc(n=>k);", False),
        ("$sht(a=>k) = 0; $var(x) = $shtinc(a=>k);", False),
        ('sht_setxi("a", "k", 0, 0); sht_dec("a=>k");', False),
    ],
)
def test_counting_from_nothing_is_told_when_the_script_is_loaded(body: str, *, is_told: bool) -> None:
    assert any("counting in table 'a' is undefined" in each for each in run(body + " exit;").findings) is is_told


def filled() -> HtableModule:
    module = module_of(run("exit;"))
    module.set_text_entry(None, "a", "k", "v")
    module.set_number_entry(None, "n", "i", 2**40)
    return module


def test_operators_read_entries() -> None:
    module = filled()
    assert module.get_entry(None, "a", "k") == {"item": {"name": "k", "value": "v", "flags": 1, "expire": 100}}
    assert module.get_entry(None, "n", "i") == {"item": {"name": "i", "value": 2**40, "flags": 0, "expire": 0}}
    [slot] = module.dump(None, "a")
    assert (slot["size"], slot["slot"]) == (1, [{"name": "k", "value": "v", "type": "str"}])
    first = module.list_tables(None)[0]
    assert (first["name"], first["expire"], first["updateexpire"]) == ("a", 100, 1)
    stats = module.stats(None)[0]
    assert (stats["name"], stats["all"], stats["min"], stats["max"]) == ("a", 1, 0, 1)


def listed(module: HtableModule, *arguments: Any) -> dict[str, Any]:
    return finish(module.list_entries(None, *arguments), module.host)


def test_operators_page_through_a_table_that_changes_and_see_what_stays_once() -> None:
    module = filled()
    for number in range(1_000):
        module.set_number_entry(None, "n", f"k{number}", number)
    seen: list[Any] = []
    page = listed(module, "n", 100)
    assert page["total_estimate"] == 1_001
    seen += page["items"]
    while "next" in page:
        page = listed(module, "n", 100, page["next"])
        assert len(page["items"]) <= 100
        seen += page["items"]
        module.set_number_entry(None, "n", f"new{len(seen)}", 1)
        module.delete_entry(None, "n", f"new{len(seen)}")
    names = [row["name"] for row in seen if not row["name"].startswith("new")]
    assert len(names) == 1_001 == len(set(names))


def test_operators_see_the_fields_that_they_want() -> None:
    module = filled()
    page = listed(module, "n", None, None, ("value", "no-such"))
    assert page["items"] == [{"value": 2**40}]
    with pytest.raises(Fault, match="fields are names"):
        listed(module, "n", None, None, (1,))
    with pytest.raises(Fault, match="after is `next`"):
        listed(module, "n", None, "x")


def test_a_large_table_is_listed_in_turns() -> None:
    module = filled()
    for number in range(3_000):
        module.set_number_entry(None, "n", f"k{number}", number)
    turns = len(module.host.sleepers)
    waiting = ensureDeferred(module.list_entries(None, "n", 2_000))
    while not waiting.called:
        turns += 1
        module.host.sleepers.pop()[1].callback(None)
    assert turns >= 10


def test_a_hundred_thousand_entries_come_in_pages_of_less_than_fifty_milliseconds() -> None:
    module = filled()
    table = module.tables["n"]
    for number in range(100_000):
        assert table.put(f"k{number}", number, 0.0, lifetime=0)
    times: list[float] = []
    seen, after = 0, None
    while len(times) == 0 or after is not None:
        began = time.process_time()
        page = listed(module, "n", None, after)
        times.append(time.process_time() - began)
        seen += len(page["items"])
        after = page.get("next")
    assert seen == 100_001
    assert sorted(times)[len(times) // 2] < 0.05, sorted(times)


def test_operators_try_a_change_and_make_it_only_of_what_they_saw() -> None:
    module = filled()
    generation = listed(module, "a")["generation"]
    tried = module.set_text_entry(None, "a", "k", "w", dry_run=True)
    assert tried == {"old": "v", "new": "w", "generation": generation, "dry_run": True}
    assert module.get_entry(None, "a", "k")["item"]["value"] == "v"
    assert module.delete_entry(None, "a", "k", dry_run=True)["old"] == "v"
    assert module.flush(None, "a", dry_run=True)["old"] == 1
    assert module.set_expiry(None, "a", "k", 5, dry_run=True)["old"] == 100
    made = module.set_text_entry(None, "a", "k", "w", if_generation=generation)
    assert made == {"old": "v", "new": "w", "generation": generation + 1, "dry_run": False}
    for late in (
        lambda: module.set_text_entry(None, "a", "k", "x", if_generation=generation),
        lambda: module.set_text_until(None, "a", "k", "x", 5, if_generation=generation),
        lambda: module.set_expiry(None, "a", "k", 5, if_generation=generation),
        lambda: module.delete_entry(None, "a", "k", if_generation=generation),
        lambda: module.flush(None, "a", if_generation=generation),
    ):
        with pytest.raises(Fault) as refused:
            late()
        assert (refused.value.code, refused.value.text) == (
            409,
            f"Conflict: the htable has generation {generation + 1} now",
        )
    assert module.get_entry(None, "a", "k")["item"]["value"] == "w"
    new = module.set_number_entry(None, "n", "other", 3, dry_run=False)
    assert new == {"new": 3, "generation": new["generation"], "dry_run": False}


def test_operators_change_entries() -> None:
    module = filled()
    module.set_expiry(None, "a", "k", 7)
    assert module.get_entry(None, "a", "k")["item"]["expire"] == 7
    module.set_text_until(None, "a", "k", "w", 9)
    module.set_number_until(None, "n", "i", 1, 8)
    assert module.get_entry(None, "a", "k")["item"] == {"name": "k", "value": "w", "flags": 1, "expire": 9}
    assert module.get_entry(None, "n", "i")["item"]["expire"] == 8
    module.delete_entry(None, "a", "k")
    module.flush(None, "n")
    assert [row["all"] for row in module.stats(None)] == [0, 0]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda m: m.get_entry(None, "b", "k"), 500),
        (lambda m: m.get_entry(None, "a", "none"), 500),
        (lambda m: m.delete_entry(None, "a", "none"), 404),
        (lambda m: m.set_expiry(None, "a", "none", 1), 404),
        (lambda m: m.set_text_entry(None, "a", "k" * 2_000, "v"), 500),
        (lambda m: m.flush(None, "b"), 500),
        (lambda m: m.dump(None, "b"), 500),
        (lambda m: m.reload(None, "b"), 500),
        (lambda m: m.reload(None, "a"), 500),
        (lambda m: m.store(None, "a"), 500),
    ],
)
def test_what_operators_can_not_do_is_a_fault(call: Callable[[HtableModule], object], code: int) -> None:
    with pytest.raises(Fault) as raised:
        call(filled())
    assert raised.value.code == code
