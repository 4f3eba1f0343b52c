"""What a policy says to single calls: by default no; a denial wins; nothing that can't be told helps a caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sertwist.limits import MAX_POLICY_CALLERS
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.caller import Caller
from sertwist.rpc.declare import Effect
from tests.unit.rpc.policy.making import METHODS, NOW, bearer, policy, registry, user

if TYPE_CHECKING:
    from sertwist.rpc.policy import Policy, Verdict

CA = '[ca.demo]\nsubject = "CN=Test CA,O=Example"\n'
KILLER = (
    CA
    + """
[role.killer]
who = [{ cn = "SER-Killer", ca = "demo" }]
[[allow]]
name = "all"
roles = ["killer"]
methods = ["*"]
"""
)


def ask(held: Policy, caller: Caller, name: str, *params: Any, now: float = NOW) -> Verdict:
    return held.decide_all(registry().canonical(Call(name, params)), registry(), caller, now)


def test_who_holds_the_role_may_and_the_rule_is_named() -> None:
    found = ask(policy(KILLER), bearer("SER-Killer"), "core.kill")
    assert (found.allowed, found.role, found.rule, found.file, found.line) == (True, "killer", "all", "policy.toml", 6)
    assert found.reason == "rule 'all' allows it to role killer"


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (Caller(), "it is not proved who calls"),
        (Caller(words="certificate expired", protocol="TLS"), "it is not proved who calls"),
        (bearer("Bob"), "the caller holds no role"),
        (bearer("SER-Killer", "Other CA"), "the caller holds no role"),
        (user(0), "the caller holds no role"),
        (Caller(user="SER-Killer@example.com"), "the caller holds no role"),
    ],
)
def test_others_may_nothing(caller: Caller, reason: str) -> None:
    for method in METHODS:
        found = ask(policy(KILLER), caller, method.name)
        assert (found.allowed, found.reason, found.rule, found.line) == (False, reason, "", 0)


#: One rule of each kind of condition for the user `root`, and calls with what is decided.
ROOT = '[role.root]\nwho = [{ unix = "root" }]\nvariables = { domain = ["example.com", "example.org"] }\n'
ALLOW = ROOT + '[[allow]]\nroles = ["root"]\n'
DENY = ALLOW + 'methods = ["*"]\n[[deny]]\nroles = ["root"]\n'
OWN = 'methods = ["usrloc.rm"]\nparams = { aor = "*@{domain}" }'
TABLE = 'methods = ["htable.sets"]\nparams.table = "x"'
FLAG = 'methods = ["gflags.set"]\nparams.flag = [1, { min = 5, max = 7 }]'
KIND = 'methods = ["pv.shvSet"]\nparams.value = "3"'
REST = 'methods = ["dns.forget"]\nparams.names = "*.example.com"'
PARAMETERS: list[tuple[str, str, tuple[Any, ...], bool, bool]] = [
    # rule, method, parameters, whether a grant of it lets the call pass, whether a denial of it does
    (OWN, "usrloc.rm", ("location", "alice@example.com"), True, False),
    (OWN, "ul.rm", ("location", "alice@example.org"), True, False),
    (OWN, "usrloc.rm", ("location", "sip:alice@example.com"), True, False),
    (OWN, "usrloc.rm", ("location", "alice@example.net"), False, True),
    (OWN, "usrloc.rm", ("location", "alice@EXAMPLE.com"), False, False),  # who reads it may not mind case
    (OWN, "usrloc.rm", ("location", "alice@example.net;x=@example.com"), False, True),
    (OWN, "usrloc.rm", ("location", "alice@example.com\n"), False, True),
    (OWN, "usrloc.rm", ("location", "<sip:alice@example.com>"), False, True),
    (OWN, "usrloc.rm", ("location",), False, False),  # not given, and it would not run
    (OWN, "usrloc.dump", (), False, True),
    (TABLE, "htable.sets", ("x", "k", "v"), True, False),
    (TABLE, "htable.sets", ("y", "k", "v"), False, True),
    (TABLE, "htable.sets", ("x",), False, False),
    (TABLE, "htable.sets", ("x", "k", "v", "w"), False, False),
    (TABLE, "htable.sets", (("x",), "k", "v"), False, False),
    ('methods = ["htable.sets"]\nparams.table = "5"', "htable.sets", (5, "k", "v"), True, False),  # as it would be run
    (FLAG, "gflags.set", (1,), True, False),
    (FLAG, "gflags.set", (2,), False, True),
    (FLAG, "gflags.set", (5,), True, False),
    (FLAG, "gflags.set", (7,), True, False),
    (FLAG, "gflags.set", (8,), False, True),
    (FLAG, "gflags.set", ("01",), True, False),
    (FLAG, "gflags.set", (True,), True, False),
    (FLAG, "gflags.set", ("one",), False, False),
    (KIND, "pv.shvSet", ("n", "int", "3"), True, False),
    (KIND, "pv.shvSet", ("n", "int", 3), False, False),  # may become the text
    (KIND, "pv.shvSet", ("n", "int", "4"), False, True),
    ('methods = ["pv.shvSet"]\nparams.value = true', "pv.shvSet", ("n", "int", True), True, False),
    ('methods = ["pv.shvSet"]\nparams.value = true', "pv.shvSet", ("n", "int", False), False, True),
    ('methods = ["pv.shvSet"]\nparams.value = true', "pv.shvSet", ("n", "int", 1), False, False),
    ('methods = ["pv.shvSet"]\nparams.value = 1', "pv.shvSet", ("n", "int", True), False, False),
    ('methods = ["pv.shvSet"]\nparams.value = { min = 0.5 }', "pv.shvSet", ("n", "int", 1e9), True, False),
    (REST, "dns.forget", ("a.example.com", "b.example.com"), True, False),
    (REST, "dns.forget", ("a.example.com", "b.example.net"), False, False),
    (REST, "dns.forget", ("a.example.net",), False, True),
    (REST, "dns.forget", (), False, False),
    ('methods = ["usrloc.dump"]\nparams.domain = "a"', "usrloc.dump", (), False, False),  # not given: all of them
    ('methods = ["usrloc.dump"]\nparams.domain = "a"', "usrloc.dump", (None,), False, False),
    ('methods = ["usrloc.dump"]\nparams.domain = "a**z"', "usrloc.dump", ("a@;z",), True, False),
]


@pytest.mark.parametrize(("rule", "name", "params", "granted", "left"), PARAMETERS)
def test_parameters_decide(rule: str, name: str, params: tuple[Any, ...], *, granted: bool, left: bool) -> None:
    assert ask(policy(ALLOW + rule), user(0), name, *params).allowed is granted
    assert ask(policy(DENY + rule), user(0), name, *params).allowed is left


MANY_STARS = 'methods = ["usrloc.rm"]\nparams.aor = "*a*a*a*a*a*a*a*a*a*a*@x"'


@pytest.mark.parametrize(
    ("value", "granted"),
    [("a" * 262_143 + "@y", False), ("a" * 9 + "@x", False), ("b" + "a" * 10_000 + "@x", True), ("\ud800" * 9, False)],
)
def test_a_pattern_with_many_stars_takes_no_longer(value: str, *, granted: bool) -> None:
    """A matcher that tries everything would need years for the first."""
    assert ask(policy(ALLOW + MANY_STARS), user(0), "usrloc.rm", "t", value).allowed is granted


def test_a_star_in_a_variable_is_a_star() -> None:
    role = ROOT.replace('"example.org"', '"*.org", "{x}"')
    held = policy(role + '[[allow]]\nroles = ["root"]\n' + OWN)
    values = ("al@*.org", "al@{x}", "al@example.org", "al@x")
    assert [ask(held, user(0), "usrloc.rm", "t", each).allowed for each in values] == [True, True, False, False]


@pytest.mark.parametrize(
    "name", ["Core.kill", "core.kill ", "core.KILL", "core..kill", "core", "", "core.kill\0", "core.k*"]
)
def test_a_name_that_is_nearly_a_method_is_none(name: str) -> None:
    assert not ask(policy(KILLER), bearer("SER-Killer"), name).allowed


@pytest.mark.parametrize("pattern", ["ul.rm", "ul.*", "*rm", "u*.r*m", "usrloc.rm", "*.*", "**" * 20])
def test_a_denial_of_any_of_its_names_is_one_of_the_method(pattern: str) -> None:
    held = policy(ALLOW + f'methods = ["*"]\n[[deny]]\nmethods = ["{pattern}"]')
    for name in ("usrloc.rm", "ul.rm"):
        assert not ask(held, user(0), name, "t", "a").allowed


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("when", "now", "holds"),
    [
        ('hours = "08:00-18:00"', "2026-03-02 07:59:59", False),
        ('hours = "08:00-18:00"', "2026-03-02 08:00", True),
        ('hours = "08:00-18:00"', "2026-03-02 17:59:59", True),
        ('hours = "08:00-18:00"', "2026-03-02 18:00", False),
        ('hours = ["08:00-09:00", "17:00-24:00"]', "2026-03-02 23:59:59", True),
        ('days = "mon-fri"', "2026-03-06 23:59:59", True),  # a Friday
        ('days = "mon-fri"', "2026-03-07 00:00", False),
        ('days = ["sat-mon", "Wed"]', "2026-03-01 12:00", True),
        ('days = ["sat-mon", "Wed"]', "2026-03-03 12:00", False),
        ('days = "fri", hours = "22:00-06:00"', "2026-03-06 21:59", False),
        ('days = "fri", hours = "22:00-06:00"', "2026-03-06 22:00", True),
        ('days = "fri", hours = "22:00-06:00"', "2026-03-07 05:59", True),  # still Friday's
        ('days = "fri", hours = "22:00-06:00"', "2026-03-06 05:59", False),
        ('hours = "08:00-18:00", zone = "Europe/Prague"', "2026-03-02 07:00", True),
        ('hours = "08:00-18:00", zone = "Europe/Prague"', "2026-07-01 16:00", False),  # summer
        ('days = "tue", zone = "Asia/Tokyo"', "2026-03-02 15:00", True),
    ],
)
def test_time_decides(when: str, now: str, *, holds: bool) -> None:
    rule = f'methods = ["core.kill"]\nwhen = {{ {when} }}'
    assert ask(policy(ALLOW + rule), user(0), "core.kill", now=at(now)).allowed is holds
    assert ask(policy(DENY + rule), user(0), "core.kill", now=at(now)).allowed is not holds


@pytest.mark.parametrize(
    ("source", "protocol", "granted", "left"),
    [
        ("192.0.2.7", "TLS", True, False),
        ("192.0.2.7", "TCP", True, False),
        ("192.0.2.7", "UDP", False, False),  # forged with ease
        ("198.51.100.1", "UDP", False, False),
        ("198.51.100.1", "TLS", False, True),
        ("::ffff:192.0.2.7", "TLS", True, False),
        ("2001:db8::5", "TLS", True, False),
        ("2001:db9::5", "TLS", False, True),
        ("", "TLS", False, False),
    ],
)
def test_source_decides_but_never_over_udp(source: str, protocol: str, *, granted: bool, left: bool) -> None:
    role = CA + '[role.a]\nwho = [{ cn = "A", ca = "demo" }]\n[[allow]]\nroles = ["a"]\n'
    rule = 'methods = ["core.kill"]\nsource = ["192.0.2.0/24", "2001:db8::/32"]'
    caller = bearer("A", source=source, protocol=protocol)
    assert ask(policy(role + rule), caller, "core.kill").allowed is granted
    assert ask(policy(role + 'methods = ["*"]\n[[deny]]\n' + rule), caller, "core.kill").allowed is left


def test_unix_socket_is_a_source() -> None:
    assert ask(policy(ALLOW + 'methods = ["*"]\nsource = "unix"'), user(0), "core.kill").allowed
    assert not ask(policy(ALLOW + 'methods = ["*"]\nsource = "0.0.0.0/0"'), user(0), "core.kill").allowed


PIN = bearer("A").certificate.spki_fingerprint
PEOPLE: list[tuple[str, dict[str, Any]]] = [
    ('uri = "urn:x:a"', {"names": ("dns:b", "uri:urn:x:a")}),
    ('dns = "Noc.example.com"', {"names": ("dns:noc.EXAMPLE.com",)}),
    ('email = "Al@Example.com"', {"names": ("email:Al@example.COM",)}),
    ('issuer = "CN=test  ca,O=example", serial = "1a:2b"', {}),
    ('issuer = "CN=Test CA,O=Example", serial = "0x1A2B"', {}),
    (f'key = "sha256:{PIN}"', {}),
    (f'key = "{PIN.upper()}"', {}),
    ('organisation = "Org", ca = "demo"', {"organisation": "Org"}),
    ('cn = "A", ca = "demo", organisation = "Org"', {"organisation": "Org"}),
    ('ca = "demo"', {}),
]


@pytest.mark.parametrize(("who", "shown"), PEOPLE, ids=range(len(PEOPLE)))
def test_certificates_hold_roles(who: str, shown: dict[str, Any]) -> None:
    held = policy(CA + f'[role.a]\nwho = [{{ {who} }}]\n[[allow]]\nroles = ["a"]\nmethods = ["*"]')
    assert ask(held, bearer("A", **shown), "core.kill").allowed
    assert not ask(held, bearer("Z", "Other CA", serial=7), "core.kill").allowed
    assert not ask(held, user(0), "core.kill").allowed


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ('uri = "urn:x:a"', {"names": ("uri:urn:x:A",)}),
        ('uri = "urn:x:a"', {"names": ("dns:urn:x:a",)}),
        ('email = "Al@example.com"', {"names": ("email:al@example.com",)}),
        ('issuer = "CN=Test CA,O=Example", serial = "1A2C"', {}),
        ('issuer = "O=Example,CN=Test CA", serial = "1A2B"', {}),
        ('key = "' + "0" * 64 + '"', {}),
        ('organisation = "org", ca = "demo"', {"organisation": "Org"}),
        ('cn = "a", ca = "demo"', {}),
        ('cn = "A", ca = "pinned"', {}),
        ('cn = "A", ca = "other"', {}),
    ],
)
def test_what_is_nearly_the_same_holds_none(who: str, shown: dict[str, Any]) -> None:
    more = '[ca.other]\nsubject = "CN=Other CA,O=Example"\n[ca.pinned]\nkey = "sha256:' + "1" * 64 + '"\n'
    held = policy(CA + more + f'[role.a]\nwho = [{{ {who} }}]\n[[allow]]\nroles = ["a"]\nmethods = ["*"]')
    assert not ask(held, bearer("A", **shown), "core.kill").allowed


def test_a_ca_further_up_is_not_the_issuer() -> None:
    held = policy(KILLER)
    direct = bearer("SER-Killer")
    below = bearer("SER-Killer", "Sub CA")
    chained = Caller(certificate=below.certificate, chain=(*below.chain, *direct.chain[1:]), protocol="TLS")
    assert ask(held, direct, "core.kill").allowed
    assert not ask(held, chained, "core.kill").allowed


def test_users_hold_roles() -> None:
    held = policy('[role.a]\nwho = [{ unix = 1000 }, { digest = "al@r" }]\n[[allow]]\nroles = ["a"]\nmethods = ["*"]')
    callers = [user(1000), Caller(user="al@r"), user(0), Caller(user="al@R"), Caller()]
    assert [ask(held, each, "core.ps").allowed for each in callers] == [True, True, False, False, False]


def test_unknown_method_is_told_apart_only_for_the_log() -> None:
    held = policy(KILLER)
    unknown, denied = ask(held, bearer("SER-Killer"), "core.nothing"), ask(held, bearer("Bob"), "core.kill")
    assert (unknown.allowed, unknown.known, unknown.may_list) == (False, False, False)
    assert (denied.allowed, denied.known, denied.may_list) == (False, True, False)
    held = policy(KILLER.replace("[role.killer]", "[role.killer]\nlist_all = true"))
    assert ask(held, bearer("SER-Killer"), "core.nothing").may_list
    assert held.may_list(bearer("SER-Killer"))
    assert not held.may_list(bearer("Bob"))


def test_methods_that_may_be_called_with_some_parameters_are_listed() -> None:
    rules = OWN + '\n[[allow]]\nroles=["root"]\nmethods = ["core.*"]\n[[deny]]\nmethods = ["core.kill"]'
    rules += '\n[[allow]]\nroles=["root"]\nmethods = ["htable.get"]\nwhen.days = "mon"'
    rules += '\n[[deny]]\nmethods = ["core.ps"]\nwhen.days = "tue"'
    held = policy(ALLOW + rules)

    def listed(now: str) -> list[str]:
        return [each.name for each in METHODS if held.may_ever(each, user(0), at(now))]

    assert listed("2026-03-02") == ["core.version", "core.ps", "htable.get", "usrloc.rm"]
    assert listed("2026-03-03") == ["core.version", "usrloc.rm"]
    assert not [each for each in METHODS if held.may_ever(each, user(7), NOW)]


def test_multicall_can_be_denied_and_an_empty_one_needs_a_grant() -> None:
    members = (Call("core.ps"), Call("core.version"))
    call = Call(MULTICALL, (), members)
    held = policy(ALLOW + 'methods = ["core.*"]')
    assert [each.method for each in held.decide_all(call, registry(), user(0), NOW).members] == [
        "core.ps",
        "core.version",
    ]
    assert not held.decide_all(Call(MULTICALL, ()), registry(), user(0), NOW).allowed
    held = policy(ALLOW + 'methods = ["core.*"]\n[[deny]]\nname = "one by one"\nmethods = ["system.multicall"]')
    assert held.decide_all(call, registry(), user(0), NOW).rule == "one by one"


def test_denials_and_what_must_be_confirmed_hold_for_included_roles() -> None:
    held = policy(
        ALLOW + 'methods = ["*"]\n[[deny]]\nroles = ["reader"]\nmethods = ["*"]\neffects = ["write"]\n'
        '[role.reader]\nwho = [{ unix = 1000 }]\n[role.chief]\nwho = [{ unix = 1 }]\nincludes = ["root", "reader"]'
    )
    assert ask(held, user(0), "gflags.set", 1).allowed
    assert not ask(held, user(1), "gflags.set", 1).allowed
    assert held.roles_of(user(1)) == ("root", "reader", "chief")


def test_bounds_of_an_identity_and_of_a_role() -> None:
    held = policy(
        "[role.a]\nwho = [{ unix = 0 }, { unix = 1 }]\neach = { rate = 2.5, running = 4 }\n"
        "together = { rate = 9, burst = 20 }\n"
        '[[allow]]\nroles = ["a"]\nmethods = ["*"]'
    )
    one, other = (ask(held, user(uid), "core.ps").bounds for uid in (0, 1))
    assert [(each.key, each.rate, each.burst, each.running) for each in one] == [
        ("a uid:0", 2.5, 3, 4),
        ("a", 9, 20, None),
    ]
    assert one[0].key != other[0].key
    assert one[1] == other[1]


def test_secrets_are_shown_by_the_rules_that_say_so() -> None:
    rules = 'methods = ["*"]\n[[allow]]\nroles = ["root"]\nmethods = ["htable.get"]\nparams.table = "x"\nreveal = true'
    held = policy(ALLOW + rules)
    found = [ask(held, user(0), "htable.get", table, "k").reveal for table in ("x", "y")]
    assert found == [True, False]


def test_strictest_confirmation_counts_for_all_of_a_multicall() -> None:
    held = policy(
        ALLOW + 'methods = ["*"]\n[role.b]\nwho = [{ unix = 5 }]\n[role.c]\nwho = [{ unix = 6 }]\n'
        '[[confirm]]\nmethods = ["core.*"]\nconfirmations = 2\nwithin = 60\nby = ["b", "c"]\n'
        '[[confirm]]\nmethods = ["core.kill", "gflags.set"]\nwithin = 30\nby = ["b"]\n'
        '[[allow]]\nroles = ["b", "c"]\nmethods = ["core.ps"]'
    )
    found = {name: ask(held, user(0), name, *params).confirm for name, *params in (
        ["core.ps"], ["core.kill"], ["gflags.set", 1], ["usrloc.dump"])}  # fmt: skip
    assert {name: each and (each.confirmations, each.within, sorted(each.roles)) for name, each in found.items()} == {
        "core.ps": (2, 60, ["b", "c"]),
        "core.kill": (2, 30, ["b"]),
        "gflags.set": (1, 30, ["b"]),
        "usrloc.dump": None,
    }
    both = held.decide_all(Call(MULTICALL, (), (Call("gflags.set", (1,)), Call("core.ps"))), registry(), user(0), NOW)
    assert both.confirm == found["core.kill"]


CONFIRMED = (
    CA
    + """
[role.admin]
who = [{ ca = "demo" }, { unix = 0 }, { digest = "al@r" }]
[role.guest]
who = [{ unix = 7 }]
[[allow]]
roles = ["admin"]
methods = ["*"]
[[confirm]]
methods = ["core.kill"]
"""
)


@pytest.mark.parametrize(
    ("other", "objection"),
    [
        (bearer("B"), ""),
        (user(0), ""),
        (bearer("A"), "who made a call can't confirm it"),
        (bearer("A", source="198.51.100.1"), "who made a call can't confirm it"),
        (bearer("A", serial=77), "who made a call can't confirm it"),  # renewed
        (bearer("A", "Other CA", serial=78), "who made a call can't confirm it"),
        (Caller(), "who made a call can't confirm it"),
        (user(7), "who may not make the call can't confirm it: no rule allows it to role guest"),
        (bearer("B", "Other CA"), "who may not make the call can't confirm it: the caller holds no role"),
    ],
)
def test_somebody_else_confirms(other: Caller, objection: str) -> None:
    held, call = policy(CONFIRMED), Call("core.kill")
    verdict = held.decide_all(call, registry(), bearer("A"), NOW)
    assert held.objection(verdict, call, registry(), (bearer("A"), other), NOW) == objection


def test_two_who_confirm_are_two_people() -> None:
    held, call = policy(CONFIRMED + "confirmations = 2"), Call("core.kill")
    verdict = held.decide_all(call, registry(), bearer("A"), NOW)
    third = {"the same": bearer("B"), "renewed": bearer("B", serial=77), "another": bearer("C"), "root": user(0)}
    found = {
        name: held.objection(verdict, call, registry(), (bearer("A"), bearer("B"), each), NOW)
        for name, each in third.items()
    }
    again = "who has confirmed it can't confirm it again"
    assert found == {"the same": again, "renewed": again, "another": "", "root": ""}


def test_named_roles_confirm_though_they_may_not_call() -> None:
    held, call = policy(CONFIRMED + 'by = ["guest"]'), Call("core.kill")
    verdict = held.decide_all(call, registry(), bearer("A"), NOW)
    pairs = [(bearer("A"), user(7)), (bearer("A"), bearer("B"))]
    found = [held.objection(verdict, call, registry(), pair, NOW) for pair in pairs]
    assert found == ["", "only guest may confirm it"]
    free = held.decide_all(Call("core.ps"), registry(), bearer("A"), NOW)
    assert held.objection(free, Call("core.ps"), registry(), pairs[0], NOW) == "the call needs no confirmation"


OWN_ONLY = "rule 'allow 1' (line 4) allows it to role root only when aor is *@example.com or *@example.org"


@pytest.mark.parametrize(
    ("rule", "name", "params", "reason"),
    [
        ("[[allow]]\nroles=['root']\n" + OWN, "usrloc.rm", ("l", "x@evil\x1b"),
         f"{OWN_ONLY}: 'x@evil\\x1b'"),
        ("[[allow]]\nroles=['root']\n" + OWN, "usrloc.rm", (),
         f"{OWN_ONLY}: the arguments do not fit the method"),
        ("[[allow]]\nroles=['root']\n" + FLAG, "gflags.set", (2,),
         "rule 'allow 1' (line 4) allows it to role root only when flag is 1 or 5 to 7: 2"),
        ("[[allow]]\nroles=['root']\nmethods=['core.*']\nwhen.hours='03:00-04:00'", "core.ps", (),
         "rule 'allow 1' (line 4) allows it to role root only when time is 03:00-04:00 UTC"),
        ("[[allow]]\nroles=['root']\nmethods=['core.*']\nsource='10.0.0.0/8'", "core.ps", (),
         "rule 'allow 1' (line 4) allows it to role root only when source is 10.0.0.0/8: 'unix' over UNIX"),
        ("[[allow]]\nroles=['root']\nmethods=['core.*']\n[[deny]]\nmethods=['core.ps']", "core.ps", (),
         "rule 'deny 1' denies it to everybody"),
        ("[[allow]]\nroles=['root']\nmethods=['*']\n[[deny]]\nroles=['root']\nmethods=['usrloc.dump']\nparams.domain='a'",
         "usrloc.dump", (),
         "rule 'deny 1' denies it to role root, since it can't be told whether domain is a: not given"),
        ("[[allow]]\nroles=['root']\nmethods=['uac.set']\nparams.password='swordfish'", "uac.set", ("al", "hunter2"),
         "rule 'allow 1' (line 4) allows it to role root only when password is ***: ***"),
    ],
)  # fmt: skip
def test_reason_says_what_was_seen(rule: str, name: str, params: tuple[Any, ...], reason: str) -> None:
    assert ask(policy(ROOT + rule), user(0), name, *params).reason == reason


def test_a_method_that_is_declared_anew_is_judged_anew() -> None:
    held = policy(DENY + 'methods = ["*"]\neffects = ["destructive"]')
    old = registry().resolve("core.ps")
    assert old is not None
    assert held.decide(Call("core.ps"), old, user(0), NOW).allowed
    assert not held.decide(Call("core.ps"), replace(old, effect=Effect.DESTRUCTIVE), user(0), NOW).allowed


def test_only_so_many_callers_are_remembered() -> None:
    held = policy(KILLER)
    for uid in range(MAX_POLICY_CALLERS + 10):
        held.roles_of(user(uid))
    assert len(held._callers) == MAX_POLICY_CALLERS
    assert ask(held, bearer("SER-Killer"), "core.kill").allowed
