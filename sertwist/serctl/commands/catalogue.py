"""The commands that stand for one method each, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.serctl.commands.build import argument, flag, names_of, option
from sertwist.serctl.commands.thin import NO_TYPE, Thin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUPS", "GROUP_TEXTS", "TOP"]

TABLE: Final = option("--table", default="location", show_default=True, text="Table of the location service.")

#: Commands of the first level.
TOP: Final = (
    Thin(name="ps", text="List the server's processes and listeners.", ways=(("core.ps",),)),
    Thin(name="version", text="Show the server's version.", ways=(("core.version",),)),
)

CORE: Final = (
    Thin(name="version", text="Show the server's version.", ways=(("core.version",),)),
    Thin(name="info", text="Show what the server is made of.", ways=(("core.info",),)),
    Thin(name="ps", text="List the server's processes and listeners.", ways=(("core.ps",),)),
    Thin(
        name="tcp", text="List TCP and TLS connections, or count them.", ways=(("core.tcp_list",), ("core.tcp_info",))
    ),
    Thin(name="sockets", text="List the sockets that the server listens on.", ways=(("core.sockets_list",),)),
    Thin(name="modules", text="List the modules that the script loads.", ways=(("core.modules",),)),
)

UL: Final = (
    Thin(
        name="ls",
        text="List the registrations.",
        parameters=(TABLE,),
        ways=(("ul.list", "$table"), ("ul.dump",), ("usrloc.dump",)),
    ),
    Thin(
        name="get",
        text="Show the contacts of AOR.",
        parameters=(argument("AOR"), TABLE),
        ways=(("ul.lookup", "$table", "$aor"), ("usrloc.show_contacts", "$table", "$aor")),
        epilog="\b\nExample:\n  serctl ul get bob@example.net",
    ),
    Thin(
        name="add",
        text="Register CONTACT for AOR.",
        parameters=(
            argument("AOR"),
            argument("CONTACT"),
            TABLE,
            option("--expires", default="3600", show_default=True, metavar="SECONDS", text="How long it is valid."),
            option("--q", default="1.0", show_default=True, metavar="NUMBER", text="Its preference, from 0 to 1."),
            option("--path", default="", text="Its Path."),
            option("--flags", default="0", metavar="BITS", text="Flags of its branch."),
            option("--cflags", default="0", metavar="BITS", text="Flags of the contact."),
            option("--methods", default="0", metavar="BITS", text="SIP methods that it takes."),
        ),
        types={"expires": "int", "q": "double", "flags": "int", "cflags": "int", "methods": "int"},
        ways=(
            ("ul.add", "$table", "$aor", "$contact", "$expires", "$q", "$path", "$flags", "$cflags", "$methods"),
            ("usrloc.add_contact", "$table", "$aor", "$contact", "$expires", "$q", "$flags"),
        ),
        effect="write",
        epilog="\b\nExample:\n  serctl ul add bob@example.net 'sip:bob@192.0.2.7;transport=udp' --expires 600",
    ),
    Thin(
        name="rm",
        text="Remove the contacts of AOR, or the one CONTACT.",
        parameters=(argument("AOR"), argument("[CONTACT]"), TABLE),
        ways=(
            ("ul.rm", "$table", "$aor"),
            ("usrloc.delete_aor", "$table", "$aor"),
            ("usrloc.delete_uid", "$table", "$aor"),
        ),
        instead={
            "contact": (
                ("ul.rm_contact", "$table", "$aor", "$contact"),
                ("usrloc.delete_contact", "$table", "$aor", "$contact"),
            )
        },
        effect="destructive",
    ),
)

GROUP: Final = argument("GROUP", complete=names_of("groups"))

DS: Final = (
    Thin(name="ls", text="List the destinations of all groups.", ways=(("dispatcher.list",), ("dispatcher.dump",))),
    Thin(
        name="state",
        text="Set the STATE of ADDRESS in GROUP: a active, i inactive, d disabled, t trying; p after it: probed.",
        parameters=(argument("STATE"), GROUP, argument("ADDRESS")),
        types={"group": "int"},
        ways=(("dispatcher.set_state", "$state", "$group", "$address"),),
        effect="write",
        epilog="\b\nExample:\n  serctl ds state ip 1 sip:192.0.2.7:5060",
    ),
    Thin(
        name="add",
        text="Add the destination URI to GROUP.",
        parameters=(
            GROUP,
            argument("URI"),
            option("--flags", metavar="BITS", text="Its flags."),
            option("--priority", default="0", metavar="NUMBER", text="Its priority; used with --attrs."),
            option("--attrs", text="Its attributes."),
        ),
        types={"group": "int", "flags": "int", "priority": "int"},
        ways=(("dispatcher.add", "$group", "$uri", "$flags"),),
        instead={"attrs": (("dispatcher.add", "$group", "$uri", 0, "$priority", "$attrs"),)},
        effect="write",
    ),
    Thin(
        name="rm",
        text="Remove the destination URI from GROUP.",
        parameters=(GROUP, argument("URI")),
        types={"group": "int"},
        ways=(("dispatcher.remove", "$group", "$uri"),),
        effect="destructive",
    ),
    Thin(name="reload", text="Read the destinations anew.", ways=(("dispatcher.reload",),), effect="write"),
)

TABLE_NAME: Final = argument("TABLE", complete=names_of("tables"))

HT: Final = (
    Thin(name="ls", text="List the hash tables.", ways=(("htable.listTables",),)),
    Thin(
        name="get",
        text="Show what TABLE holds under KEY.",
        parameters=(TABLE_NAME, argument("KEY")),
        ways=(("htable.get", "$table", "$key"),),
    ),
    Thin(
        name="rm",
        text="Remove KEY from TABLE.",
        parameters=(TABLE_NAME, argument("KEY")),
        ways=(("htable.delete", "$table", "$key"),),
        effect="destructive",
    ),
    Thin(name="dump", text="Show all of TABLE.", parameters=(TABLE_NAME,), ways=(("htable.dump", "$table"),)),
)

DLG: Final = (
    Thin(name="ls", text="List the dialogs.", ways=(("dlg.list",),)),
    Thin(
        name="get",
        text="Show the dialog of CALLID.",
        parameters=(argument("CALLID"), argument("[FROMTAG]")),
        ways=(("dlg.dlg_list", "$callid", "$fromtag"),),
    ),
    Thin(
        name="end",
        text="End the dialog of CALLID, FROMTAG and TOTAG: both sides get a BYE.",
        parameters=(argument("CALLID"), argument("FROMTAG"), argument("TOTAG")),
        ways=(("dlg.terminate_dlg", "$callid", "$fromtag", "$totag"),),
        effect="destructive",
    ),
)

TLS: Final = (
    Thin(name="ls", text="List the TLS connections with who is at the other end.", ways=(("tls.list",),)),
    Thin(name="info", text="Count TLS connections.", ways=(("tls.info",),)),
    Thin(
        name="kill",
        text="Close the TLS connection ID.",
        parameters=(argument("ID"),),
        types={"id": "int"},
        ways=(("tls.kill", "$id"),),
        effect="destructive",
    ),
    Thin(
        name="reload",
        text="Read TLS configuration, certificates and keys anew.",
        ways=(("tls.reload",),),
        effect="write",
    ),
    Thin(
        name="certs",
        text="List certificates with the days until they expire.",
        ways=(("tls.certs",), ("tls.certificates",)),
    ),
)

CFG_GROUP: Final = argument("GROUP", complete=names_of("cfg"))

CFG: Final = (
    Thin(
        name="ls",
        text="List the settings, or those of GROUP.",
        parameters=(argument("[GROUP]", complete=names_of("cfg")),),
        ways=(("cfg.list", "$group"),),
    ),
    Thin(
        name="get",
        text="Show the setting NAME of GROUP, or all of GROUP.",
        parameters=(CFG_GROUP, argument("[NAME]")),
        ways=(("cfg.get", "$group", "$name"),),
    ),
    Thin(
        name="set",
        text="Set NAME of GROUP to VALUE, at once, or with --delayed when it is committed.",
        parameters=(
            CFG_GROUP,
            argument("NAME"),
            argument("VALUE"),
            flag("--delayed", text="Only when it is committed."),
        ),
        types={"value": NO_TYPE},
        ways=(("cfg.set", "$group", "$name", "$value"),),
        instead={"delayed": (("cfg.set_delayed", "$group", "$name", "$value"),)},
        effect="write",
        epilog="\b\nExamples:\n  serctl cfg set tls log 3\n  serctl cfg set pike sampling_time_unit 5 --delayed",
    ),
    Thin(
        name="rollback",
        text="Forget the delayed settings, or undo a commit that was not confirmed.",
        ways=(("cfg.rollback",),),
        effect="write",
    ),
)

SCRIPT: Final = (
    Thin(name="check", text="Check the script on the server as it stands in its files.", ways=(("script.check",),)),
    Thin(
        name="reload",
        text="Take the script anew, if it is right; else the old one stays.",
        ways=(("script.reload",),),
        effect="write",
    ),
    Thin(name="info", text="Show which script runs, and since when.", ways=(("script.info",),)),
)

RPC: Final = (
    Thin(
        name="calls",
        text="List the last management calls: who called what, and how it ended.",
        parameters=(flag("--failed", text="Only those that were refused or failed."),),
        types={"failed": "boolean"},
        ways=(("rpc.calls",),),
        instead={"failed": (("rpc.calls", "$failed"),)},
    ),
    Thin(
        name="pending",
        text="List the calls that wait for a second person to confirm them.",
        ways=(("rpc.pending",),),
    ),
    Thin(
        name="confirm",
        text="Consent to the call of DIGEST that somebody else made; they send it again then.",
        parameters=(argument("DIGEST"),),
        ways=(("rpc.confirm", "$digest"),),
        effect="write",
    ),
)

GROUPS: Final[Mapping[str, tuple[Thin, ...]]] = {
    "core": CORE,
    "ul": UL,
    "ds": DS,
    "ht": HT,
    "dlg": DLG,
    "tls": TLS,
    "cfg": CFG,
    "script": SCRIPT,
    "rpc": RPC,
}

GROUP_TEXTS: Final[Mapping[str, str]] = {
    "core": "Look at the server itself, or stop it.",
    "ul": "Registrations: who is reachable where.",
    "ds": "Destinations that requests are dispatched to.",
    "ht": "Hash tables of the script.",
    "dlg": "Dialogs, the calls that are going on.",
    "tls": "TLS connections, certificates and their configuration.",
    "cfg": "Settings that can be changed while the server runs.",
    "script": "The routing script.",
    "rpc": "Management calls: the last ones, and those that wait for a second person.",
}
