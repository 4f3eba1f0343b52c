"""Modules xlog and print: what is written, at which level, and what is not even made."""

from __future__ import annotations

import pytest

from sertwist.modules.log_levels import DBG, read_level
from sertwist.modules.xlog import XlogModule
from sertwist.script.dialect import Dialect
from tests.script_run import OPTIONS, ScriptRun
from tests.unit.modules.asking import load


def lines(calls: str, more: str = "debug = 3") -> list[tuple[str, str]]:
    return load(f'$var(x) = "seven"; {calls} exit;', "xlog", "print", "pv", more=more).send(OPTIONS).lines


@pytest.mark.parametrize(
    ("calls", "level", "text"),
    [
        ('xlog("hello");', "error", "hello"),
        (r'xlog("hello\n");', "error", "hello"),
        ('xlog("L_INFO", "hello $var(x)");', "info", "hello seven"),
        ('xlog("L_WARN", "hello");', "warn", "hello"),
        ('xlog("L_NOTICE", "hello");', "info", "hello"),
        ('xlog("L_CRIT", "hello");', "critical", "hello"),
        ('xlog("L_DBG", "hello");', "debug", "hello"),
        ('xlog("2", "hello");', "info", "hello"),
        ('xlog("-1", "hello");', "error", "hello"),
        ('$var(l) = "L_WARN"; xlog("$var(l)", "hello");', "warn", "hello"),
        ('$var(l) = 1; xlog("$var(l)", "hello");', "info", "hello"),
        ('xlog("LOG_LOCAL1", "L_INFO", "hello");', "info", "hello"),
        ('xdbg("hello");', "debug", "hello"),
        ('xinfo("hello");', "info", "hello"),
        ('xnotice("hello");', "info", "hello"),
        ('xwarn("hello");', "warn", "hello"),
        ('xerr("hello");', "error", "hello"),
        ('xcrit("hello");', "critical", "hello"),
        ('xbug("hello");', "critical", "hello"),
        ('xalert("hello");', "critical", "hello"),
        ('xlogl("L_INFO", "hello");', "info", "ser.cfg:7: hello"),
        (r'xlog("a\r\nb\x1b[31m{0}%s");', "error", r"a\r\nb\x1b[31m{0}%s"),
        (r'$var(y) = "a\nb"; xlog("L_INFO", "$var(y) cost: $$5");', "info", r"a\nb cost: $5"),
    ],
)
def test_line_is_written(calls: str, level: str, text: str) -> None:
    assert lines(calls) == [(level, f"<script>: {text}")]


def test_text_of_several_lines_becomes_several() -> None:
    written = lines(r'xlogm("L_INFO", "a\r\nb\x1b\n");')
    assert written == [("info", "<script>: a"), ("info", r"<script>: b\x1b")]


@pytest.mark.parametrize(
    ("debug", "written"), [(-2, "c"), (-1, "ce"), (0, "cew"), (1, "cewn"), (2, "cewni"), (3, "cewnid")]
)
def test_level_decides_what_is_written(debug: int, written: str) -> None:
    calls = 'xcrit("c"); xerr("e"); xwarn("w"); xnotice("n"); xinfo("i"); xdbg("d"); xlogm("L_DBG", "m");'
    texts = "".join(text[-1] for _, text in lines(calls, f"debug = {debug}"))
    assert texts == written + ("m" if debug == 3 else "")


def test_what_is_not_written_is_not_made() -> None:
    run = load("exit;", "xlog", more="debug = 2")
    ctx = run.send(OPTIONS).ctx
    xlog = run.loaded.named("xlog")
    assert isinstance(xlog, XlogModule)
    assert ctx is not None

    def make(_ctx: object) -> str:
        raise AssertionError("made")

    calls = (xlog.xlog, xlog.xlogl, xlog.xlogm)
    assert [xlog.xdbg(ctx, make), *(each(ctx, DBG, make) for each in calls)] == [1] * 4
    with pytest.raises(AssertionError, match="made"):
        xlog.xinfo(ctx, make)


def test_parameters() -> None:
    more = """
        modparam("xlog", "prefix", "cfg ") modparam("xlog", "buf_size", 64) modparam("xlog", "long_format", 1)
        modparam("xlog", "force_color", 1) modparam("xlog", "log_facility", "LOG_LOCAL3")
    """
    [(_, text)] = lines(f'xlog("{"a" * 100}");', more)
    assert text == f"cfg ser.cfg:10: {'a' * 64}..."


def test_print() -> None:
    assert lines(r'print("hello $rm\n");') == [("info", "script: hello $rm")]


@pytest.mark.parametrize("level", ["L_LOUD", "", "loud", "L_"])
def test_unknown_level_is_found_when_the_script_is_read(level: str) -> None:
    with pytest.raises(AssertionError, match="is no log level"):
        ScriptRun(f'loadmodule "xlog"\nroute {{ xlog("{level}", "hello"); }}')


def test_levels_in_other_words() -> None:
    names = ("L_WARNING", "l_err", "DBG", "L_DEBUG", " -3 ", "L_CRIT2")
    assert [read_level(each).kamailio for each in names] == [0, -1, 3, 3, -3, -2]
    assert [read_level(each).ser for each in names] == [1, -1, 4, 4, -3, -2]


@pytest.mark.parametrize(
    ("dialect", "debug", "written"),
    [
        (Dialect.KAMAILIO, 0, "critical critical critical error error warn"),
        (Dialect.KAMAILIO, 2, "critical critical critical error error warn info info info info"),
        (Dialect.KAMAILIO, 3, "critical critical critical error error warn info info info info debug debug debug"),
        (Dialect.SER2, 0, "critical critical critical error error"),
        (Dialect.SER2, 1, "critical critical critical error error warn warn"),
        (Dialect.OPENSER, 3, "critical critical critical error error warn warn info info info info info"),
        (Dialect.SER09, 4, "critical critical critical error error warn warn info info info info info debug"),
    ],
)
def test_level_is_that_of_the_family(dialect: Dialect, debug: int, written: str) -> None:
    names = ("L_ALERT", "-2", "L_CRIT", "L_ERR", "-1", "L_WARN", "1", "L_NOTICE", "L_INFO", "2", "3", "L_DBG")
    calls = "".join(f'xlog("{each}", "x"); ' for each in names) + 'log(3, "x"); '
    text = f'debug = {debug}\nloadmodule "xlog"\nroute {{ {calls} drop; }}'
    expected = [severity for severity, _ in ScriptRun(text, dialect=dialect).send().lines]
    assert sorted(expected) == sorted(written.split())
