"""permissions: scripts that let pass by address, and the RPC methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sertwist.modules.permissions import PermissionsModule
from sertwist.rpc.fault import Fault
from sertwist.script.source import Source
from sertwist.server.examination import examine
from tests.script_run import ScriptRun, make_request
from tests.unit.modules.asking import answer
from tests.unit.tls.fake_host import result_of

if TYPE_CHECKING:
    from pathlib import Path

ADDRESSES = """
1 192.0.2.9 32 0 office
2 10.0.0.0 8 0 lan
2 gw.example.com
"""
SCRIPT = """
loadmodule "sl"
loadmodule "permissions"
modparam("permissions", "address_file", "address.list")
modparam("permissions", "trusted_file", "trusted.list")
route {{
    if ({condition}) {{ sl_reply("200", "OK"); exit; }}
    sl_reply("403", "No");
}}
"""


def run(folder: Path, condition: str) -> ScriptRun:
    (folder / "address.list").write_text(ADDRESSES)
    (folder / "trusted.list").write_text("192.0.2.9 udp alice\n")
    return ScriptRun(SCRIPT.format(condition=condition), name=str(folder / "ser.cfg"))


def module_of(script: ScriptRun) -> PermissionsModule:
    module = script.loaded.named("permissions")
    assert isinstance(module, PermissionsModule)
    return module


@pytest.mark.parametrize(
    ("condition", "address", "status"),
    [
        ("allow_source_address()", "192.0.2.9", 200),
        ("allow_source_address()", "10.1.1.1", 403),
        ('allow_source_address("2")', "10.1.1.1", 200),
        ("allow_source_address(2)", "11.1.1.1", 403),
        ("allow_source_address_group()", "10.1.1.1", 200),
        ("allow_source_address_group() && $rc == 2", "10.1.1.1", 200),
        ("allow_source_address_group() && $rc == 2", "192.0.2.9", 403),
        ('allow_trusted("192.0.2.9", "udp")', "203.0.113.1", 200),
        ('allow_trusted("192.0.2.9", "tcp")', "203.0.113.1", 403),
        ('allow_trusted("192.0.2.9", "udp", "sip:bob@b")', "203.0.113.1", 403),
        ("allow_source_address_group()", "203.0.113.1", 403),
        ('allow_address("2", "GW.example.com", "5060")', "203.0.113.1", 200),
        ('allow_address("1", "gw.example.com", "5060")', "203.0.113.1", 403),
        ("allow_address(2, @src.ip, @src.port)", "10.1.1.1", 200),
        ("allow_trusted()", "192.0.2.9", 200),
        ("allow_trusted()", "192.0.2.10", 403),
    ],
)
def test_script_lets_pass_by_address(tmp_path: Path, condition: str, address: str, status: int) -> None:
    assert run(tmp_path, condition).send(make_request(), source=(address, 5060)).status == status


@pytest.mark.parametrize(
    ("networks", "address", "true"),
    [
        ("192.0.2.0/24", "source", True),
        ("192.0.2.0/24", "s", True),
        ("192.0.2.9", "source", True),
        ("192.0.2.8", "source", False),
        ("10.0.0.0/8, 192.0.2.0/24", "$si", True),
        ("10.0.0.0/8;192.0.2.1", "destination", True),
        ("192.0.2.1", "Received", True),
        ("192.0.2.1", "nothing", False),
        ("192.0.2.1/0", "203.0.113.5", True),
        ("[2001:db8::f300]/120", "[2001:db8::f301]", True),
        ("[2001:db8::f300]/120", "2001:db8::f401", False),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("dead::/16", "dead::1", True),
        ("$rm", "source", False),
    ],
)
def test_address_is_in_a_list_of_the_script(networks: str, address: str, true: bool) -> None:
    assert answer(f'ip_is_trusted("{networks}", "{address}")', make_request(), "permissions") is true


def test_list_that_is_none_is_refused() -> None:
    with pytest.raises(AssertionError, match="no list of addresses"):
        answer('ip_is_trusted("192.0.2.0/24,example.com", "s")', make_request(), "permissions")


def test_missing_file_is_told_and_nobody_is_in_it(tmp_path: Path) -> None:
    script = ScriptRun(SCRIPT.format(condition="allow_source_address()"), name=str(tmp_path / "ser.cfg"))
    assert sum("there is no file" in each for each in script.findings) == 2
    assert script.send().status == 403


def test_missing_rules_are_told_and_allow_nothing(tmp_path: Path) -> None:
    for files in ('"no_such"', '"no.allow", "no.deny"'):
        name = str(tmp_path / "ser.cfg")
        text = SCRIPT.format(condition=f"allow_routing({files})")
        found = {each.code for each in examine(Source.from_text(name, text)).diagnostics}
        assert "missing-file" in found
        assert ScriptRun(text, name=name).send().status == 403


def test_wrong_line_keeps_the_script_from_loading(tmp_path: Path) -> None:
    (tmp_path / "address.list").write_text("1 192.0.2.9\n1 192.0.2\n")
    with pytest.raises(AssertionError, match=r"address\.list:2: "):
        ScriptRun(SCRIPT.format(condition="allow_source_address()"), name=str(tmp_path / "ser.cfg"))


def test_reload_takes_a_good_file_and_changes_nothing_for_a_bad_one(tmp_path: Path) -> None:
    script = run(tmp_path, "allow_source_address()")
    module = module_of(script)
    (tmp_path / "address.list").write_text("1 203.0.113.1\n")
    assert result_of(module.reload_addresses(None)) == "Reload OK"
    assert script.send(source=("203.0.113.1", 5060)).status == 200
    assert script.send(source=("192.0.2.9", 5060)).status == 403
    (tmp_path / "address.list").write_text("1 203.0.113\n")
    with pytest.raises(Fault, match=r"address\.list:1"):
        result_of(module.reload_addresses(None))
    (tmp_path / "address.list").unlink()
    with pytest.raises(Fault, match="no such file"):
        result_of(module.reload_addresses(None))
    assert script.send(source=("203.0.113.1", 5060)).status == 200
    (tmp_path / "trusted.list").write_text("203.0.113.1 any\n")
    module.hang_up()
    assert [row["ip"] for row in module.dump_trusted(None)] == ["203.0.113.1/32"]


def test_emptied_file_lets_nobody_pass(tmp_path: Path) -> None:
    script = run(tmp_path, "allow_source_address()")
    (tmp_path / "address.list").write_text("")
    assert result_of(module_of(script).reload_addresses(None)) == "Reload OK"
    assert script.send().status == 403


def test_operators_see_the_rows(tmp_path: Path) -> None:
    module = module_of(run(tmp_path, "allow_source_address()"))
    dumps: list[Any] = [module.dump_addresses(None), module.dump_subnets(None), module.dump_domains(None)]
    assert dumps == [
        [{"group": 1, "item": {"ip": "192.0.2.9", "port": 0, "tag": "office"}}],
        [{"group": 2, "item": {"ip": "10.0.0.0", "mask": 8, "port": 0, "tag": "lan"}}],
        [{"group": 2, "item": {"domain_name": "gw.example.com", "port": 0, "tag": ""}}],
    ]
    assert module.dump_trusted(None)[0]["pattern"] == "alice"


RULES = """
loadmodule "sl"
loadmodule "permissions"
route {{
    if (!{condition}) {{ sl_reply("403", "No"); exit; }}
    sl_reply("200", "OK");
}}
"""


def ruled(folder: Path, condition: str) -> ScriptRun:
    (folder / "permissions.deny").write_text('"alice" : "carol"\n')
    (folder / "city.allow").write_text('ALL : "^sip:100@"\n')
    (folder / "city.deny").write_text("ALL : ALL\n")
    return ScriptRun(RULES.format(condition=condition), name=str(folder / "ser.cfg"))


@pytest.mark.parametrize(
    ("condition", "request_line", "status"),
    [
        ("allow_routing()", ("INVITE", "sip:bob@b.example"), 200),
        ("allow_routing()", ("INVITE", "sip:carol@b.example;transport=tcp"), 403),
        ('allow_routing("city")', ("INVITE", "sip:100@b.example:5070"), 200),
        ('allow_routing("city")', ("INVITE", "sip:200@b.example"), 403),
        ('allow_routing("city.allow", "city.deny")', ("INVITE", "sip:200@b.example"), 403),
        ('allow_uri("city", "@ruri")', ("INVITE", "sip:100@b.example"), 200),
        ('allow_uri("city", "sip:200@b")', ("INVITE", "sip:100@b.example"), 403),
        ('allow_uri("city", "not a uri")', ("INVITE", "sip:100@b.example"), 403),
        ('allow_register("city")', ("REGISTER", "sip:b.example"), 403),
        ("allow_register()", ("REGISTER", "sip:b.example"), 200),
    ],
)
def test_script_lets_pass_by_rules(tmp_path: Path, condition: str, request_line: tuple[str, str], status: int) -> None:
    assert ruled(tmp_path, condition).send(make_request(*request_line)).status == status


def test_further_branch_is_looked_at_too(tmp_path: Path) -> None:
    append = 'append_branch("sip:carol@b.example");\n    if (!'
    (tmp_path / "permissions.deny").write_text('"alice" : "carol"\n')
    text = RULES.format(condition="allow_routing()").replace("if (!", append)
    assert ScriptRun(text, name=str(tmp_path / "ser.cfg")).send(make_request()).status == 403


def test_refer_to_is_looked_at(tmp_path: Path) -> None:
    script = ruled(tmp_path, "allow_refer_to()")
    lines = ("Refer-To: <sip:dave@b.example>", "Refer-To: <sip:carol@b.example>", "Refer-To: <", "X: none")
    statuses = [script.send(make_request("REFER", "sip:b.example", line)).status for line in lines]
    assert statuses == [200, 403, 403, 403]


def test_without_files_nothing_is_allowed(tmp_path: Path) -> None:
    script = ScriptRun(RULES.format(condition="allow_routing()"), name=str(tmp_path / "ser.cfg"))
    assert script.send().status == 403
    assert script.environment.counters["permissions.no_files"] == 1


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('allow_routing("@ruri")', "must be a constant"),
    ],
)
def test_file_is_known_when_the_script_is_loaded(tmp_path: Path, condition: str, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        ruled(tmp_path, condition)


def test_operators_try_a_pair(tmp_path: Path) -> None:
    module = module_of(ruled(tmp_path, 'allow_routing("city")'))
    assert module.judge_pair(None, "city", "sip:a@b", "sip:100@b") == "Allowed"
    assert module.judge_pair(None, "city", "sip:a@b", "sip:200@b") == "Denied"
    with pytest.raises(Fault):
        module.judge_pair(None, "/etc/passwd", "sip:a@b", "sip:200@b")


@pytest.mark.parametrize(
    ("call", "address", "reason"),
    [
        ("allow_source_address()", "192.0.2.9", "office"),
        ("allow_source_address(2)", "10.1.1.1", "lan"),
        ('ipmatch("src", "$avp(tag)")', "10.1.1.1", "lan"),
        ('ipmatch("192.0.2.9", "$avp(tag)")', "203.0.113.1", "office"),
        ('ipmatch("via2", "$avp(tag)")', "203.0.113.1", "lan"),
        ('ipmatch("src")', "203.0.113.1", "none"),
    ],
)
def test_tag_of_the_line_is_kept(tmp_path: Path, call: str, address: str, reason: str) -> None:
    (tmp_path / "address.list").write_text(ADDRESSES)
    text = f"""#!KAMAILIO
loadmodule "sl"
loadmodule "permissions"
modparam("permissions", "address_file", "address.list")
modparam("permissions", "peer_tag_avp", "$avp(s:tag)")
request_route {{
    if ({call}) {{ sl_reply("200", "$avp(tag)"); exit; }}
    sl_reply("200", "none");
}}
"""
    message = make_request("INVITE", "sip:b@example.com", "Via: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK-b")
    assert ScriptRun(text, name=str(tmp_path / "ser.cfg")).send(message, source=(address, 5060)).reason == reason
