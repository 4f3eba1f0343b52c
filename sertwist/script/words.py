"""Words of the language; those that this version knows but does not have yet, so that it can say so (1.10)."""

from __future__ import annotations

from typing import Final

__all__ = ["LATER_ACTIONS", "LATER_OPERANDS", "METHODS", "PROTOCOLS", "ROUTE_WORDS"]

#: Transport protocols as `proto` holds them.
PROTOCOLS: Final = frozenset({"UDP", "TCP", "TLS", "SCTP", "WS", "WSS"})

#: Methods that requests are known to come with: SIP's (IANA registry) and those of HTTP that carry calls.
METHODS: Final = frozenset(
    [
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
        "DELETE",
        "GET",
        "HEAD",
        "PATCH",
        "POST",
        "PUT",
    ]
)

#: Words that open a route block (reference language 4.1).
ROUTE_WORDS: Final = frozenset(
    [
        "route",
        "request_route",
        "failure_route",
        "branch_route",
        "onsend_route",
        "onreply_route",
        "reply_route",
        "event_route",
        "error_route",
        "local_route",
        "startup_route",
        "timer_route",
    ]
)

LATER_OPERANDS: Final = frozenset(
    [
        "uri",
        "status",
        "from_uri",
        "to_uri",
        "dst_ip",
        "dst_port",
        "snd_ip",
        "snd_port",
        "snd_proto",
        "to_proto",
        "snd_af",
        "to_af",
        "to_ip",
        "to_port",
        "retcode",
        "msg:len",
        "af",
        "src_ip",
        "src_port",
    ]
)

LATER_ACTIONS: Final = frozenset(
    [
        "log",
        "setflag",
        "resetflag",
        "isflagset",
        "setbflag",
        "resetbflag",
        "isbflagset",
        "setsflag",
        "resetsflag",
        "issflagset",
        "setavpflag",
        "resetavpflag",
        "isavpflagset",
        "forward_sctp",
        "send",
        "send_tcp",
        "append_branch",
        "remove_branch",
        "clear_branches",
        "rewritehostport",
        "sethostport",
        "sethp",
        "rewritehostporttrans",
        "sethostporttrans",
        "sethpt",
        "rewriteuri",
        "seturi",
        "rewritehost",
        "sethost",
        "seth",
        "rewriteport",
        "setport",
        "setp",
        "rewriteuser",
        "setuser",
        "setu",
        "rewriteuserpass",
        "setuserpass",
        "setup",
        "prefix",
        "strip",
        "strip_tail",
        "revert_uri",
        "userphone",
        "force_rport",
        "add_rport",
        "add_local_rport",
        "force_send_socket",
        "set_advertised_address",
        "set_advertised_port",
        "force_tcp_alias",
        "add_tcp_alias",
        "set_reply_no_connect",
        "set_forward_no_connect",
        "set_reply_close",
        "set_forward_close",
        "udp_mtu_try_proto",
        "len_gt",
        "error",
        "exec",
        "cfg_select",
        "cfg_reset",
        "selval",
    ]
)
