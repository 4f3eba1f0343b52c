"""Parameters of module tls, with the names of every age; what each does is `sertwist.tls.settings`' business."""

from __future__ import annotations

from sertwist.script.declare import Kind, Parameter
from sertwist.tls.settings import NOT_YET

__all__ = ["PARAMETERS", "REFUSED"]


def _per_domain(name: str, help_text: str, *aliases: str) -> Parameter:
    return Parameter(
        name=name, aliases=aliases, accumulates=True, help=f"{help_text}; `<ip>:<port>=<value>` for one domain"
    )


_SUPPORTED = (
    _per_domain("method", "oldest TLS version: TLSv1.2+ (default), TLSv1.3", "tls_method"),
    _per_domain("verify_certificate", "ask for the peer's certificate and verify it", "verify_cert"),
    _per_domain("require_certificate", "refuse peers without a verified certificate", "require_cert"),
    _per_domain("verify_client", "off, optional_no_ca, optional or on, instead of the two above"),
    _per_domain("verify_depth", "intermediate certificates a peer's chain may have, 0 to 100, default 9"),
    _per_domain("certificate", "PEM file: the server's certificate, then its intermediates", "cert_file"),
    _per_domain("private_key", "PEM file: the key, unencrypted; default: the certificate's file", "pkey_file"),
    _per_domain("ca_list", "PEM file: CA certificates that peers are verified by, and their CRLs", "calist_file"),
    _per_domain("crl", "PEM file of CRLs, besides those in ca_list; may be given several times"),
    _per_domain("cipher_list", "OpenSSL's names of TLS 1.2 suites", "ciphers_list"),
    _per_domain("ciphersuites", "names of TLS 1.3 suites"),
)
_ALIASES_NOT_YET = {
    "private_key_password": ("pkey_password",),
    "certificate2": ("cert_file2",),
    "private_key2": ("pkey_file2",),
    "private_key_password2": ("pkey_password2",),
}
_UNAVAILABLE = tuple(
    Parameter(
        name=name,
        aliases=_ALIASES_NOT_YET.get(name, ()),
        accumulates=True,
        help="not available yet in this version"
        if name != "session_cache"
        else "resumption: 0; 1 is not available yet",
    )
    for name in NOT_YET
)


def _number(name: str, unit: str, help_text: str, *, minimum: int = 1, maximum: int = 2**31 - 1) -> Parameter:
    return Parameter(name=name, kind=Kind.NUMBER, minimum=minimum, maximum=maximum, unit=unit, help=help_text)


_BOUNDS = (
    _number("handshake_timeout", "seconds", "from accept to the end of the handshake, default 10"),
    _number("send_timeout", "seconds", "a peer that reads nothing of what waits for it, default 10"),
    _number("connection_timeout", "seconds", "a SIP connection without a message; -1 never, default 600", minimum=-1),
    _number("con_ct_wq_max", "bytes", "answer bytes that may wait for one connection", minimum=1024),
    Parameter(
        name="crl_check_interval",
        kind=Kind.NUMBER,
        default=10,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        help="between looks at the CA and CRL files; a changed one reaches live connections",
    ),
    Parameter(
        name="expiry_warning_days",
        kind=Kind.NUMBER,
        default=30,
        minimum=1,
        maximum=365,
        unit="days",
        help="before a certificate's end, from when on the log warns each day; of a CRL its last quarter at most",
    ),
)


def _ignored(why: str, *names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name=name, ignored=why, help=f"no effect: {why}") for name in names)


_IGNORED = (
    *_ignored("the log level is twistd's", "tls_log", "tls_debug"),
    *_ignored("the session id context is derived from the domain", "session_id"),
    *_ignored("compression is never on", "tls_disable_compression"),
    *_ignored("buffers are always released", "ssl_release_buffers"),
    *_ignored("close_notify is always sent and never waited for", "send_close_notify"),
    *_ignored("there are no shared memory pools", "low_mem_threshold1", "low_mem_threshold2", "ct_wq_blk_size"),
    *_ignored("the library decides", "ssl_freelist_max_len", "ssl_max_send_fragment", "ssl_read_ahead"),
    *_ignored("the bound of each connection is con_ct_wq_max", "ct_wq_max"),
    *_ignored("there is one process", "tls_force_run", "init_mode", "rand_engine", "key_password_mode"),
)
REFUSED = {
    "renegotiation": "renegotiation would let a peer change its identity",
    "engine": "OpenSSL 4 has no engines",
    "engine_config": "OpenSSL 4 has no engines",
    "engine_algorithms": "OpenSSL 4 has no engines",
    "keylog_mode": "keys are not logged",
    "keylog_file": "keys are not logged",
    "keylog_peer": "keys are not logged",
    "event_callback": "there is no KEMI interface",
    "xavp_cfg": "not available yet in this version",
}
_REFUSED = tuple(Parameter(name=n, accumulates=True, help=f"refused: {why}") for n, why in REFUSED.items())

PARAMETERS = (*_SUPPORTED, *_UNAVAILABLE, *_BOUNDS, *_IGNORED, *_REFUSED)
