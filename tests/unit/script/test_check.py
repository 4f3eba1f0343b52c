"""Each finding of the checker: its code, place and words."""

import re
from pathlib import Path

import pytest

from sertwist.script.declare import Catalogue, Function, RouteKind

R = "route { %s }"


def test_findings_are_shown_with_place_line_caret_and_fix(bench) -> None:
    text = """\
loadmodule "modules/sl/sl.so"
route {
    if (!@tls.peer.verifed) {
        sl_repyl("403", "Forbidden");
        brake;
    }
    if (proto == TSL && method == "INVTE") t_relay()
    sl_reply("4o4");
}
"""
    assert (
        bench.rendered(text)
        == """\
ser.cfg:3:10: error: unknown select part 'verifed' of '@tls.peer' (did you mean 'verified'?)
    if (!@tls.peer.verifed) {
         ^~~~~~~~~~~~~~~~~
ser.cfg:4:9: error: unknown function 'sl_repyl' (did you mean 'sl_reply'?)
        sl_repyl("403", "Forbidden");
        ^~~~~~~~
ser.cfg:5:9: error: unknown function 'brake' (did you mean 'break'?)
        brake;
        ^~~~~
ser.cfg:7:18: error: 'TSL' is no transport protocol (did you mean 'TLS'?)
    if (proto == TSL && method == "INVTE") t_relay()
                 ^~~
ser.cfg:7:35: error: no known request has the method 'INVTE' (did you mean 'INVITE'?)
    if (proto == TSL && method == "INVTE") t_relay()
                                  ^~~~~~~
ser.cfg:7:44: error: 't_relay' belongs to module 'tm', which is not loaded (add loadmodule "tm")
    if (proto == TSL && method == "INVTE") t_relay()
                                           ^~~~~~~
ser.cfg:7:53: error: ';' expected after ')' (insert it here)
    if (proto == TSL && method == "INVTE") t_relay()
                                                    ^
ser.cfg:8:5: error: 'sl_reply' takes 2 arguments (code, reason), 1 given
    sl_reply("4o4");
    ^~~~~~~~~~~~~~~
ser.cfg:8:14: error: argument 1 (code) must be a number from 100 to 699
    sl_reply("4o4");
             ^~~~~"""
    )


CASES = [
    # names
    ("yess();", "unknown-function", 9, "unknown function 'yess' (did you mean 'yes'?)"),
    ("t_relay();", "module-not-loaded", 9,
     "'t_relay' belongs to module 'tm', which is not loaded (add loadmodule \"tm\")"),
    ("t_rely();", "unknown-function", 9, "unknown function 't_rely' (did you mean 't_relay'?)"),
    ("if (@foo.bar == 1) yes();", "unknown-select", 13, "unknown select '@foo.bar'"),
    ("if (@tls.peer.subject == 1) yes();", "unknown-select", 13,
     "'@tls.peer.subject' is not a select by itself (it goes on with one of cn)"),
    ('if (@xmlrpc.method == "x") yes();', "module-not-loaded", 13,
     "'@xmlrpc.method' belongs to module 'xmlrpc', which is not loaded (add loadmodule \"xmlrpc\")"),
    ('say("@tls.peer.verifed");', "unknown-select", 13,
     "unknown select part 'verifed' of '@tls.peer' (did you mean 'verified'?)"),
    ('if (methd == "ACK") yes();', "unknown-word", 13, "unknown word 'methd' (did you mean 'method'?)"),
    ("if (word) yes();", "unknown-word", 13, "unknown word 'word' (text is written in quotes)"),
    ("if (@a == word) yes();", "unknown-word", 19, "unknown word 'word' (text is written in quotes)"),
    ("if (defined word) yes();", "unknown-word", 21, "unknown word 'word' (text is written in quotes)"),
    ("if (1 + word == 2) yes();", "unknown-word", 17, "unknown word 'word' (text is written in quotes)"),
    ("route(X);", "unknown-route", 15, "undefined route 'X'"),
    # indexes and variables
    ("say(@a[1]);", "bad-index", 13, "'@a[1]' takes no index"),
    ("say(@via[1].params);", "bad-index", 13, "'@via[1].params' needs a text, [\"x\"]"),
    ('say(@via[1].params["x"][2]);', "bad-index", 13, "'@via[1].params[\"x\"][2]' takes no index here"),
    ("say(@via.params[2]);", "bad-index", 13, "'@via.params[2]' needs a text, [\"x\"]"),
    ("say(@must);", "bad-index", 13, "'@must' needs a number, [0] for the first"),
    ("say(@first[*]);", "bad-index", 13, "'@first[*]' needs a number, [0] for the first"),
    ('say("@first[*]");', "bad-index", 13, "'@first[*]' needs a number, [0] for the first"),
    ("say(@first[1234567890]);", "bad-index", 13, "'@first[1234567890]' needs a number, [0] for the first"),
    ("gone();", "refused-function", 9, "'gone' is refused: use yes"),
    ("say(@open.name[0]);", "index-from-one", 13, "'@open.name[0]' counts from 1: [0] is taken as [1] (write [1])"),
    ("say(@open.name.first[1]);", "bad-index", 13, "'@open.name.first[1]' takes no index here"),
    ("say(@open.name.frist);", "unknown-select", 13, "unknown select part 'frist' of '@open.name' (did"),
    ("say(@open.name.first.al);", "unknown-select", 13, "unknown select part 'al' of '@open.name.first' (did"),
    ("say(@pair.a.nothing);", "bad-select-name", 13, "'@pair.a.nothing': there is no such name"),
    ("say($v[1]);", "bad-index", 13, "'$v[1]' takes no index"),
    ("say($v(x));", "bad-variable-argument", 13, "'$v(x)': it takes nothing in parentheses"),
    ("say($v_count);", "bad-variable-argument", 13, "'$v_count': it is one of $v_count(DNS), $v_count(IP)"),
    ("say($v_count(DNX));", "bad-variable-argument", 13,
     "'$v_count(DNX)': it is one of $v_count(DNS), $v_count(IP) (did you mean 'DNS'?)"),
    ("say($v_lst);", "unknown-variable", 13, "unknown variable '$v_lst' (did you mean '$v_list'?)"),
    ("say($V_list);", "unknown-variable", 13, "unknown variable '$V_list' (did you mean '$v_list'?)"),
    ('say("$v_lst");', "unknown-variable", 13, "unknown variable '$v_lst' (did you mean '$v_list'?)"),
    ("say($xrpc_all);", "module-not-loaded", 13,
     "'$xrpc_all' belongs to module 'xmlrpc', which is not loaded (add loadmodule \"xmlrpc\")"),
    ("if ($xyz(1) == 1) yes();", "unknown-variable", 13, "unknown variable '$xyz'"),
    ("$rc = 1;", "read-only", 9, "'$rc' is read-only"),
    ("$var(x) = 1; $v = 1;", "read-only", 22, "'$v' is read-only"),
    ("say($(v{s.lne}));", "unknown-transformation", 13, "unknown transformation 's.lne' (did you mean 's.len'?)"),
    ("say($(v{s.len,1}));", "bad-transformation", 13, "{s.len} takes 0 arguments, 1 given"),
    ("say($(v{s.substr,a}));", "bad-transformation", 13, "{s.substr} takes a number, not 'a'"),
    ("flag(32);", "flag-range", 14, "flag 32 is out of range, 0 to 31"),
    ("flag(FLT);", "unknown-flag", 14, "unknown flag 'FLT' (declare it with 'flags')"),
    ('arm("B");', "unknown-route", 13, "undefined failure_route 'B'"),
    ("if ($null) yes();", "constant-condition", 13, "the condition is always the same"),
    ("if ($null == 1) yes();", "bad-comparison", 13, "both sides of '==' are constant"),
    ("if ($v < $null) yes();", "bad-comparison", 13, "'<' compares numbers"),
    ('choose("dsn");', "bad-argument", 16, "argument 1 (kind) must be one of dns, uri (did you mean 'dns'?)"),
    # calls
    ("say();", "argument-count", 9, "'say' takes 1 argument (text), 0 given"),
    ('say("a", "b");', "argument-count", 9, "'say' takes 1 argument (text), 2 given"),
    ('option("a", "b");', "argument-count", 9, "'option' takes 0 to 1 argument ([text]), 2 given"),
    ("yes(1);", "argument-count", 9, "'yes' takes 0 arguments, 1 given"),
    ('count("x");', "bad-argument", 15, "argument 1 (n) must be a number"),
    ('sl_reply(99, "x");', "bad-argument", 18, "argument 1 (code) must be a number from 100 to 699"),
    ('sl_reply(700, "x");', "bad-argument", 18, "argument 1 (code) must be a number from 100 to 699"),
    ("say(myself);", "bad-argument", 13, "argument 1 (text) can't be this"),
    ("say(yes());", "nested-call", 13, "a call is not allowed inside the arguments of another call"),
    ('say("a" + yes());', "nested-call", 19, "a call is not allowed inside the arguments of another call"),
    ("say(word);", "bare-word", 13, "'word' without quotes is taken as text (write \"word\")"),
    ("yes;", "missing-parentheses", 9, "'yes' is a function (write yes())"),
    # conditions
    ("if (@a) yes();", "text-condition", 13, "@a is text, not a condition: it is converted to a number"),
    ("if (!@a && yes()) yes();", "text-condition", 14, "@a is text, not a condition: it is converted to a number"),
    ("if (method) yes();", "text-condition", 13, "'method' is text, not a condition: it is converted to a number"),
    ("if (10.0.0.1) yes();", "text-condition", 13, "this is no condition (compare it with something)"),
    ("if (1) yes();", "constant-condition", 13, "the condition is always the same"),
    ('if ("x") yes();', "constant-condition", 13, "the condition is always the same"),
    ('if (!@tls.peer.verified == "1") yes();', "negated-side", 13,
     "'!' applies only to @tls.peer.verified, not to the comparison (write !(@tls.peer.verified == \"1\"))"),
    ("if (@a = 1) yes();", "assignment-in-condition", 16, "assignment in a condition (write '==')"),
    ('if (@tls.peer.verified == "yes") yes();', "boolean-as-text", 35,
     "@tls.peer.verified is true or false, 1 or 0: it never equals 'yes' (write @tls.peer.verified alone"),
    ('if (@tls.peer.verified != "") yes();', "boolean-as-text", 35,
     "@tls.peer.verified is true or false, 1 or 0: it never equals '' (write @tls.peer.verified alone"),
    ("if (@tls.peer.verified == 2) yes();", "boolean-as-text", 35,
     "@tls.peer.verified is true or false, 1 or 0: it never equals '2' (write @tls.peer.verified alone"),
    ("if ($flag == 2) yes();", "boolean-as-text", 22, "$flag is true or false, 1 or 0: it never equals '2'"),
    ('if (@kind == "blue") yes();', "never-equal", 22, "@kind never is 'blue': it is one of red, green (by day)"),
    ('if ("blue" != @kind) yes();', "never-equal", 13, "@kind never is 'blue': it is one of red, green (by day)"),
    ('if (@many == "x") yes();', "first-of-several", 13, "@many is the first of what may be several (use all())"),
    ('if (@tls.peer.verified =~ "1") yes();', "bad-comparison", 13,
     "'=~' can't be used here: a condition has no text to look at"),
    ('if (method == "INVITE|ACK") yes();', "method-list", 23,
     "'==' compares the whole text, never a list (write =~ \"^(INVITE|ACK)$\")"),
    ('if (method == "invite") yes();', "unknown-method", 23,
     "no known request has the method 'invite' (did you mean 'INVITE'?)"),
    ('if (method=="ACK" | yes()) yes();', "bit-operator", 13, "'|' between conditions is read as '||' (write '||')"),
    ("if (1 == 2) yes();", "constant-condition", 13, "the condition is always the same"),
    ("if (@n == 10.0.0.1) yes();", "bad-comparison", 13, "@n is a number here: it never equals this"),
    ('if (@n == "x") yes();', "bad-comparison", 13, "@n is a number here: it never equals this"),
    ('if (@n < "x") yes();', "bad-comparison", 13, "'<' compares numbers"),
    ("if (@a == 10.0.0.0/8) yes();", "bad-comparison", 13, "@a is text: it can't be compared with this"),
    ("if (@a == myself) yes();", "bad-comparison", 13, "@a is text: it can't be compared with this"),
    ("if (src_ip == 5) yes();", "bad-comparison", 13, "'src_ip' is an address: it never equals this"),
    ('if (src_ip == "a.example") yes();', "not-an-address", 23,
     "'src_ip' is compared with addresses and networks; 'a.example' is neither"),
    ("if (src_ip == 10.0.0.1/33) yes();", "bad-network", 23,
     "'10.0.0.1/33' is no network (address/bits or address/mask)"),
    ("if (proto == 5) yes();", "unknown-protocol", 22, "5 is no transport protocol"),
    ('if (@a =~ "(x") yes();', "bad-pattern", 19, "invalid regular expression:"),
    ('if (@a =~ "^(x+)+$") yes();', "slow-pattern", 19,
     "a pattern that repeats a repetition takes exponential time"),
    ("if (@a =~ @b) yes();", "bad-comparison", 13, "'=~' can't be used here: the pattern must be a string"),
    ('if ("x" =~ @a) yes();', "bad-comparison", 13, "the pattern of '=~' stands on its right side"),
    ("$var(x) = 1 / 0;", "bad-operand", 19, "division by 0"),
    ("$var(x) = 1 << 64;", "bad-operand", 19, "shifted by 64, which is not 0 to 63"),
    ('switch (@a) { case /"(": say("x"); }', "bad-pattern", 29, "invalid regular expression"),
    ("count(1 + myself);", "bad-operand", 19, "'+' needs text or a number"),
    ("exit myself;", "bad-operand", 14, "a number is needed here"),
    # flow
    ("exit; yes();", "unreachable", 15, "never reached, since 'exit' stands before it"),
    ("if (yes()) { return; } else drop; yes();", "unreachable", 43,
     "never reached, since something that always leaves stands before it"),
    ("break;", "break-outside-loop", 9, "'break' outside of a loop ends the script ('exit' or 'return' says so)"),
    ("yes(); dispatch_rpc();", "unguarded-rpc", 16,
     "dispatch_rpc() is reached without any test of who the peer is (test @tls.peer.verified first)"),
    ('if (@tls.peer.reason == "x") dispatch_rpc();', "unproved-rpc", 38,
     "dispatch_rpc() is reached by peers that are not verified, too (test @tls.peer.verified first)"),
    ('if (@tls.peer != "Bob") { dispatch_rpc(); }', "allowed-by-exclusion", 35,
     "dispatch_rpc() is reached when @tls.peer != \"Bob\": that is true of every peer without such a name (write"),
    ('if (@TLS.peer == "Bob") yes();', "unverified-name", 13,
     "@TLS.peer is undefined until the peer is verified, which nothing before it has tested (test @tls.peer.verified"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "column", "words"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)])
def test_finding(bench, body: str, code: str, column: int, words: str) -> None:
    text = R % body
    assert bench.findings(text) == [f"{code} 1:{column}"]
    assert re.sub(r"^ser.cfg:1:\d+: \w+: ", "", bench.rendered(text)).startswith(words)


WHOLE = [
    ('route { arm("A"); route(A); }\nroute[A] { yes(); }', ["unknown-route 1:13"],
     "[A] exists as route; failure_route[A] is needed"),
    ('loadmodulex "$x"\nroute { yes(); }', ["not-at-start 1:13"],
     "'$x' has no value before anything runs"),
    ("debug=1\n", ["no-main-route 2:1"], "there is no main route"),
    ("route[A] { yes(); }", ["no-main-route 1:20"], "there is no main route"),
    ("route { yes(); }\nroute { yes(); }", ["duplicate-route 2:1"], "duplicate main route, first defined at line 1"),
    ("route { route(1); }\nroute[1] { yes(); }\nroute[\"1\"] { yes(); }", ["duplicate-route 3:7"],
     "duplicate route '1', first defined at line 2"),
    ("route { yes(); }\nroute[A] { yes(); }", ["unused-route 2:7"], "route 'A' is never called"),
    ("route { route(RELAI); }\nroute[RELAY] { yes(); }", ["unknown-route 1:15"],
     "undefined route 'RELAI' (did you mean 'RELAY'?)"),
    ("route { route(A); } route[A] { route(B); } route[B] { yes(); route(A); }",
     ["endless-recursion 1:27", "endless-recursion 1:50"], "route 'A' calls itself without end"),
    ("route { route(A); } route[A] { if (yes()) route(A); }", ["recursion 1:27"],
     "route 'A' can call itself; more than 256 times is an error when it runs"),
    ("listen=udp:10.0.0.1:5060\nroute { if (proto == TLS) yes(); if (proto != tls) yes(); }", ["never-listened 2:13"],
     "never true: the script listens on no TLS address"),
    ("listen=tls:10.0.0.1:5061\nlisten=tls:10.0.0.2\nroute { yes(); }", ["tls-not-loaded 1:8"],
     "a TLS address needs module 'tls'"),
    ('route { sl_reply(200, "x"); }\nloadmodule "x/sl.so"', ["loaded-late 2:1"],
     "module 'sl' is loaded after its first use on line 1 (move it up)"),
    ("route { break; } route[A] { break; }",
     ["break-outside-loop 1:9", "unused-route 1:24", "break-outside-loop 1:29"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "findings", "words"), WHOLE, ids=[c[1][0].split()[0] for c in WHOLE])
def test_finding_of_the_whole_script(bench, text: str, findings: list[str], words: str) -> None:
    assert bench.findings(text) == findings
    assert re.sub(r"^ser.cfg:\d+:\d+: \w+: ", "", bench.rendered(text)).startswith(words)


def test_function_of_other_routes_only_is_refused(bench) -> None:
    catalogue = Catalogue()
    catalogue.add([Function(name="late", call=print, routes=RouteKind.FAILURE | RouteKind.BRANCH)])
    diagnostics, _ = bench.check("route { late(); }", catalogue)
    assert [each.code for each in diagnostics] == ["wrong-route-kind"]


def test_one_misspelt_name_is_reported_once(bench) -> None:
    assert bench.findings("route { nothing(); nothing(); if (nothing()) yes(); }") == ["unknown-function 1:9"]


def test_listening_without_a_protocol_is_udp_and_tcp(bench) -> None:
    text = "listen=10.0.0.1\nroute { if (proto == UDP || proto == TCP) yes(); }"
    assert bench.findings(text) == []
    assert bench.findings("route { if (proto == TLS) yes(); }") == []


def test_every_code_of_the_ring_is_met_by_a_test() -> None:
    """The codes written in the source, against those written in the tests."""
    ring = Path(__file__).parents[3] / "sertwist" / "script"
    source = "\n".join(path.read_text() for path in ring.glob("*.py"))
    found = set(re.findall(r'(?:error|warning|hint|_unclosed)\(\s*"([a-z-]+)"', source))
    found |= set(re.findall(r'\bcode = "([a-z-]+)"', source)) | set(
        re.findall(r'"([a-z-]+)" if error\.is_slow else', source)
    )
    assert len(found) > 40
    tests = "\n".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    assert {code for code in found if code not in tests} == set()
