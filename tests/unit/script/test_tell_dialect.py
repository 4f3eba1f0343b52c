"""For which family of servers a script was written."""

from __future__ import annotations

import pytest

from sertwist.script.dialect import Dialect
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.script.tell_dialect import Told, tell_dialect


def _told(text: str) -> Told:
    script, _ = parse(Source.from_text("ser.cfg", text))
    return tell_dialect(script)


@pytest.mark.parametrize(
    ("text", "dialect", "certain", "reason"),
    [
        ("#!KAMAILIO\nroute { exit; }\n", Dialect.KAMAILIO, True, "#!KAMAILIO on line 1"),
        ("\n#!SER\nroute { exit; }\n", Dialect.SER2, True, "#!SER on line 2"),
        ("#!OPENSER\nroute { exit; }\n", Dialect.OPENSER, True, "#!OPENSER on line 1"),
        ("request_route { exit; }\n", Dialect.KAMAILIO, True, "'request_route' on line 1"),
        ("route {\n switch($rc) { case 1: exit; }\n}\n", Dialect.KAMAILIO, True, "'switch' on line 2"),
        ("route { if (@tls.peer.verified) { break; } }\n", Dialect.SER2, True, "a select (@...) on line 1"),
        ('route { $fu.x = "a"; }\n', Dialect.SER2, True, "$fu. (an attribute) on line 1"),
        ("avpflags a;\nroute { break; }\n", Dialect.SER2, True, "'avpflags' on line 1"),
        (
            'fifo = "/tmp/x"\nloadmodule "print"\nroute { if (len_gt(max_len)) { break; }; }\n',
            Dialect.SER09,
            True,
            "'fifo=' on line 1",
        ),
        ("route { rewriteFromRoute(); addRecordRoute(); }\n", Dialect.SER08, True, "rewriteFromRoute() on line 1"),
        ('route { avp_write("$ru", "$avp(s:x)"); exit; }\n', Dialect.OPENSER, True, "avp_write() on line 1"),
        ("route { exit; }\n", Dialect.OPENSER, False, "'exit' on line 1"),
        ("route { force_rport(); }\n", Dialect.KAMAILIO, False, "nothing in it tells"),
    ],
)
def test_dialect_is_told_from_what_is_written(text: str, dialect: Dialect, certain: bool, reason: str) -> None:
    told = _told(text)
    assert (told.dialect, told.certain, told.reason) == (dialect, certain, reason)
    assert not told.is_opensips


@pytest.mark.parametrize("text", ['loadmodule "proto_udp.so"\nroute { exit; }\n', "log_level = 3\nroute { exit; }\n"])
def test_a_script_of_opensips_is_recognised(text: str) -> None:
    assert _told(text).is_opensips


def test_a_mark_in_a_comment_or_a_string_tells_nothing() -> None:
    told = _told('# request_route\nroute { log("switch ($x) @ruri"); }\n')
    assert told.reason == "nothing in it tells"


def test_ties_are_not_certain() -> None:
    assert not _told('route { sl_send_reply("200", "OK"); }\n').certain
