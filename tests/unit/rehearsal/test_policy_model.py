"""A server whose script asks a policy, against the oracle: nothing runs that it refuses, nothing it allows is refused.

Policies come and go, certificates stop being verified, calls come one by one, in multicalls and JSON batches, by any
name, by TLS, TCP and the Unix socket; others confirm some. At the end the audit log verifies, and tells the same story.
"""

from __future__ import annotations

import json
import xmlrpc.client
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sertwist.rehearsal.peer import tls_session
from sertwist.rehearsal.played import PlayedConnection
from sertwist.rehearsal.rehearsal import load_rehearsal
from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.spool import Around
from sertwist.rpc.call import MULTICALL, Call
from sertwist.rpc.http_framer import HttpFramer
from sertwist.rpc.policy import read_policy
from sertwist.rpc.registry import Registry
from tests.unit.rpc.audit.kit import MemoryStore, seen, verify
from tests.unit.rpc.policy import oracle
from tests.unit.rpc.policy.making import METHODS, NOW, USERS
from tests.unit.rpc.policy.test_oracle import CALLERS, calls, policies, toml

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SCRIPT = """
listen = tls:127.0.0.1:5061
loadmodule "tls"
loadmodule "xmlrpc"
route { if (rpc_policy()) { dispatch_rpc(); } else { rpc_fault("403", "Forbidden"); } }
"""
WITHIN = 300  # seconds that a confirmation has
CONFIRM = "rpc.confirm"
CONFIRMING = {"roles": ["r1", "r2", "r3"], "methods": [CONFIRM]}
#: For most policies: whom they know may do most things, and some of them only together.
EVERYBODY = [{"ca": "demo"}, {"ca": "other"}, {"unix": 0}, {"unix": 1000}]
TOGETHER = st.fixed_dictionaries(
    {"methods": st.just(["htable.*", "usrloc.*", "core.kill"]), "confirmations": st.just(1)}
)
AROUND = {"names": [MULTICALL], "effect": "read", "params": {"calls": None}}

people = st.sampled_from([each for each in CALLERS if not each[0].user])  # digest users come in SIP requests
sources = st.sampled_from(["192.0.2.9", "198.51.100.7", "2001:db8::1"])
later = st.integers(1, 24 * 60)
often = st.booleans() | st.just(True)
single = calls().filter(lambda each: each[1]["names"][0] != MULTICALL)
many = st.lists(single, min_size=1, max_size=4)


@st.composite
def generous(draw: Any) -> dict[str, Any]:
    found: dict[str, Any] = draw(policies)
    variables = {"d": ["x", "A.b"]}
    return {
        **found,
        "role": {**found["role"], "r3": {"who": EVERYBODY, "variables": variables}},
        "allow": [*found["allow"], {"roles": ["r3"], "methods": ["*"]}],
        "deny": found["deny"][:1],
        "confirm": [*found["confirm"], *draw(st.lists(TOGETHER, max_size=1))],
    }


made = st.one_of(policies, generous(), generous(), generous())


@dataclass
class Way:
    """Somebody who calls now: who, and what of it is proved, from where, in JSON or XML."""

    who: Any
    source: str
    verified: bool
    is_json: bool

    @property
    def protocol(self) -> str:
        caller = self.who[0]
        return "UNIX" if caller.uid is not None else "TCP" if caller.certificate is None else "TLS"

    @property
    def proved(self) -> dict[str, Any]:
        found: dict[str, Any] = self.who[1] if self.verified or self.protocol != "TLS" else {}
        return found

    @property
    def person(self) -> str:
        """The same text for all that may be the same person; empty for nobody."""
        return str(self.proved.get("cn", self.proved.get("unix", "")))


@dataclass
class Waiting:
    """A call that the oracle knows to wait for others."""

    name: str
    ends: float
    confirmed: set[str] = field(default_factory=set)


ways = st.builds(Way, people, sources, often, st.booleans())


class Model(RuleBasedStateMachine):
    """One server; `folder` is set before it runs."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.rehearsal = load_rehearsal(self.folder / "ser.cfg", names={}, now=NOW)
        self.ran: list[str] = []
        host: Any = self.rehearsal._host
        confirm = next(each for each in host.registry if each.name == CONFIRM)
        registry = Registry()
        for each in (*METHODS, confirm):
            registry.add(replace(each, run=self._recorder(each.name, each.run if each is confirm else lambda *_: 1)))
        self.registry = host.registry = registry
        self.module: Any = self.rehearsal._loaded.named("xmlrpc")
        self.module.start(host)  # its codecs have the registry
        self.store = MemoryStore()
        around = Around(
            wall_clock=lambda: self.rehearsal.now,
            clock=lambda: self.rehearsal.now,
            later=lambda _seconds, _call: None,
            tell=lambda _level, _text: None,
            count=lambda _name: None,
        )
        host.audit = AuditLog(AuditSettings(level=Level.ALL), self.store, around, registry.resolve)
        self.policy: dict[str, Any] = {}
        self.waiting: dict[Any, Waiting] = {}
        self.story: list[tuple[str, list[str], int]] = []

    def _recorder(self, name: str, real: Any) -> Any:
        def run(context: object, *arguments: object) -> Any:
            self.ran.append(name)
            return real(context, *arguments)

        return run

    @initialize(raw=made)
    def first(self, raw: dict[str, Any]) -> None:
        self.reload(raw)

    @rule(raw=made)
    def reload(self, raw: dict[str, Any]) -> None:
        raw = {**raw, "allow": [*raw["allow"], CONFIRMING]}
        self.module.policy = read_policy(toml(raw), "p.toml", self.registry, USERS.get).policy
        assert self.module.policy is not None
        self.policy = raw

    @rule(call=single, way=ways, minutes=later)
    def one(self, call: Any, way: Way, minutes: int) -> None:
        self._pass(minutes)
        self._make([call], way, together=False)

    @rule(batch=many, way=ways, minutes=later, silent=st.sets(st.integers(1, 3), max_size=1))
    def together(self, batch: list[Any], way: Way, minutes: int, silent: set[int]) -> None:
        self._pass(minutes)
        self._make(batch, way, together=True, silent=silent if way.is_json else set())

    @rule(batch=many, way=ways, others=st.lists(ways, min_size=1, max_size=4), together=st.booleans(), minutes=later)
    def confirmed(self, batch: list[Any], way: Way, others: list[Way], minutes: int, *, together: bool) -> None:
        """A call, confirmations of whoever they come from, and the call again, twice."""
        self._pass(minutes)
        batch = batch if together else batch[:1]
        if self._make(batch, way, together=together) != 428:
            return
        waiting = self.waiting[self._key(batch, way, together=together)]
        for other in others:
            call = Call(CONFIRM, (waiting.name,))
            told = {"names": [CONFIRM], "effect": "write", "params": {"digest": waiting.name}}
            counts = (
                other.person not in {"", way.person, *waiting.confirmed}
                and self._allowed(batch, other, together=together) == 0
            )
            if self._make([(call, told)], other, together=False, code=0 if counts else 403) == 0 and counts:
                waiting.confirmed.add(other.person)
        self._make(batch, way, together=together)
        self._make(batch, way, together=together)

    def teardown(self) -> None:
        """The audit log holds, and has one story to tell."""
        self.rehearsal._host.audit.flush()
        assert seen(verify(self.store)) == []
        found = [(each["kind"], each["methods"], each["code"]) for each in self.store.records if each["kind"] != "gap"]
        assert found == self.story

    # -- the oracle's side --------------------------------------------------------------------------------------------

    def _pass(self, minutes: int) -> None:
        """Time passes, never backwards."""
        self.rehearsal.now += 60 * minutes + 0.5

    def _decide(self, told: Any, way: Way, raw: dict[str, Any]) -> tuple[bool, int, bool]:
        about = {**told, "now": self.rehearsal.now, "source": way.source, "protocol": way.protocol}
        return oracle.decide(raw, way.proved, about)

    def _decided(self, batch: list[Any], way: Way, *, together: bool) -> tuple[bool, int]:
        """Whether all may run, and how many others must confirm it."""
        every = [self._decide(told, way, self.policy) for _, told in batch]
        if together:
            free = {**self.policy, "allow": [{"methods": ["*"]}], "confirm": []}  # it can be denied, and needs no grant
            every.append(self._decide(AROUND, way, free))
        return all(each[0] for each in every), max(each[1] for each in every)

    def _allowed(self, batch: list[Any], way: Way, *, together: bool) -> int:
        return 0 if self._decided(batch, way, together=together)[0] else 403

    def _key(self, batch: list[Any], way: Way, *, together: bool) -> Any:
        same = [(told["names"][0], call.params) for call, told in batch]
        return repr((sorted(way.proved.items()), together, same))

    def _expected(self, batch: list[Any], way: Way, silent: set[int], *, together: bool) -> int:
        """0 when the call runs, or the fault."""
        allowed, confirmations = self._decided(batch, way, together=together)
        changes = any(batch[at][1]["effect"] != "read" for at in silent if at < len(batch))
        if not allowed or changes or (together and not way.proved):
            return 403
        if not confirmations:
            return 0
        if not way.proved:
            return 403
        key, now = self._key(batch, way, together=together), self.rehearsal.now
        waiting = self.waiting.get(key)
        if waiting is None or waiting.ends <= now:
            waiting = self.waiting[key] = Waiting("", now + WITHIN)
        if len(waiting.confirmed) < confirmations:
            return 428
        del self.waiting[key]
        return 0

    # -- the server's side --------------------------------------------------------------------------------------------

    def _make(
        self, batch: list[Any], way: Way, *, together: bool, silent: set[int] | None = None, code: int = 0
    ) -> int:
        """Make the call, and hold the server to the oracle; `code`: how a call ends that runs. The fault, or 0."""
        expected = self._expected(batch, way, silent or set(), together=together)
        fault, text = self._send(batch, way, together=together, silent=silent or set())
        names = [told["names"][0] for _, told in batch]
        assert (fault, self.ran) == ((code, names) if expected == 0 else (expected, [])), text
        if expected == 428:
            waiting = self.waiting[self._key(batch, way, together=together)]
            name = text.partition("rpc.confirm ")[2].partition(" ")[0]
            assert waiting.name in ("", name)
            waiting.name = name
        methods = list(dict.fromkeys(names))
        if expected:
            self.story.append(("refused", methods, expected))
        else:
            if any(told["effect"] == "destructive" for _, told in batch):
                self.story.append(("intent", methods, 0))
            self.story.append(("outcome", methods, code))
        return expected

    def _send(self, batch: list[Any], way: Way, *, together: bool, silent: set[int]) -> tuple[int, str]:
        self.ran.clear()
        if way.is_json:
            documents = [
                {"jsonrpc": "2.0", "method": call.method, "params": list(call.params)}
                | ({} if at in silent else {"id": at})
                for at, (call, _) in enumerate(batch)
            ]
            body = json.dumps(documents if together else documents[0]).encode()
        elif together:
            members = [{"methodName": call.method, "params": list(call.params)} for call, _ in batch]
            body = xmlrpc.client.dumps((members,), MULTICALL).encode()
        else:
            body = xmlrpc.client.dumps(batch[0][0].params, batch[0][0].method).encode()
        answer = self._exchange(body, way).partition(b"\r\n\r\n")[2]
        if way.is_json:
            answers = json.loads(answer)
            errors = [
                each["error"]
                for each in (answers if together and isinstance(answers, list) else [answers])
                if "error" in each
            ]
            return (errors[0]["code"], errors[0]["message"]) if errors else (0, "")
        try:
            xmlrpc.client.loads(answer)
        except xmlrpc.client.Fault as fault:
            return fault.faultCode, fault.faultString
        return 0, ""

    def _exchange(self, body: bytes, way: Way) -> bytes:
        """What the server answers to one request."""
        caller = way.who[0]
        stage = self.rehearsal._stage
        stage.clear()
        target, kind = ("/jsonrpc", "application/json") if way.is_json else ("/RPC2", "text/xml")
        head = (
            f"POST {target} HTTP/1.1\r\nHost: rehearsal\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        framer = HttpFramer(self.rehearsal._limits.http)
        framer.feed(head.encode() + body)
        request: Any = framer.next()
        connection: Any = PlayedConnection(way.protocol, (way.source, 4000), ("203.0.113.1", 5061), stage)
        connection.uid = caller.uid
        if way.protocol == "TLS":
            connection.tls = tls_session([each.certificate for each in caller.chain], verified=way.verified)
            connection.verified = way.verified
        self.rehearsal._receiver.receive_http(connection, request)
        return stage.sent[-1].data


# What fails is shown as it came: to make it smaller takes minutes.
SETTINGS = settings(max_examples=40, stateful_step_count=15, deadline=None, phases=(Phase.explicit, Phase.generate))


def test_server_does_what_the_oracle_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ser.cfg").write_text(SCRIPT)
    monkeypatch.setattr(Model, "folder", tmp_path, raising=False)
    run_state_machine_as_test(Model, settings=SETTINGS)
