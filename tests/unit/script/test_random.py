"""Texts made at random: nonsense gives findings only. That what compiles does what it says, `tests/oracle` tries."""

from __future__ import annotations

import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.script import Source, check, compile_script, parse, render

FAST = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = r"""
route request_route failure_route if else while switch case default return exit drop break loadmodule
modparam listen alias flags debug yes() no() stop() say( count( wait() touch proto method src_ip src_port
uri myself @a @b @n @tls.peer @tls.peer.verified @ $x $(a) == != =~ < > <= >= && || ! & | ^ << >> + - * /
mod defined strlen( (int) (str) ( ) { } [ ] , ; : . = " ' "x" 'y' "(" 0 1 017 0x 99999999999999999999
10.0.0.1 10.0.0.0/8 ::1 [::1] /* */ # // #!define #!ifdef \ route[A] route(A) route{ TLS "@a" "$x" "^(a+)+"
UDP -
"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\0", "\x80"])
SOUP = st.one_of(
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(PIECES, max_size=30).map(lambda each: "route { " + " ".join(each) + "; }"),
    st.text(max_size=80),
)


@FAST
@given(SOUP)
def test_nonsense_gives_findings_and_nothing_else(bench, text: str) -> None:
    source = Source.from_text("ser.cfg", text)
    script, diagnostics = parse(source)
    check(script, bench.catalogue, diagnostics)
    for found in diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)
        hidden = "passw" in text.lower()  # a line that may hold one is not shown
        assert render(found, source).count("\n") in ((0, 2) if hidden else (2,))
    if not diagnostics.errors:
        compile_script(script, bench.catalogue)


@FAST
@given(st.binary(max_size=80))
def test_any_bytes_are_read(data: bytes) -> None:
    parse(Source.from_bytes("ser.cfg", data))


def test_large_script_is_checked_in_linear_time(bench) -> None:
    """Many small routes: nothing may grow with the square of them. Calls are counted, which no machine disturbs."""

    def calls(routes: int) -> int:
        blocks = "".join(
            f'route[R{n}] {{ if (@a == "{n}") {{ say("x{n}"); exit; }} nothing{n}; }}\n' for n in range(routes)
        )
        text, count = "route { " + "".join(f"route(R{n}); " for n in range(routes)) + "}\n" + blocks, 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in {"call", "c_call"}

        sys.setprofile(note)
        try:
            script, diagnostics = parse(Source.from_text("ser.cfg", text))
            check(script, bench.catalogue, diagnostics)
        finally:
            sys.setprofile(None)
        assert diagnostics.errors == routes
        return count

    assert calls(600) < 4.4 * calls(150)
