"""Global settings (`name = value` at top level), as declarations (reference language 2.2).

Those that mean nothing here say why and are accepted, so that old scripts load; a name that is not in this table is an
error.
"""

from __future__ import annotations

from typing import Final

from sertwist.script.declare import Kind, Parameter

__all__ = ["SETTINGS"]

_ONE_PROCESS = "one process serves all sockets"
_NO_SHARED_MEMORY = "there is no shared memory to set up"
_NO_BLOCKING_DNS = "names are never resolved while a message is routed"
_TWISTD = "twistd's own options decide this"


def _number(name: str, default: int, minimum: int, maximum: int, unit: str, text: str) -> Parameter:
    return Parameter(
        name=name, kind=Kind.NUMBER, default=default, minimum=minimum, maximum=maximum, unit=unit, help=text
    )


def _switch(name: str, text: str, *aliases: str, default: bool = False) -> Parameter:
    return Parameter(name=name, kind=Kind.BOOLEAN, default=default, aliases=aliases, help=text)


def _ignored(why: str, *names: str) -> list[Parameter]:
    return [Parameter(name=name, kind=Kind.TEXT, ignored=why) for name in names]


SETTINGS: Final = (
    _number("debug", 2, -5, 9, "level", "Log threshold: messages of this level and below are written."),
    _number("port", 5060, 1, 65_535, "port", "Default port of listen lines without one."),
    _number("tls_port_no", 5061, 1, 65_535, "port", "Default port of tls listen lines without one."),
    Parameter(name="alias", accumulates=True, aliases=("domain",), help="Further names of this server, host[:port]."),
    _switch("disable_tcp", "No TCP listeners."),
    _switch("disable_tls", "No TLS listeners.", "tls_disable"),
    _switch("enable_tls", "Accepted: a tls listen line is what turns TLS on.", "tls_enable"),
    _switch("force_rport", "Answer every request to the port it came from (RFC 3581)."),
    Parameter(name="server_header", help="Whole Server header line of replies made here."),
    _switch("server_signature", "Whether replies made here carry a Server header.", default=True),
    _number("tcp_max_connections", 4_096, 1, 1_000_000, "connections", "Stream connections in all."),
    Parameter(
        name="tls_max_connections",
        kind=Kind.NUMBER,
        minimum=1,
        maximum=1_000_000,
        unit="connections",
        help="Of them over TLS; default: all.",
    ),
    _number("tcp_accept_iplimit", 2_048, 1, 1_000_000, "connections", "Stream connections of one source address."),
    _number("tcp_connection_lifetime", 600, 1, 604_800, "seconds", "Idle SIP connections are closed after this."),
    _number("tcp_connect_timeout", 5, 1, 3_600, "seconds", "Until a next hop has accepted the connection."),
    _number(
        "tcp_conn_wq_max", 262_144, 1_024, 2**31 - 1, "bytes", "What may wait for one next hop that takes nothing."
    ),
    _number("tcp_wq_max", 10_485_760, 1_024, 2**31 - 1, "bytes", "What may wait for all of them."),
    _number("tcp_send_timeout", 10, 1, 3_600, "seconds", "A peer that takes nothing for so long is cut off."),
    _number("tcp_msg_read_timeout", 10, 1, 3_600, "seconds", "A message's head must be whole after this."),
    _number("tcp_msg_data_timeout", 30, 1, 3_600, "seconds", "A message's body must be whole after this."),
    _number("tcp_rd_buf_size", 65_535, 1_024, 1_048_576, "bytes", "Longest SIP message over TCP and TLS."),
    _number("exit_timeout", 5, 0, 3_600, "seconds", "At shutdown, what is being answered gets this long."),
    *_ignored("no connection is ever used for two TLS domains", "tls_connection_match_domain"),
    *_ignored(_ONE_PROCESS, "children", "tcp_children", "async_workers"),
    *_ignored(_TWISTD, "fork", "log_stderror", "log_facility", "log_name", "user", "group", "workdir", "chroot"),
    *_ignored(_NO_SHARED_MEMORY, "memlog", "memdbg", "mem_join", "mem_safety", "shm_mem_size", "shm_force_alloc"),
    *_ignored(_NO_BLOCKING_DNS, "dns", "rev_dns", "auto_aliases"),
    *_ignored("`;alias` counts for verified peers over TLS only (RFC 5923)", "tcp_accept_aliases"),
    *_ignored("replies are matched by their top Via", "check_via"),
    *_ignored("it would tell peers about the inside of the server", "sip_warning"),
    *_ignored("HTTP requests have their own framing", "tcp_accept_no_cl"),
    *_ignored("there is no control FIFO; management is XML-RPC over TLS (serctl)", "fifo", "fifo_mode", "unixsock"),
)
