"""Settings by group and name: what scripts declare and read, what operators change."""

from __future__ import annotations

import types
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.limits import MAX_GROUP_INSTANCES, MAX_GROUP_TEXT
from sertwist.modules.cfg_rpc import CfgRpcModule
from sertwist.modules.groups import Group, GroupError, Groups, Setting, split_instance
from sertwist.modules.loader import load_modules
from sertwist.rpc.caller import Caller
from sertwist.rpc.fault import Fault
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.examination import examine, read_script
from tests.script_run import ScriptRun

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = """
pstn.gw_ip = "192.0.2.77" desc "where calls to the telephone network go"
pstn.limit = 3
pstn[2].limit = 5
"""
SCRIPT = """
loadmodule "sl"
loadmodule "cfg_rpc"
loadmodule "pike"
route {
    if (@cfg_get.pstn.limit == "3") { sl_reply("200", "three"); exit; }
    if (@cfg_get.core.debug == "4") { sl_reply("200", "loud"); exit; }
    sl_reply("404", "other");
}
"""


BOB, EVE = (SimpleNamespace(caller=Caller(uid=uid)) for uid in (1, 2))


class Clocked:
    """What changes on trial need of the server."""

    module_names = ("core", "sl", "cfg_rpc", "pike")

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.waiting: list[tuple[float, Any]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> Any:
        ends = self.now + seconds

        @types.coroutine
        def sleeping() -> Any:
            while self.now < ends:
                yield

        return sleeping()

    def begin(self, work: Any) -> None:
        self.waiting.append((0, work))
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for each in [*self.waiting]:
            try:
                each[1].send(None)
            except StopIteration:
                self.waiting.remove(each)

    def log(self, _level: str, text: str, **fields: object) -> None:
        self.lines.append(text.format(**fields))

    async def in_thread(self, call: Any) -> Any:
        return call()


def on_trial() -> tuple[CfgRpcModule, Clocked]:
    _, cfg = server()
    host = Clocked()
    cfg.start(host)  # type: ignore[arg-type]
    return cfg, host


def server() -> tuple[ScriptRun, CfgRpcModule]:
    run = ScriptRun(GROUPS + SCRIPT)
    module = run.loaded.named("cfg_rpc")
    assert isinstance(module, CfgRpcModule)
    return run, module


def test_script_sees_a_change_with_the_next_message() -> None:
    run, cfg = server()
    assert run.send().reason == "three"
    assert cfg.set_number(None, "pstn", "limit", 4) == {"old": 3, "new": 4}
    assert run.send().reason == "other"
    cfg.set_any(None, "core", "debug", 4)
    assert run.send().reason == "loud"
    assert run.environment.debug == 4
    cfg.reset(None, "pstn")
    cfg.reset(None, "core")
    assert run.send().reason == "three"
    assert cfg.get(None, "core", "debug") == 2


def test_message_can_choose_an_instance() -> None:
    choose = 'route {\n    if (src_port == 7) { cfg_select("pstn", 2); }\n'
    choose += '    if (src_port == 8) { cfg_select("pstn", 9); }\n'
    choose += '    if (src_port == 9) { cfg_select("pstn", 2); cfg_reset("pstn"); }\n'
    run = ScriptRun(GROUPS + SCRIPT.replace("route {\n", choose))
    reasons = [run.send(source=("192.0.2.9", port)).reason for port in (6, 7, 8, 9)]
    assert reasons == ["three", "other", "three", "three"]


def test_operators_read_settings() -> None:
    _, cfg = server()
    assert "pstn: gw_ip" in cfg.list_settings(None)
    assert cfg.list_settings(None, "pstn") == ["pstn: gw_ip", "pstn: limit"]
    assert cfg.get(None, "pstn") == {"gw_ip": "192.0.2.77", "limit": 3}
    assert cfg.get(None, "pstn[2]") == {"gw_ip": "192.0.2.77", "limit": 5}
    assert cfg.get(None, "pike", "sampling_time_unit") == 2
    assert cfg.help_of(None, "pstn", "gw_ip")["desc"].startswith("where calls")
    told = cfg.help_of(None, "pike", "reqs_density_per_unit")
    assert (told["type"], told["minimum"], told["maximum"], told["unit"]) == ("integer", 1, 1_000_000, "requests")
    assert (told["restart_needed"], told["current"], told["default"]) == (False, 30, 30)
    assert cfg.help_of(None, "pike", "sampling_time_unit")["restart_needed"] is True


@pytest.mark.parametrize(
    ("call", "arguments", "words"),
    [
        ("get", ("pstn", "gw"), "no setting 'gw'"),
        ("get", ("pstm", "gw_ip"), "no group 'pstm'"),
        ("get", ("pstn[x]", "gw_ip"), "group or group.number"),
        ("set_text", ("pstn", "limit", "4"), "takes a number"),
        ("set_number", ("pstn", "gw_ip", 4), "takes a text"),
        ("set_number", ("core", "debug", 10), "-5 to 9"),
        ("set_number", ("pike", "sampling_time_unit", 3), "at a restart only"),
        ("set_any", ("pstn", "limit", [1]), "a number or a text"),
        ("set_any", ("pstn", "gw_ip", "x" * (MAX_GROUP_TEXT + 1)), "characters"),
        ("stage_number", ("pike", "sampling_time_unit", 3), "at a restart only"),
        ("stage_number", ("core", "debug", 10), "-5 to 9"),
        ("delete_instance", ("pstn",), "An instance is needed"),
    ],
)
def test_what_can_not_be_done_is_a_fault_with_the_reason(call: str, arguments: tuple[Any, ...], words: str) -> None:
    _, cfg = server()
    with pytest.raises(Fault, match=words) as raised:
        getattr(cfg, call)(BOB, *arguments)
    assert raised.value.code == 400
    assert cfg.get(None, "pstn") == {"gw_ip": "192.0.2.77", "limit": 3}


def test_changes_can_be_made_together_or_not_at_all() -> None:
    run, cfg = server()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.stage_text(BOB, "pstn[2]", "gw_ip", "192.0.2.78")
    assert cfg.diff(BOB) == [
        {"group name": "pstn", "variable name": "limit", "old value": 3, "new value": 9},
        {"group name": "pstn", "group id": 2, "variable name": "gw_ip", "old value": "192.0.2.77"}
        | {"new value": "192.0.2.78"},
    ]
    assert run.send().reason == "three"
    assert cfg.unstage(BOB, "pstn[2]", "gw_ip")
    assert cfg.commit(BOB) == 1
    assert run.send().reason == "other"
    cfg.stage(BOB, "pstn", "limit", 1)
    assert cfg.roll_back(BOB) == 1
    assert cfg.commit(BOB) == 0
    assert cfg.get(None, "pstn", "limit") == 9


def test_instances_come_and_go() -> None:
    _, cfg = server()
    assert cfg.add_instance(None, "pstn[7]")
    assert not cfg.add_instance(None, "pstn[7]")
    cfg.set_number(None, "pstn[7]", "limit", 70)
    assert cfg.get(None, "pstn[7]", "limit") == 70
    assert cfg.delete_value(None, "pstn[7]", "limit")
    assert cfg.get(None, "pstn[7]", "limit") == 3
    assert cfg.delete_instance(None, "pstn[7]")
    assert not cfg.delete_instance(None, "pstn[7]")
    for number in range(1, MAX_GROUP_INSTANCES):
        cfg.add_instance(None, f"pstn[{number + 1_000}]")
    with pytest.raises(Fault, match="at most"):
        cfg.add_instance(None, "pstn[5000]")


def test_change_reaches_a_module_that_works_by_it() -> None:
    run, cfg = server()
    cfg.set_number(None, "pike", "reqs_density_per_unit", 7)
    pike: Any = run.loaded.named("pike")
    assert pike.tree.density == 7


def test_secret_is_never_shown() -> None:
    setting = Setting(name="password", is_number=False, default="", is_live=True, is_secret=True)
    cfg = CfgRpcModule()
    cfg.groups = type(cfg.groups)()
    cfg.groups.add(Group("db", {"password": setting}, {"password": "geheim"}))
    assert cfg.get(None, "db") == {"password": "***"}
    assert "geheim" not in str([cfg.set_text(None, "db", "password", "neu"), cfg.help_of(None, "db", "password")])


@pytest.mark.parametrize("text", ["", "a b", "a[", "a[-1]", "a[1", "1a", "a[1]x"])
def test_group_has_one_form(text: str) -> None:
    with pytest.raises(GroupError):
        split_instance(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("core.debug = 3\n", "group-of-module"),
        ('loadmodule "pike"\npike.x = 3\n', "group-of-module"),
        ("a.b = 1\na.b = 2\n", "group-setting-twice"),
        ("a.b = 1\na.B = 2\n", "group-setting-twice"),
        ("a[1].b = 1\n", "bad-group-setting"),
        ('a.b = 1\na[1].b = "x"\n', "bad-group-setting"),
    ],
)
def test_wrong_declaration_is_an_error_of_the_script(text: str, code: str) -> None:
    script, diagnostics = parse(Source.from_text("ser.cfg", text + "route { exit; }"))
    load_modules(script, diagnostics)
    assert [each.code for each in diagnostics] == [code]


def test_setting_that_is_read_but_never_declared_is_an_error_with_what_is_near() -> None:
    script, diagnostics = parse(Source.from_text("ser.cfg", GROUPS + 'route { if (@cfg_get.pstn.limt == "1") exit; }'))
    check(script, load_modules(script, diagnostics).catalogue, diagnostics)
    [finding] = [each for each in diagnostics if each.code == "unknown-select"]
    assert "limit" in finding.fix


def groups_of(text: str) -> Groups:
    script, diagnostics = parse(Source.from_text("ser.cfg", text + "\nroute { exit; }"))
    return load_modules(script, diagnostics).groups


@pytest.mark.parametrize(
    ("new", "reasons"),
    [
        ("a.b = 2\ndebug = 3", []),
        ('a.b = "1"', ["a"]),
        ("a.b = 1\na.c = 1", ["a"]),
        ("", ["a"]),
        ("a.b = 1\nx.y = 1", ["x"]),
        ("a.b = 1\ntcp_max_connections = 7", ["core.tcp_max_connections"]),
    ],
)
def test_next_version_of_a_script_may_change_what_can_change(new: str, reasons: list[str]) -> None:
    assert groups_of("a.b = 1\na[3].b = 4").restarts(groups_of(new)) == reasons


def test_next_version_of_a_script_changes_what_it_has_otherwise_and_leaves_the_rest_to_the_operator() -> None:
    running = groups_of("a.b = 1\na[3].b = 4\na.c = 1")
    running.group("a").set("c", 7)
    running.group("core").set("debug", 4)
    running.follow(groups_of("a.b = 2\na.c = 1\na[5].b = 6"))
    a = running.group("a")
    assert [a.get("b"), a.get("b", 3), a.get("b", 5), a.get("c")] == [2, 2, 6, 7]
    assert running.group("core").get("debug") == 4
    running.follow(groups_of("a.b = 2\na.c = 8\ndebug = 1"))
    assert [a.get("c"), running.group("core").get("debug")] == [8, 1]


def test_setting_can_be_read_as_a_uri_and_by_a_variable() -> None:
    text = 'gw.uri = "sip:x@gw.example.com:5070"\n#!KAMAILIO\nloadmodule "sl"\nloadmodule "pv"\nrequest_route {\n'
    text += '    if (@cfg_get.gw.uri.uri.host == "gw.example.com") {'
    text += ' sl_reply("200", "$cfg_get(gw.uri) $sel(cfg_get.core.debug)"); }\n}'
    assert ScriptRun(text).send().reason == "sip:x@gw.example.com:5070 2"


def test_script_asks_which_instance_is_chosen() -> None:
    body = 'if (src_port == 2) { cfg_select("pstn", 2); } sl_reply("200", "@cfg_selected[\\"pstn\\"]");'
    run = ScriptRun(GROUPS + 'loadmodule "sl"\nroute { ' + body + " }")
    assert [run.send(source=("192.0.2.9", port)).reason for port in (1, 2)] == ["", "2"]


def test_changes_on_trial_are_undone_unless_confirmed() -> None:
    cfg, host = on_trial()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.stage(BOB, "pstn[2]", "limit", 7)
    cfg.stage(BOB, "pstn[3]", "limit", 7)
    assert cfg.commit(BOB, 60) == 3
    assert cfg.get(None, "pstn", "limit") == 9
    assert cfg.on_trial(None) == {"seconds_left": 60, "settings": ["pstn.limit", "pstn[2].limit", "pstn[3].limit"]}
    host.pass_time(59)
    assert cfg.get(None, "pstn", "limit") == 9
    host.pass_time(1)
    assert [cfg.get(None, f"pstn{n}", "limit") for n in ("", "[2]", "[3]")] == [3, 5, 3]
    assert "nobody confirmed them" in host.lines[0]
    assert cfg.on_trial(None) == {"seconds_left": 0, "settings": []}


@pytest.mark.parametrize("keep", ["confirm", "commit"])
def test_changes_on_trial_are_kept_when_confirmed_in_time(keep: str) -> None:
    cfg, host = on_trial()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.commit(BOB, 60)
    host.pass_time(59)
    getattr(cfg, keep)(BOB)
    host.pass_time(100)
    assert cfg.get(None, "pstn", "limit") == 9
    assert not cfg.confirm(BOB)


def test_nobody_commits_between_and_anybody_may_end_a_trial() -> None:
    cfg, _ = on_trial()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.commit(BOB, 60)
    cfg.stage(EVE, "pstn", "limit", 8)
    with pytest.raises(Fault, match="on trial") as caught:
        cfg.commit(EVE)
    assert caught.value.code == 409
    assert cfg.roll_back(EVE) == 1
    assert cfg.get(None, "pstn", "limit") == 3
    assert cfg.commit(EVE) == 1


def test_what_was_changed_again_since_stays() -> None:
    cfg, host = on_trial()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.commit(BOB, 60)
    cfg.set_number(EVE, "pstn", "limit", 4)
    host.pass_time(60)
    assert cfg.get(None, "pstn", "limit") == 4
    assert "they stay: pstn.limit" in host.lines[0]


def test_a_later_commit_on_trial_is_undone_with_the_first() -> None:
    cfg, host = on_trial()
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.commit(BOB, 60)
    host.pass_time(30)
    cfg.stage(BOB, "pstn", "limit", 8)
    cfg.commit(BOB, 60)
    host.pass_time(30)
    assert cfg.get(None, "pstn", "limit") == 8
    host.pass_time(30)
    assert cfg.get(None, "pstn", "limit") == 3


def test_each_caller_has_changes_of_its_own() -> None:
    _, cfg = server()
    cfg.stage(BOB, "pstn", "limit", 9)
    assert cfg.diff(EVE) == []
    assert cfg.commit(EVE) == 0
    assert cfg.roll_back(EVE) == 0
    assert cfg.commit(BOB) == 1


def run_now(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def test_changed_settings_are_written_as_a_script_that_says_them_again(tmp_path: Path) -> None:
    cfg, _ = on_trial()
    cfg.settings["persist_file"] = str(tmp_path / "runtime.cfg")
    cfg.set_number(BOB, "core", "debug", 4)
    cfg.set_text(BOB, "pstn", "gw_ip", 'a"\\b')
    cfg.set_number(BOB, "pstn[2]", "limit", 6)
    cfg.set_text(BOB, "pstn[3]", "gw_ip", "a\nb")
    assert run_now(cfg.persist(BOB)) == {"settings": 3, "not_written": ["pstn[3].gw_ip"]}
    assert (tmp_path / "runtime.cfg").read_text().count("\n") == 4
    assert (tmp_path / "runtime.cfg").stat().st_mode & 0o777 == 0o600
    script = tmp_path / "ser.cfg"
    script.write_text(GROUPS + SCRIPT.replace("route {", 'import_file "runtime.cfg"\nroute {'))
    examined = examine(read_script(script))
    assert not examined.errors, examined.findings
    found = examined.loaded.named("cfg_rpc")
    assert isinstance(found, CfgRpcModule)
    assert found.get(None, "core", "debug") == 4
    assert found.get(None, "pstn", "gw_ip") == 'a"\\b'
    assert found.get(None, "pstn[2]", "limit") == 6


def test_nothing_is_written_without_a_file_or_while_changes_are_on_trial() -> None:
    cfg, _ = on_trial()
    with pytest.raises(Fault, match="No persist_file"):
        run_now(cfg.persist(BOB))
    cfg.settings["persist_file"] = "x"
    cfg.stage(BOB, "pstn", "limit", 9)
    cfg.commit(BOB, 60)
    with pytest.raises(Fault, match="on trial"):
        run_now(cfg.persist(BOB))
