"""What listen lines and settings say about how this server is called from outside."""

from __future__ import annotations

import pytest

from sertwist.modules.loader import load_modules
from sertwist.script.diagnostic import Diagnostics
from sertwist.script.dialect import Dialect
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.addresses import advertised_addresses, listen_addresses
from sertwist.server.configuration import make_environment
from tests.script_run import ScriptRun


def _told(text: str) -> dict[tuple[str, tuple[str, int]], tuple[str, int]]:
    script, _ = parse(Source.from_text("ser.cfg", text + " route { drop; }"))
    core = load_modules(script, Diagnostics()).modules[0].settings
    asked = listen_addresses(script, core, tls_loaded=False, diagnostics=Diagnostics())
    return advertised_addresses([(each, (each.host, each.port)) for each in asked], core)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("listen=udp:192.0.2.1:5060", {}),
        (
            "listen=udp:192.0.2.1:5060 advertise sip.example.net:5080",
            {("UDP", ("192.0.2.1", 5060)): ("sip.example.net", 5080)},
        ),
        ("listen=udp:192.0.2.1:5060 advertise 198.51.100.1", {("UDP", ("192.0.2.1", 5060)): ("198.51.100.1", 5060)}),
        (
            'advertised_address="sip.example.net" advertised_port=5090\nlisten=udp:[2001:db8::1]:5060',
            {("UDP", ("2001:db8::1", 5060)): ("sip.example.net", 5090)},
        ),
        (
            "advertised_port=5090\nlisten=udp:[2001:db8::1]:5060",
            {("UDP", ("2001:db8::1", 5060)): ("[2001:db8::1]", 5090)},
        ),
    ],
)
def test_others_are_told_what_is_advertised(text: str, expected: dict[object, object]) -> None:
    assert _told(text) == expected


def test_advertised_name_is_ours_and_stands_in_our_via() -> None:
    run = ScriptRun('route { if (is_myself("sip:x@sip.example.net:5080")) forward("gw.example.com"); }')
    run.environment.advertise({("UDP", ("192.0.2.1", 5060)): ("sip.example.net", 5080)})
    (sent,) = run.send().forwards
    assert sent.message.values("via")[0].startswith(b"SIP/2.0/UDP sip.example.net:5080;")


@pytest.mark.parametrize(
    "setting", ['advertised_address="no host"', 'udp_mtu_try_proto="sctp"', "udp_mtu=70000", "advertised_port=70000"]
)
def test_setting_that_can_not_be_is_an_error(setting: str) -> None:
    with pytest.raises(AssertionError, match="error"):
        ScriptRun(f"{setting}\nroute {{ drop; }}")


def test_settings_reach_the_environment() -> None:
    text = "udp_mtu=1300 udp_mtu_try_proto=TCP server_id=7 route { drop; }"
    script, _ = parse(Source.from_text("ser.cfg", text))
    core = load_modules(script, Diagnostics()).modules[0].settings
    environment = make_environment(core, Dialect.SER2, lambda: 0.0, b"k" * 32)
    assert (environment.udp_mtu, environment.large_by, environment.server_id) == (1_300, "TCP", 7)
