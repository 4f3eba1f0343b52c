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
_RESOLVER = "the resolver follows RFC 3263 and /etc/resolv.conf"
_KERNEL = "the kernel's own setting is kept"
_TWISTD = "twistd's own options decide this"
_FIFO = "there is no control FIFO; management is XML-RPC over TLS (serctl)"
_TLS = "the parameters of module tls decide this"


def _number(name: str, default: int, minimum: int, maximum: int, unit: str, text: str) -> Parameter:
    return Parameter(
        name=name, kind=Kind.NUMBER, default=default, minimum=minimum, maximum=maximum, unit=unit, help=text
    )


def _switch(name: str, text: str, *aliases: str, default: bool = False) -> Parameter:
    return Parameter(name=name, kind=Kind.BOOLEAN, default=default, aliases=aliases, help=text)


def _ignored(why: str, *names: str, default: int | None = None, quiet: bool = False) -> list[Parameter]:
    """Settings that do nothing; `default` is what happens here anyway, `quiet` those that nobody reads."""
    kind = Kind.TEXT if default is None else Kind.NUMBER
    return [Parameter(name=name, kind=kind, default=default, ignored=why, quiet=quiet) for name in names]


_MEMORY: Final = (
    "memlog",
    "memdbg",
    "mem_summary",
    "mem_join",
    "mem_safety",
    "mem_add_size",
    "mem_status_mode",
    "mlock_pages",
    "shm_mem_size",
    "shm_force_alloc",
    "real_time",
    "rt_prio",
    "rt_policy",
    "rt_timer1_prio",
    "rt_timer1_policy",
    "rt_timer2_prio",
    "rt_timer2_policy",
    "rt_ftimer_prio",
    "rt_ftimer_policy",
    "rt_stimer_prio",
    "rt_stimer_policy",
    "mem_warming",
    "mem_warming_percentage",
    "mem_warming_pattern_file",
    "shm_hash_split_percentage",
    "shm_secondary_hash_size",
    "rpm_mem_file",
    "rpm_mem_size",
)

_DNS: Final = (
    "dns_try_ipv6",
    "dns_try_naptr",
    "dns_srv_lb",
    "dns_srv_loadbalancing",
    "use_dns_cache",
    "use_dns_failover",
    "dns_retr_time",
    "dns_retr_no",
    "dns_servers_no",
    "dns_use_search_list",
    "dns_search_full_match",
    "dns_udp_pref",
    "dns_tcp_pref",
    "dns_tls_pref",
    "dns_sctp_pref",
    "dns_reinit",
    "dns_sockaddr_mode",
    "dns_naptr_ignore_rfc",
    "dns_cache_init",
    "dns_cache_flags",
    "dns_cache_mem",
    "dns_cache_max_ttl",
    "dns_cache_min_ttl",
    "dns_cache_negative_ttl",
    "dns_cache_del_nonexp",
    "dns_cache_delete_nonexpired",
    "dns_cache_rec_pref",
    "dns_cache_gc_interval",
)

_DESTINATION_LIST: Final = (
    "use_dst_blacklist",
    "use_dst_blocklist",
    "disable_dns_blacklist",
    "disable_dns_failover",
    "dst_blacklist",
    "dst_blacklist_init",
    "dst_blacklist_expire",
    "dst_blacklist_mem",
    "dst_blacklist_gc_interval",
    "dst_blacklist_udp_imask",
    "dst_blacklist_tcp_imask",
    "dst_blacklist_tls_imask",
    "dst_blocklist_init",
    "dst_blocklist_expire",
    "dst_blocklist_mem",
    "dst_blocklist_gc_interval",
)

_TCP_OPTIONS: Final = (
    "tcp_keepalive",
    "tcp_keepidle",
    "tcp_keepintvl",
    "tcp_keepcnt",
    "tcp_linger2",
    "tcp_defer_accept",
    "tcp_delayed_ack",
    "tcp_syncnt",
    "tcp_fd_cache",
    "tcp_wq_blk_size",
    "tcp_poll_method",
    "tcp_source_ipv4",
    "tcp_source_ipv6",
    "tcp_listen_backlog",
    "tcp_reuse_port",
    "tcp_accept_unique",
    "tcp_accept_hep3",
    "tcp_accept_haproxy",
    "tcp_connection_match",
    "tcp_check_timer",
    "tcp_main_threads",
    "tcp_wait_data",
    "tcp_script_mode",
    "tcp_clone_rcvbuf",
    "tcp_close_rst",
    "tcp_cloexec",
    "ip_free_bind",
    "auto_bind_ipv6",
    "bind_ipv6_link_local",
    "ipv6_hex_style",
    "poll_method",
)

_SCTP: Final = (
    "sctp_socket_rcvbuf",
    "sctp_socket_sndbuf",
    "sctp_autoclose",
    "sctp_send_ttl",
    "sctp_send_retries",
    "sctp_assoc_tracking",
    "sctp_assoc_reuse",
    "sctp_max_assocs",
)

_CORE_TLS: Final = (
    "tls_method",
    "tls_verify",
    "tls_require_certificate",
    "tls_certificate",
    "tls_private_key",
    "tls_ca_list",
    "tls_handshake_timeout",
    "tls_send_timeout",
    "tls_threads_mode",
    "tls_init_mode",
    "tls_server_domain",
    "tls_client_domain",
    "tls_verify_client",
    "tls_verify_server",
    "tls_require_client_certificate",
    "tls_client_domain_avp",
    "tls_dh_params",
    "tls_ec_curve",
    "tlslog",
    "tls_log",
    "tls_ciphers_list",
)

_VARIABLES: Final = (
    "pv_buffer_size",
    "pv_buffer_slots",
    "pv_cache_limit",
    "pv_cache_action",
    "avp_aliases",
    "avp_db_url",
    "xavp_via_reply_params",
)

_LATENCY: Final = (
    "latency_cfg_log",
    "latency_log",
    "latency_limit_db",
    "latency_limit_action",
    "latency_limit_cfg",
    "latency_limit_msg",
    "statistics",
    "stats_name_separator",
    "corelog",
    "log_engine_type",
    "log_engine_data",
    "log_callid",
)

_OTHERS: Final = (
    "verbose_startup",
    "version_table",
    "msg_time",
    "fork_delay",
    "modinit_delay",
    "kill_timeout",
    "ser_kill_timeout",
    "exit_timeout_mode",
    "sql_buffer_size",
    "uri_host_extra_chars",
    "hdr_name_extra_chars",
    "timer_relaxed",
    "rpc_exec_delta",
    "wait_worker1_mode",
    "wait_worker1_time",
    "wait_worker1_usleep",
    "enable_asserts",
    "abort_on_assert",
    "async_nonblock",
    "async_usleep",
    "local_rport",
    "cfgtrace",
    "msg_recv_max_size",
    "onsend_route_callback",
    "stdout",
    "db_default_url",
    "db_version_table",
    "db_max_async_connections",
    "max_loops",
    "tcp_parallel_handling",
    "xlog_level",
    "xlog_buf_size",
    "xlog_force_color",
    "xlog_print_level",
    "server_signature_mode",
    "evlist",
    "sip_parser_log_oneline",
    "sip_parser_log",
    "sip_parser_mode",
    "return_mode",
    "async_tkv_evcb",
    "async_tkv_gname",
    "query_buffer_size",
    "query_flush_time",
    "disable_503_translation",
    "disable_stateless_fwd",
    "exec_dns_threshold",
    "exec_msg_threshold",
    "event_pkg_threshold",
    "event_shm_threshold",
    "tcp_threshold",
    "tcp_no_new_conn_bflag",
    "tcp_no_new_conn_rplflag",
    "restart_persistency_cache_file",
    "restart_persistency_size",
    "log_event_enabled",
    "log_json_buf_size",
    "log_msg_buf_size",
    "log_cee_hostname",
    "db_max_consec_retrys",
)

#: Of OpenSIPS: processes and memory.
_PROCESSES: Final = (
    "timer_workers",
    "auto_scaling_cycle",
    "auto_scaling_profile",
    "udp_auto_scaling_profile",
    "tcp_auto_scaling_profile",
    "timer_auto_scaling_profile",
    "tcp_async_max_postponed_chunks",
    "tcp_max_postponed_chunks",
)

SETTINGS: Final = (
    Parameter(
        name="debug",
        kind=Kind.NUMBER,
        default=2,
        minimum=-5,
        maximum=9,
        most=4,
        live=True,
        unit="level",
        help="Log threshold: messages of this level and below are written.",
    ),
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
    _number("udp_mtu", 0, 0, 65_535, "bytes", "Longer requests go by udp_mtu_try_proto instead of UDP; 0: none do."),
    Parameter(name="udp_mtu_try_proto", default="", help="Protocol of longer requests: tcp or tls."),
    Parameter(
        name="advertised_address", default="", help="Host in our Via instead of the socket's; listen lines may say it."
    ),
    _number("advertised_port", 0, 0, 65_535, "port", "Port in our Via instead of the socket's; 0: the socket's."),
    _number("server_id", 0, 0, 2**31 - 1, "", "Number of this server: `@sys.server_id`."),
    Parameter(name="xavp_via_params", default="", help="The `$xavp` that `via_add_xavp_params()` (corex) writes."),
    Parameter(name="xavp_via_fields", default="", help="The `$xavp` that `via_use_xavp_fields()` (corex) writes."),
    _number("max_while_loops", 100, 1, 1_000_000, "rounds", "A `while` that takes more is an error."),
    Parameter(
        name="metrics_listen",
        default="",
        help="Address and port (127.0.0.1:9091) for `/metrics`, `/healthz`, `/readyz` over plain HTTP; empty: none.",
    ),
    _number("exit_timeout", 5, 0, 3_600, "seconds", "At shutdown, what is being answered gets this long."),
    *_ignored("no connection is ever used for two TLS domains", "tls_connection_match_domain"),
    *_ignored(_ONE_PROCESS, "children", "tcp_children", "sctp_children", "async_workers", "socket_workers"),
    *_ignored(_ONE_PROCESS, "async_workers_group", "udp_receiver_mode", *_PROCESSES),
    *_ignored(_TWISTD, "fork", "log_stderror", "log_facility", "log_name", "log_color", "log_prefix_mode"),
    *_ignored(
        _TWISTD, "user", "group", "uid", "gid", "workdir", "wdir", "chroot", "rundir", "pidfile", "disable_core_dump"
    ),
    *_ignored(_NO_SHARED_MEMORY, *_MEMORY, quiet=True),
    *_ignored("a module is found by its name, wherever it is", "mpath", "loadpath", quiet=True),
    *_ignored(_NO_BLOCKING_DNS, "dns", "rev_dns", "auto_aliases", "auto_domains", default=0),
    *_ignored(_RESOLVER, *_DNS),
    *_ignored("destinations are tried again when the script says so", *_DESTINATION_LIST, default=0),
    *_ignored("`;alias` counts for verified peers over TLS only (RFC 5923)", "tcp_accept_aliases"),
    *_ignored("replies are matched by their top Via", "check_via", default=0),
    *_ignored("it would tell peers about the inside of the server", "sip_warning", default=0),
    *_ignored("HTTP requests have their own framing", "tcp_accept_no_cl"),
    *_ignored(_FIFO, "fifo", "fifo_mode", "fifo_user", "fifo_group", "fifo_dir", "fifo_db_url"),
    *_ignored(
        _FIFO, "unixsock", "unixsock_name", "unixsock_mode", "unixsock_user", "unixsock_group", "unixsock_children"
    ),
    *_ignored(_FIFO, "unix_sock", "unix_sock_children", "unix_tx_timeout"),
    *_ignored("STUN is not provided", "stun_refresh_interval", "stun_allow_stun", "stun_allow_fp"),
    *_ignored("Max-Forwards ends loops (module maxfwd)", "loop_checks"),
    *_ignored("branch parameters are always made from the message", "syn_branch", default=1),
    *_ignored("replies go where RFC 3261 and RFC 3581 say", "reply_to_via", default=0),
    *_ignored("the routing table chooses among the sockets of a protocol", "mhomed", default=1),
    *_ignored("writes never block", "tcp_async", "tcp_buf_write", default=1),
    *_ignored(_KERNEL, *_TCP_OPTIONS),
    *_ignored(
        _KERNEL, "maxbuffer", "maxsndbuffer", "tos", "pmtu_discovery", "udp4_raw", "udp4_raw_mtu", "udp4_raw_ttl"
    ),
    *_ignored("there is no multicast", "mcast", "mcast_loopback", "mcast_ttl"),
    *_ignored("CRLF is always answered with CRLF (RFC 5626)", "tcp_crlf_ping", default=1),
    *_ignored("a connection is opened when a message needs one", "tcp_no_connect", default=0),
    *_ignored("SCTP is not provided", "enable_sctp", "disable_sctp", *_SCTP),
    *_ignored(_TLS, *_CORE_TLS),
    *_ignored("user=phone changes nothing in a comparison", "phone2tel"),
    *_ignored("variables live with their message", *_VARIABLES),
    *_ignored("the decision trace and the metrics tell it", *_LATENCY),
    *_ignored("it is only for requests here", "onsend_route_reply", "route_locks_size", "http_reply_parse", default=0),
    *_ignored("this bound is fixed", "max_recursive_level", "max_branches"),
    *_ignored("no requests are made here", "user_agent_header"),
    *_ignored("log lines say themselves what they are about", "log_prefix"),
    *_ignored("it is set where the server is started (ulimit -n, LimitNOFILE)", "open_files_limit"),
    *_ignored("event_route[core:msg-received] runs whenever a script has it", "received_route_mode", default=1),
    *_ignored("nothing here depends on it", *_OTHERS),
    Parameter(name="cfgengine", refused="scripts in other languages are not supported"),
)
