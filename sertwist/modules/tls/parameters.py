"""Parameters of module tls, with the names of every age; what each does is `sertwist.tls.loading.table`' business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.modules.tls.other_ages import OTHER_AGES
from sertwist.script.declare import Kind, Parameter
from sertwist.tls.domain import Side
from sertwist.tls.loading.parameters import DOMAIN_PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sertwist.tls.loading.table import Setting

__all__ = ["PARAMETERS", "table_values"]

_FORMS = {  # the value that is for one domain, by the sides that have the parameter
    None: "`<ip>:<port>=<value>` or `@<ip>:<port>=<value>` for one domain",
    Side.SERVER: "`<ip>:<port>=<value>` for one domain",
    Side.CLIENT: "`@<ip>:<port>=<value>` for one domain, `@<value>` for the default",
}

_PER_DOMAIN = tuple(
    Parameter(name=each.name, aliases=each.aliases, accumulates=True, help=f"{each.help}; {_FORMS[each.side]}")
    for each in DOMAIN_PARAMETERS
)
_OF_THE_MODULE = (
    Parameter(
        name="config", accumulates=True,
        help="file of domains (tls.cfg), or folder of files *.cfg; then no other parameter is for one domain",
    ),
    Parameter(
        name="con_ct_wq_max", kind=Kind.NUMBER, minimum=1024, maximum=2**31 - 1, unit="bytes",
        help="answer bytes that may wait for one connection",
    ),
    Parameter(
        name="ct_wq_max", kind=Kind.NUMBER, minimum=65_536, maximum=2**40, unit="bytes",
        help="answer bytes that may wait for all connections; past it the one with most is ended",
    ),
    Parameter(
        name="crl_check_interval", kind=Kind.NUMBER, default=10, minimum=1, maximum=86_400, unit="seconds",
        help="between looks at the files; a changed CA or CRL file reaches live connections",
    ),
    Parameter(
        name="reload_on_change", kind=Kind.BOOLEAN, default=False,
        help="reload by itself when a certificate, key or `config` file has changed; see `tls.reload`",
    ),
    Parameter(
        name="insecure_key_files", kind=Kind.BOOLEAN, default=False,
        help="warn about private keys and password files that every user can read, instead of refusing them",
    ),
    Parameter(
        name="keylog_file", accumulates=True,
        help="the keys of every session are written there, as SSLKEYLOGFILE has them; only with allow_keylog",
    ),
    Parameter(
        name="allow_keylog", kind=Kind.BOOLEAN, default=False,
        help="whoever can read keylog_file may read all that is sent over TLS",
    ),
    Parameter(
        name="expiry_warning_days", kind=Kind.NUMBER, default=30, minimum=1, maximum=365, unit="days",
        help="before a certificate's end, from when on the log warns each day; of a CRL its last quarter at most",
    ),
)  # fmt: skip
_OTHER_AGES = tuple(Parameter(name=each.name, accumulates=True, help=each.help) for each in OTHER_AGES)

PARAMETERS = (*_PER_DOMAIN, *_OF_THE_MODULE, *_OTHER_AGES)


def table_values(settings: Mapping[str, Any]) -> dict[str, Sequence[Setting]]:
    """Of a module's `settings` those that `build_table` takes."""
    return {name: settings[name] for name in ("config", *(each.name for each in DOMAIN_PARAMETERS))}
