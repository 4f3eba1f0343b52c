"""Strategies: scripts of all statements and operators that have no error, and messages for them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.oracle.world import FACTS, RESULTS, Message

__all__ = ["MESSAGES", "SCRIPTS"]

MESSAGES = st.builds(
    Message,
    method=st.sampled_from(["OPTIONS", "INVITE", "ACK"]),
    user=st.sampled_from(["bob", "Bob", "100", ""]),
    host=st.sampled_from(["example.com", "EXAMPLE.com"]),
    caller=st.sampled_from(["alice", "0", "100"]),
    header=st.sampled_from([None, "1", "bob", "-5", "0x10"]),
    port=st.sampled_from([5060, 7]),
)

NUMBERS = st.sampled_from(["0", "1", "2", "-1", "7", "100", "9223372036854775807"])
TEXTS = st.sampled_from(['""', '"0"', '"1"', '"bob"', '"-5"', '"0x10"', '"100"', '"abc"', '"INVITE"'])
CELLS = st.sampled_from(["$var(i)", "$var(j)", "$vn(i)", "$vn(j)"])
LISTS = st.sampled_from(["$avp(a)", "$avp(b)", "$x", "$y"])
INDEXED = st.sampled_from(["$(avp(a)[1])", "$(avp(a)[-1])", "$(avp(b)[*])", "$x[1]", "$y[-1]", "$x[2]"])
CHANGED = st.sampled_from(["$(var(i){s.len})", "$(avp(a){s.int})", "$(vn(i){s.toupper})", "$(rU{s.tolower}{s.len})"])
NAMES = st.one_of(
    CELLS, LISTS, INDEXED, CHANGED, st.sampled_from([f for f in FACTS if f.startswith(("$", "@"))]), st.just("$rc")
)
READ = st.one_of(NAMES, st.sampled_from(["method", "src_port"]))
ARGUMENTS = st.one_of(
    TEXTS, CELLS, st.sampled_from(['"i is $var(i)!"', '"$var(j)"', '"$vn(i)$vn(j)"', "$rU", "1 + $var(i)"])
)
CALLS = st.one_of(
    st.sampled_from(["yes()", "no()", "seven()", "minus()"]),
    st.builds("{}({})".format, st.sampled_from(sorted(RESULTS)), ARGUMENTS),
    st.builds("seven({}, {})".format, ARGUMENTS, ARGUMENTS),
    st.sampled_from(["route(A)", "route(B)", 'route("A")']),
)
ARITHMETIC = st.sampled_from(["+", "+", "-", "*", "/", "mod", "&", "|", "^", "<<", ">>"])
UNARY = st.sampled_from(["-", "~", "(int)", "(str)"])


def _values(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, ARITHMETIC, inner),
        st.builds("({} {} {} {} {})".format, NAMES, ARITHMETIC, inner, ARITHMETIC, NAMES),
        st.builds("{}({})".format, UNARY, inner),
        st.builds("strlen({})".format, inner),
        st.builds("selval({} == {}, {}, {})".format, NAMES, inner, inner, inner),
    )


VALUES = st.recursive(st.one_of(NAMES, NAMES, NUMBERS, TEXTS), _values, max_leaves=5)

COMPARED = st.one_of(
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["==", "!=", "eq", "ne"]), st.one_of(TEXTS, NAMES, VALUES)),
    st.builds("{} {} {}".format, CELLS, st.sampled_from(["==", "!=", "ieq", "ine"]), NUMBERS),
    st.builds("{} == {}".format, st.one_of(TEXTS, NUMBERS), st.one_of(CELLS, LISTS)),
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["<", ">", "<=", ">="]), st.one_of(NUMBERS, VALUES)),
    st.builds("{} =~ {}".format, READ, st.sampled_from(['"^b"', '"1"', '""', '"^$"', '"O|I"', '"[0-9]"'])),
    st.builds("{} {} $null".format, NAMES, st.sampled_from(["==", "!="])),
    st.builds('method {} "{}"'.format, st.sampled_from(["==", "!="]), st.sampled_from(["INVITE", "OPTIONS"])),
    st.builds("src_port {} {}".format, st.sampled_from(["==", "!=", "<"]), NUMBERS),
    st.builds("defined {}".format, NAMES),
    st.builds("strempty({})".format, NAMES),
)
CONDITIONS = st.recursive(
    st.one_of(COMPARED, COMPARED, CALLS, CELLS, VALUES.map("({})".format)),
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({}) && ({})".format, inner, inner),
        st.builds("({}) || ({})".format, inner, inner),
        st.builds("({} and {} or {})".format, COMPARED, CALLS, inner.map("({})".format)),
        st.builds("{} | {}".format, CALLS, CALLS),
        st.builds("{} & {}".format, CALLS, CALLS),
    ),
    max_leaves=5,
)
ASSIGNED = st.one_of(VALUES, VALUES, CALLS, COMPARED, st.just("$null"))
SIMPLE = st.one_of(
    CALLS.map("{};".format),
    st.builds("{} = {};".format, st.one_of(CELLS, CELLS, LISTS), ASSIGNED),
    st.builds("{} = {};".format, st.sampled_from(["$x[]", "$y[]", "$(avp(a)[*])", "$(avp(b)[*])"]), ASSIGNED),
    st.sampled_from(["route($var(j));", 'route("" + $vn(i));', "$var(i) = $var(i) + 1;", '$var(j) = "A";']),
    st.sampled_from(["break;", "exit;", "exit 3;", "drop;", "drop 2;", "return;", "return 0;", "return -2;", ";"]),
    st.builds("return {};".format, st.one_of(VALUES, CALLS, CELLS)),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=3).map(" ".join)
    numbers = st.lists(st.tuples(st.integers(0, 7), body), min_size=1, max_size=3, unique_by=lambda case: case[0])
    words = st.lists(
        st.tuples(st.sampled_from(["bob", "INVITE", "", "100"]), body), min_size=1, max_size=3, unique_by=lambda c: c[0]
    )
    default = st.one_of(st.just(""), body.map("default: {}".format))
    cases = st.one_of(
        numbers.map(lambda found: " ".join(f"case {label}: {text}" for label, text in found)),
        words.map(lambda found: " ".join(f'case "{label}": {text}' for label, text in found)),
        words.map(
            lambda found: " ".join(f'case "{label}": {text}' for label, text in found) + ' case /"^[bI1]": yes();'
        ),
    )
    return st.one_of(
        body.map("{{ {} }}".format),
        st.builds("if ({}) {{ {} }}".format, CONDITIONS, body),
        st.builds("if ({}) {{ {} }} else {{ {} }}".format, CONDITIONS, body, body),
        st.builds("if ({}) {} else if ({}) {{ {} }}".format, CONDITIONS, SIMPLE, CONDITIONS, body),
        st.builds("while ({}) {{ $var(i) = $var(i) + 1; {} }}".format, CONDITIONS, body),
        st.builds("while ($var(i) < {}) {{ $var(i) = $var(i) + 1; {} }}".format, st.integers(1, 4), body),
        st.builds("switch ({}) {{ {} {} }}".format, st.one_of(VALUES, CALLS), cases, default),
        st.builds("switch ({}) {{ {} {} }}".format, st.one_of(VALUES, CALLS), default, cases),
    )


STATEMENTS = st.recursive(SIMPLE, _compound, max_leaves=8)
BODIES = st.lists(STATEMENTS, max_size=5).map(" ".join)
SCRIPTS = st.builds(
    "route {{ {} }}\nroute[A] {{ {} }}\nroute[B] {{ {} }}\n".format,
    BODIES,
    BODIES.map(
        lambda text: (
            text.replace("route(A)", "route(B)").replace('route("A")', "route(B)").replace("route($var(j))", "no()")
        )
    ),
    BODIES.map(
        lambda text: (
            text.replace("route(A)", "yes()")
            .replace("route(B)", "no()")
            .replace('route("A")', "yes()")
            .replace("route($var(j))", "no()")
        )
    ),
)
