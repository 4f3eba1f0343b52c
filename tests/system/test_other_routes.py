"""Blocks beside the main route in a running server: at the start, at a timer, for responses, before sending."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.next_hop import answer_to
from tests.system.running import options_request

if TYPE_CHECKING:
    from tests.system.conftest import StartServer

SCRIPT = """
loadmodule "sl"
loadmodule "textops"
listen = udp:127.0.0.1:0
flags SEEN:3;
route {
    append_to_reply("X-Hint: made here\\r\\n");
    if (uri =~ "missing") { sl_reply("404", "Not here"); exit; }
    $fU = "carol";
    $du = "sip:127.0.0.1:HOP";
    force_rport();
    forward();
}
onreply_route {
    if (status == 486) drop;
    append_hf("X-Seen: " + $rs + "\\r\\n");
}
onsend_route {
    if (to_port != HOP) drop;
}
event_route[core:worker-one-init] { log(1, "the script has started"); }
timer_route[tidy, 1] { log(1, "the timer ran"); }
"""


def test_other_routes_of_a_running_server(start_server: StartServer) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hop,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller,
    ):
        for each in (hop, caller):
            each.bind(("127.0.0.1", 0))
            each.settimeout(20)
        server = start_server(SCRIPT.replace("HOP", str(hop.getsockname()[1])))
        server.wait_for("the script has started")
        to = ("127.0.0.1", server.ports["udp"])
        caller.sendto(options_request("UDP"), to)
        request, back = hop.recvfrom(65_536)
        assert b"From: <sip:carol@localhost>;tag=1\r\n" in request
        hop.sendto(answer_to(request, "486 Busy Here"), back)
        hop.sendto(answer_to(request, "200 OK"), back)
        reply = caller.recv(65_536)
        assert reply.startswith(b"SIP/2.0 200 OK\r\n")
        assert b"\r\nX-Seen: 200\r\n" in reply
        caller.sendto(options_request("UDP").replace(b"OPTIONS sip:x@", b"OPTIONS sip:missing@"), to)
        refused = caller.recv(65_536)
        assert refused.startswith(b"SIP/2.0 404 Not here\r\n")
        assert b"\r\nX-Hint: made here\r\n" in refused
        server.wait_for("the timer ran")
