"""Modules of a later version: known, checked, and refused with one error."""

from __future__ import annotations

import pytest

from sertwist.modules.index import Elsewhere, installed_names, module_class
from sertwist.modules.later import later_names
from sertwist.modules.loader import load_modules
from sertwist.script.check import check
from sertwist.script.declare import Deed, Kind, RouteKind
from sertwist.script.parser import parse
from sertwist.script.source import Source

ROUTE = "route { force_rport(); }\n"


def _messages(text: str, *, assume_modules: bool = False) -> list[str]:
    script, diagnostics = parse(Source.from_text("ser.cfg", text))
    loaded = load_modules(script, diagnostics, assume_modules=assume_modules)
    check(script, loaded.catalogue, diagnostics)
    return [f"{each.code}: {each.message} ({each.fix})" for each in diagnostics]


@pytest.mark.parametrize("name", later_names())
def test_every_table_is_read_whole(name: str) -> None:
    kind = module_class(name)
    assert kind is not None
    module = kind()
    assert module.name in (name, *installed_names())
    for function in module.functions():
        for form in (function.arguments, *function.forms):
            optional = [each.optional for each in form]
            assert optional == sorted(optional), function.name
        counts = [len(form) for form in (function.arguments, *function.forms)]
        assert function.routes, function.name
        assert len(counts) == len(set(counts)), function.name
    names = [each.name for each in module.parameters]
    assert len(names) == len(set(names))
    module.selects()
    module.variables()


def test_a_later_module_is_one_error_and_nothing_is_said_about_its_functions() -> None:
    text = 'loadmodule "tm.so"\nroute { t_newtran(); if (!t_relay()) { t_reply("500", "x"); } t_release(); }\n'
    assert _messages(text) == ["module-not-available: module 'tm' is not available yet in this version ()"]
    assert _messages(text, assume_modules=True) == []


def test_functions_that_a_module_has_not_yet_are_told_once_each() -> None:
    text = 'loadmodule "avpops"\nroute { avp_db_load("$ru", "$avp(a)"); avp_db_load("$ru", "$avp(b)"); }\n'
    assert _messages(text) == ["function-not-available: 'avp_db_load' is not available yet in this version ()"]
    assert _messages(text, assume_modules=True) == []


def test_modules_of_opensips_are_those_that_do_the_same_here() -> None:
    text = (
        'loadmodule "proto_udp"\nloadmodule "sipmsgops"\nroute { if (is_method("ACK")) { xlog("x $rm\\n"); } drop; }\n'
    )
    found = _messages(text)
    assert [each.partition(":")[0] for each in found] == ["module-of-opensips", "module-of-opensips"]
    assert "textops, textopsx, siputils, pv do here" in found[-1]


def test_functions_of_a_later_module_are_checked() -> None:
    (found,) = _messages('loadmodule "tm"\nroute { t_newtran(); t_reply("500"); }\n', assume_modules=True)
    assert found.startswith("argument-count: 't_reply' takes 2 arguments (code, reason), 1 given")


def test_function_of_a_later_module_that_is_not_loaded_belongs_to_it() -> None:
    assert _messages("route { t_relay(); }\n") == [
        "module-not-loaded: 't_relay' belongs to module 'tm', which is not loaded (add loadmodule \"tm\")"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('loadmodule "msql"\n', "unknown-module: unknown module 'msql' (did you mean 'mysql' (= 'db_mysql')?)"),
        (
            'loadmodule "tm"\nmodparam("tm", "fr_timr", 5)\n',
            "unknown-parameter: module tm has no parameter 'fr_timr' (did you mean 'fr_timer'?)",
        ),
        (
            'loadmodule "tm"\nmodparam("tm", "fr_timer", "x")\n',
            "number-expected: 'fr_timer' takes a number, not 'x' ()",
        ),
        (
            'loadmodule "tm"\nmodparam("tm", "fr_timer", 30)\n',
            (
                "seconds-or-milliseconds: 30 looks like seconds, which older servers took for 'fr_timer' "
                "(taken as 30000 milliseconds: write what you mean)"
            ),
        ),
        (
            'loadmodule "tm"\nmodparam("tm", "wt_timer", "5000")\n',
            "number-as-text: text '5000' for the number 'wt_timer'; taken as 5000 (write 5000)",
        ),
        (
            'loadmodule "usrloc"\nmodparam("usrlok", "db_mode", 1)\n',
            "module-not-loaded: no loaded module matches 'usrlok' (did you mean 'usrloc'?)",
        ),
        (
            'loadmodule "mi_fifo.so"\nmodparam("mi_fifo", "fifo_name", "/tmp/x")\n',
            "module-ignored: module 'mi_fifo' has no effect here: management is XML-RPC over TLS (serctl) ()",
        ),
    ],
)
def test_problem_with_a_later_module_is_told(text: str, message: str) -> None:
    assert _messages(text + ROUTE, assume_modules=True) == [message]


@pytest.mark.parametrize(
    "text",
    [
        'loadmodule "sl"\nloadmodule "usrloc"\nloadmodule "registrar"\nmodparam("usrloc|registrar", "use_domain", 1)\n',
        'loadmodule "auth"\nmodparam("^auth$", "nonce_expire", 300)\n',
        'loadmodule "kazoo"\nmodparam("kazoo", "some_setting_of_its_own", 1)\n',
        'loadmodule "tm"\nmodparam("tm", "fr_timer", 30000)\n',
    ],
)
def test_nothing_is_said_about_what_is_right(text: str) -> None:
    assert _messages(text + ROUTE, assume_modules=True) == []


@pytest.mark.parametrize(
    "text",
    [
        'loadmodule "registrar"\nflags FLAG_NAT;\nmodparam("registrar", "save_nat_flag", "FLAG_NAT")\n',
        'loadmodule "cpl-c"\nmodparam("cpl-c", "cpl_db", "mysql://a")\nmodparam("cpl-c", "cpl_table", "cpl")\n',
        'loadmodule "xcap"\n',
        'unix_sock="/tmp/ser_sock"\nunix_sock_children=2\nstun_refresh_interval=0\n',
        'loadmodule "avpops"\nmodparam("avpops", "avp_url", "mysql://a")\n',
        'loadmodule "avpops"\nmodparam("avpops", "avp_aliases", "voicemail=i:500")\n',
    ],
)
def test_scripts_of_older_servers_have_no_unknown_names(text: str) -> None:
    found = _messages(text + ROUTE, assume_modules=True)
    assert [each for each in found if "unknown" in each or "no parameter" in each or "takes" in each] == []


def test_names_are_found_in_the_modules_that_are_not_loaded() -> None:
    elsewhere = Elsewhere(frozenset({"core", "tm"}))
    assert elsewhere["sl_send_reply"] == "sl"
    assert elsewhere["save"] == "registrar"
    assert elsewhere["www_authorize"] == "auth_db"
    assert elsewhere["$dlg_var"] == "dialog"
    assert "t_relay" not in elsewhere


def test_a_table_says_where_and_what() -> None:
    kind = module_class("tm")
    assert kind is not None
    functions = {each.name: each for each in kind().functions()}
    relay = functions["t_relay"]
    assert relay.routes == RouteKind.REQUEST | RouteKind.FAILURE
    assert (relay.waits, relay.deed, len(relay.forms)) == (True, Deed.SENDS, 2)
    (name,) = functions["t_on_failure"].arguments
    assert (name.kind, name.route) == (Kind.ROUTE, RouteKind.FAILURE)
    events = {each.name: each.takes_name for each in kind.events}
    assert events["tm:branch-failure"]
