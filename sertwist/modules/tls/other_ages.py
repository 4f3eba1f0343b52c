"""Parameters of SER and its descendants that nothing here is behind: what each asks for, and what happens instead.

A value that asks for what happens anyway is accepted without a word; another one with a warning, or refused where to go
on without it would be a surprise (reference tls 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sertwist.tls.loading.problem import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["OTHER_AGES", "OtherAge", "check_other_ages"]

_ON = frozenset({"1", "yes", "true", "on", "enable", "enabled"})
_OFF = frozenset({"0", "no", "false", "off", "disable", "disabled"})
_ENGINES = "this library has no engines; keys are PEM files"


@dataclass(frozen=True, slots=True)
class OtherAge:
    """One such parameter.

    Attributes:
        name: as scripts write it.
        why: what happens instead.
        severity: of a value that asks for something else.
        harmless: values that ask for what happens anyway; None: all do.
    """

    name: str
    why: str
    severity: Severity = "warning"
    harmless: frozenset[str] | None = frozenset()

    @property
    def help(self) -> str:
        """A line for the reference."""
        if self.harmless is None:
            return f"accepted: {self.why}"
        return f"{'refused' if self.severity == 'error' else 'no effect'}: {self.why}"


OTHER_AGES = (
    OtherAge("tls_log", "the log level is twistd's", harmless=None),
    OtherAge("tls_debug", "the log level is twistd's", harmless=None),
    OtherAge("send_close_notify", "close_notify is always sent and never waited for", harmless=None),
    OtherAge("ssl_release_buffers", "buffers are always released", harmless=_ON),
    OtherAge("tls_disable_compression", "compression is never on", harmless=_ON),
    OtherAge("session_id", "the session id context is derived from the domain"),
    OtherAge("ct_wq_blk_size", "there are no shared memory pools"),
    OtherAge("low_mem_threshold1", "there are no shared memory pools"),
    OtherAge("low_mem_threshold2", "there are no shared memory pools"),
    OtherAge("ssl_freelist_max_len", "the library decides"),
    OtherAge("ssl_max_send_fragment", "the library decides"),
    OtherAge("ssl_read_ahead", "the library decides"),
    OtherAge("tls_force_run", "there is one process", harmless=_OFF),
    OtherAge("init_mode", "there is one process", harmless=_OFF),
    OtherAge("key_password_mode", "there is one process", harmless=_OFF),
    OtherAge("rand_engine", "the library's random numbers are used"),
    OtherAge("renegotiation", "renegotiation would let a peer change its identity", "error", _OFF),
    OtherAge(
        "allow_legacy",
        "TLS 1.0 and 1.1 sign with SHA-1 and MD5 and need a security level that lets weak certificates pass, too",
        "error",
        _OFF,
    ),
    OtherAge("engine", _ENGINES, "error", frozenset({"none"})),
    OtherAge("engine_config", _ENGINES, "error", frozenset({"none"})),
    OtherAge("engine_algorithms", _ENGINES, "error", frozenset({"none"})),
    OtherAge("provider_quirks", _ENGINES, "error", _OFF),
    OtherAge("provider_quirks_config", _ENGINES, "error", frozenset({"none"})),
    OtherAge("keylog_mode", "keys go to a file or nowhere: keylog_file", "error", _OFF),
    OtherAge("keylog_peer", "keys go to a file or nowhere: keylog_file", "error"),
    OtherAge("event_callback", "there is no KEMI interface: write event_route[tls:connection-out]", "error"),
    OtherAge("server_domain", "write [server:<ip>:<port>] in the file that config names", "error"),
    OtherAge("client_domain", "write [client:<ip>:<port>] in the file that config names", "error"),
    OtherAge("match_ip_address", "write [server:<ip>:<port>] in the file that config names", "error"),
    OtherAge("match_sip_domain", "write server_name in a section of the file that config names", "error"),
    OtherAge("client_tls_domain_avp", "tls_set_connect_server_id() chooses a client domain", "error"),
    OtherAge("client_sip_domain_avp", "the name that is called is checked", "error"),
    OtherAge("cert_check_on_conn_reusage", "no connection is ever used for another name", harmless=_ON),
    OtherAge("crl_check_all", "write crl_check = leaf", harmless=_ON),
    OtherAge("dh_params", "finite-field key exchange is not used"),
    OtherAge("ec_curve", "write groups"),
    OtherAge("xavp_cfg", "choose a client domain by its server_name or server_id", "error"),
)


def check_other_ages(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """What those of the module's `settings` that nothing is behind should have done, and what happens instead."""
    for each in OTHER_AGES:
        for setting in settings[each.name]:
            value = str(setting.value).strip().lower()
            if each.harmless is None or not value or value in each.harmless:
                continue
            text = each.why if each.severity == "error" else f"has no effect here: {each.why}"
            yield Problem(setting.where, each.severity, f"{each.name}: {text}", "leave it out")
