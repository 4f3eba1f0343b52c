"""A server whose script asks a policy, against the oracle: nothing runs that it refuses, nothing it allows is refused.

Policies come and go, certificates stop being verified, calls come one by one and in multicalls, by any name.
"""

from __future__ import annotations

import xmlrpc.client
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sertwist.rehearsal.peer import tls_session
from sertwist.rehearsal.rehearsal import Origin, load_rehearsal
from sertwist.rpc.call import MULTICALL
from sertwist.rpc.policy import read_policy
from sertwist.rpc.registry import Registry
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
people = st.sampled_from([(caller, proved) for caller, proved in CALLERS if caller.certificate is not None])
sources = st.sampled_from(["192.0.2.9", "198.51.100.7", "2001:db8::1"])
later = st.integers(1, 24 * 60)
often = st.booleans() | st.just(True)
single = calls().filter(lambda each: each[1]["names"][0] != MULTICALL)


class Model(RuleBasedStateMachine):
    """One server; `folder` is set before it runs."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.rehearsal = load_rehearsal(self.folder / "ser.cfg", names={}, now=NOW)
        self.ran: list[str] = []
        registry = Registry()
        for each in METHODS:
            registry.add(replace(each, run=self._recorder(each.name)))
        self.registry = self.rehearsal._host.registry = registry
        self.policy: dict[str, Any] = {}

    def _recorder(self, name: str) -> Any:
        def run(_context: object, *_arguments: object) -> int:
            self.ran.append(name)
            return 1

        return run

    @initialize(raw=policies)
    def first(self, raw: dict[str, Any]) -> None:
        self.reload(raw)

    @rule(raw=policies)
    def reload(self, raw: dict[str, Any]) -> None:
        module: Any = self.rehearsal._loaded.named("xmlrpc")
        module.policy = read_policy(toml(raw), "p.toml", self.registry, USERS.get).policy
        assert module.policy is not None
        self.policy = raw

    @rule(call=single, who=people, source=sources, minutes=later, verified=often)
    def one(self, call: Any, who: Any, source: str, minutes: int, *, verified: bool) -> None:
        asked, told = call
        now = self._pass(minutes)
        fault = self._send(asked.method, asked.params, who[0], source, verified=verified)
        expected = self._expected(told, who[1] if verified else {}, source, now)
        assert (fault, self.ran) == ((0, [told["names"][0]]) if expected == 0 else (expected, []))

    @rule(batch=st.lists(single, min_size=1, max_size=4), who=people, source=sources, minutes=later, verified=often)
    def together(self, batch: list[Any], who: Any, source: str, minutes: int, *, verified: bool) -> None:
        now = self._pass(minutes)
        members = [{"methodName": call.method, "params": list(call.params)} for call, _ in batch]
        fault = self._send(MULTICALL, (members,), who[0], source, verified=verified)
        proved = who[1] if verified else {}
        around = {"names": [MULTICALL], "effect": "read", "params": {"calls": None}}
        free = {**self.policy, "allow": [{"methods": ["*"]}], "confirm": []}
        expected = max(
            self._expected(around, proved, source, now, free) if proved else 403,
            *(self._expected(told, proved, source, now) for _, told in batch),
            key=[0, 428, 403].index,
        )
        assert (fault, self.ran) == ((0, [told["names"][0] for _, told in batch]) if expected == 0 else (expected, []))

    def _pass(self, minutes: int) -> float:
        """Time passes, never backwards; now it is so late."""
        self.rehearsal.now += 60 * minutes + 0.5
        return self.rehearsal.now

    def _expected(self, told: Any, proved: Any, source: str, now: float, raw: Any = None) -> int:
        """0 when the call runs, or the fault."""
        about = {**told, "now": now, "source": source, "protocol": "TLS"}
        allowed, confirmations, _ = oracle.decide(raw or self.policy, proved, about)
        return 403 if not allowed else 428 if confirmations else 0

    def _send(self, name: str, params: Any, caller: Any, source: str, *, verified: bool) -> int:
        self.ran.clear()
        session = tls_session([each.certificate for each in caller.chain], verified=verified)
        happening = self.rehearsal.call(name, params, Origin((source, 4000), "TLS", None, session))
        try:
            xmlrpc.client.loads(happening.sent[-1].data.partition(b"\r\n\r\n")[2])
        except xmlrpc.client.Fault as fault:
            return fault.faultCode
        return 0


# What fails is shown as it came: to make it smaller takes minutes.
SETTINGS = settings(max_examples=30, stateful_step_count=15, deadline=None, phases=(Phase.explicit, Phase.generate))


def test_server_does_what_the_oracle_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ser.cfg").write_text(SCRIPT)
    monkeypatch.setattr(Model, "folder", tmp_path, raising=False)
    run_state_machine_as_test(Model, settings=SETTINGS)
