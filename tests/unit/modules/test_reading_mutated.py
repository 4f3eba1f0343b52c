"""No message makes a select or a variable fail: all of them are read from messages that were changed at random."""

from __future__ import annotations

import random

from tests.script_run import ScriptRun
from tests.unit.modules.test_core_selects import TABLE as SELECTS
from tests.unit.modules.test_core_variables import MESSAGE
from tests.unit.modules.test_core_variables import TABLE as VARIABLES

PIECES = [
    *(b'"', b"<", b">", b";", b",", b"=", b"\xff", b"%", b"@", b":", b"[", b"]", b"\\", b" ", b"\t", b"*", b""),
    *(b"sip:", b"tel:1", b"\xc3\xa9", b"0", b"99999999999999999999"),
]
READ = "".join(f'log(4, "" + {each});' for each in (*SELECTS, *VARIABLES))
WRITE = """
    $fU = $hdr(X-Odd); $fn = $hdr(Supported); $tu = @contact.uri; $rU = $fn; $du = $hdr(Refer-To); prefix(@rpid.name);
    rewriteuser($hdr(Event)); sethp(@via[2].host); append_branch(@refer_to.uri, "0.5"); forward("192.0.2.77");
"""
MESSAGES = 100


def _changed(source: random.Random) -> bytes:
    message = bytearray(MESSAGE)
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(message))
        message[at : at + source.choice((0, 0, 1, 2, 8))] = source.choice(PIECES)
    return bytes(message)


def test_nothing_fails_whatever_a_message_holds() -> None:
    run = ScriptRun(f"route {{ {READ} {WRITE} }} onreply_route {{ {READ} }}")
    run.environment.debug = 9
    source = random.Random(7)
    sent = []
    for _ in range(MESSAGES):
        sent += run.send(_changed(source)).forwards
        assert "internal_errors" not in run.environment.counters
    for each in sent:
        run.respond(each)
    assert "internal_errors" not in run.environment.counters
    assert len(sent) > MESSAGES / 10
