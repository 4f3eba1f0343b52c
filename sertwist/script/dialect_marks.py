"""What speaks for which family of servers: names of settings, modules, functions and variables (language 11.1)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sertwist.record import record
from sertwist.script.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CALLS", "CLASSES", "DIRECTIVES", "MODULES", "SETTINGS", "VARIABLES", "Mark"]


@record
class Mark:
    """How much a name speaks for each family; 10 decides alone. `opensips`: for OpenSIPS, which is none of them."""

    weights: tuple[tuple[Dialect, int], ...]
    opensips: int = 0


_S08 = Dialect.SER08
_S09 = Dialect.SER09
_S2 = Dialect.SER2
_OS = Dialect.OPENSER
_K3 = Dialect.KAMAILIO


def _table(*rows: tuple[Mark, str]) -> Mapping[str, Mark]:
    return MappingProxyType({name: mark for mark, names in rows for name in names.split()})


#: Lines that say it themselves.
DIRECTIVES: Final = MappingProxyType(
    {
        "SER": _S2,
        "OPENSER": _OS,
        **dict.fromkeys(("KAMAILIO", "MAXCOMPAT", "ALL"), _K3),
        **dict.fromkeys(("define", "def", "trydef", "trydefine", "redef", "redefine", "undef", "tryundef"), _K3),
        **dict.fromkeys(("ifdef", "ifndef", "ifexp", "subst", "substdef", "substdefs", "defenv", "defexp"), _K3),
        **dict.fromkeys(("defexps", "defenvs", "trydefenv", "trydefenvs", "include_file", "import_file"), _K3),
    }
)

#: Classes of attributes.
CLASSES: Final = frozenset({"f", "t", "fu", "tu", "fd", "td", "fr", "tr", "g"})

SETTINGS: Final = _table(
    (Mark(((_S08, 10),)), "loop_checks"),
    (Mark(((_S09, 4),)), "fifo"),
    (Mark(((_OS, 3), (_K3, 1))), "mpath"),
    (Mark(((_S2, 2), (_K3, 2))), "loadpath enable_tls server_id"),
    (Mark((), opensips=10), "socket log_level db_default_url udp_workers stderror_enabled xlog_level"),
)

MODULES: Final = _table(
    (Mark(((_S2, 8),)), "avp eval db_ops gflags avp_db uid_avp_db uid_domain uid_auth_db uid_uri_db timer xprint"),
    (Mark(((_S2, 3), (_S09, 1))), "options uri mysql"),
    (Mark(((_K3, 8),)), "kex tmx corex siputils jsonrpcs rtimer sdpops ipops evapi debugger textopsx ndb_redis"),
    (Mark(((_K3, 6),)), "xhttp rtpengine sipcapture dmq topos topoh async mqueue http_async_client websocket ctl"),
    (Mark(((_K3, 2), (_OS, 2))), "db_mysql db_postgres htable dialog pv permissions cfgutils"),
    (Mark(((_OS, 6),)), "mi_fifo mi_datagram userblacklist carrierroute"),
    (Mark(((_S09, 4),)), "print im vm vm_mod pa jabber mangler ext exec_mod"),
    (Mark(((_S08, 6),)), "snmp auth_radius radius_acc"),
    (Mark((), opensips=10), "proto_udp proto_tcp proto_tls proto_ws tls_mgm b2b_entities b2b_logic signaling"),
)

CALLS: Final = _table(
    (Mark(((_S08, 10),)), "addRecordRoute rewriteFromRoute t_add_transaction sl_filter_ACK t_unref"),
    (
        Mark(((_S08, 8),)),
        "mf_is_maxfwd_present mf_is_maxfwd_zero mf_decrement_maxfwd mf_add_maxfwd_header t_on_negative",
    ),
    (Mark(((_S09, 2), (_S2, 1))), "len_gt force_rtp_proxy fix_nated_register"),
    (Mark(((_S09, 1), (_OS, 1))), "sl_send_reply"),
    (
        Mark(((_S2, 8),)),
        "save_contacts lookup_contacts lookup_user load_attrs xlset_attr attr2uri replace_attr_hf set_attr",
    ),
    (Mark(((_S2, 6),)), "del_attr eval_push eval_oper db_query db_close process_maxfwd setavpflag"),
    (Mark(((_OS, 8),)), "avp_write avp_db_query"),
    (
        Mark(((_K3, 5),)),
        "t_precheck_trans handle_ruri_alias set_contact_alias add_contact_alias t_is_set xdbg is_myself",
    ),
    (Mark(((_K3, 4),)), "auth_check auth_challenge t_suspend http_async_query jsonrpc_dispatch xhttp_reply dlg_manage"),
)

VARIABLES: Final = _table(
    (Mark(((_K3, 8),)), "sht xavp xavu xavi vn sel shv T_branch_idx http_ok http_rs"),
    (Mark(((_K3, 4), (_OS, 3))), "var hdr null rc retcode"),
    (Mark(((_K3, 3), (_OS, 3))), "avp rU ru rd fU fu fd tU tu td si sp rm du ci ua ct Ri Rp"),
)
