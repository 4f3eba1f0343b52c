"""What selects and variables see of an HTTP request, which has no SIP headers (reference language 10.6)."""

from __future__ import annotations

import contextlib

from sertwist.limits import Limits
from sertwist.modules.management.context import ManagementContext
from sertwist.rpc.caller import Caller
from sertwist.rpc.http_framer import HttpFramer
from sertwist.rpc.http_request import HttpRequest
from sertwist.rpc.registry import Registry
from sertwist.rpc.xmlrpc_codec import XmlRpcCodec
from tests.script_run import ScriptRun

POST = (
    b"POST /RPC2 HTTP/1.1\r\nHost: a.example:5061\r\nUser-Agent: serctl\r\nContent-Type: text/xml\r\n"
    b"X-Two: 1\r\nX-Two: 2\r\nContent-Length: 4\r\n\r\n<a/>"
)
EXPECTED = {
    "@method": "POST",
    "@ruri": "/RPC2",
    "@ruri.host": "~",
    "@msg.header.host": "a.example:5061",
    "@msg.header.x_two": "1, 2",
    "@msg.body": "<a/>",
    "@msg.first_line": "POST /RPC2 HTTP/1.1",
    "@version": "HTTP/1.1",
    "@content_type": "text/xml",
    "@from.uri": "~",
    "@to.tag": "~",
    "@via.host": "~",
    "@cseq.num": "~",
    "@status": "~",
    "@contact.uri": "~",
    "$ua": "serctl",
    "$hdr(Host)": "a.example:5061",
    "$rm": "POST",
    "$ru": "/RPC2",
    "$rU": "~",
    "$fu": "~",
    "$rb": "<a/>",
    "$si": "192.0.2.9",
    "$pr": "tls",
    "$mt": "1",
}


def test_http_request_is_read_like_a_message() -> None:
    log = "".join(f'if (defined {each}) log(-1, "" + {each}); else log(-1, "~");' for each in EXPECTED)
    run = ScriptRun(f'route {{ {log} $fU = "x"; $rU = "x"; setdsturi("sip:a@b"); forward(); drop; }}')
    framer = HttpFramer(Limits().http)
    framer.feed(POST)
    request = framer.next()
    assert isinstance(request, HttpRequest)
    caller = Caller(source=("192.0.2.9", 4000), protocol="TLS")
    codec = XmlRpcCodec(Registry(), Limits().xmlrpc)
    context = ManagementContext(run.environment, request, codec, caller, ("192.0.2.1", 5061))
    rest = run.program.run(context)
    with contextlib.suppress(StopIteration):
        rest.send(None)
    lines = [text.removeprefix("script: ") for level, text in run.outcome.lines if level == "error"]
    assert dict(zip(EXPECTED, lines, strict=True)) == EXPECTED
    assert run.outcome.sent == []
