"""`@hf_value` and its kin (reference language 7.4)."""

from __future__ import annotations

import pytest

from tests.script_run import make_request
from tests.unit.modules.asking import load

ROUTED = make_request(
    "INVITE",
    "sip:bob@example.com",
    "Route: <sip:a@p1.example.com;lr>;ftag=1, <sip:p2.example.com;lr>",
    "Route: <sip:p3.example.com;lr>;x;y=2",
    "Supported: 100rel, Path",
    "Session-Expires: 1800;refresher=uac",
    'Authorization: Digest username="a", realm="r, s", nonce=n1',
)
P1, P2, P3 = "<sip:a@p1.example.com;lr>;ftag=1", "<sip:p2.example.com;lr>", "<sip:p3.example.com;lr>;x;y=2"


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        ("@hf_value.supported", "100rel"),
        ("@hf_value.supported[2]", "Path"),
        ("@hf_value.supported[-1]", "Path"),
        ("@hf_value.supported[3]", None),
        ('@hf_value["Supported"]', "100rel"),
        ("@hf_value.route[3]", P3),
        ("@hf_value.route.uri", "sip:a@p1.example.com;lr"),
        ("@hf_value.route[1].uri.host", "p1.example.com"),
        ("@hf_value.route[0].params.ftag", "1"),
        ("@hf_value.route[3].params.y", "2"),
        ('@hf_value.route[3].param["y"]', "2"),
        ("@hf_value.route[3].p.y", "2"),
        ("@hf_value.route[3].y", "2"),
        ("@hf_value.route[3].x", ""),
        ("@hf_value.route[2].y", None),
        ("@hf_value.session_expires", "1800;refresher=uac"),
        ("@hf_value.session_expires.uri", "1800"),
        ("@hf_value.session_expires.refresher", "uac"),
        ("@hf_value.max_forwards", "70"),
        ("@hf_value.from.name", "Alice"),
        ("@hf_value.expires", None),
        ("@hf_value2.authorization.realm", "r, s"),
        ("@hf_value2.authorization.params.username", "a"),
        ("@hf_value.route[3].params", "x;y=2"),
        ("@hf_value2.authorization.nonce", "n1"),
        ("@hf_value2.authorization.qop", None),
        ("@hf_value_exists.supported.path", "1"),
        ("@hf_value_exists.supported.gruu", "0"),
        ('@hf_value_exists["Supported"]["100rel"]', "1"),
        ("@hf_value_exists.require.path", "0"),
    ],
)
@pytest.mark.parametrize("module", ["textops", "textopsx"])
def test_values_are_read(module: str, expression: str, seen: str | None) -> None:
    calls = f'if (defined {expression}) {{ $var(x) = {expression}; sl_reply("200", "$var(x)"); exit; }} drop;'
    outcome = load(calls, module, "pv").send(ROUTED)
    assert (outcome.reason if outcome.status == 200 else None) == seen
