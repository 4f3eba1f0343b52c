"""Who is let through without proof of who it is (reference language 12: 32, 64; tls 1.4, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.declare import Proof
from sertwist.script.peer_paths import PeerPaths
from sertwist.script.route_kind import MAIN, RouteKey, RouteKind

if TYPE_CHECKING:
    from sertwist.script.nodes import Call, Named
    from sertwist.script.proof import Known
    from sertwist.script.unit import Unit

__all__ = ["check_guards"]


def check_guards(unit: Unit) -> None:
    """Report the guarded functions and the names of peers that some path reaches with nothing proved."""
    paths = PeerPaths(unit)
    entries = [MAIN, *(RouteKey(RouteKind.REQUEST, name) for name in unit.catalogue.entries)]
    paths.follow([entry for entry in entries if entry in unit.graph.routes])
    for call, known in paths.calls.items():
        _report_call(unit, call, known)
    for name in paths.names:
        _report_name(unit, name)


def _report_call(unit: Unit, call: Call, known: Known) -> None:
    if known.excluded:
        message = f"{call.name}() is reached when {known.excluded}: that is true of every peer without such a name"
        unit.diagnostics.warning("allowed-by-exclusion", call.span, message, "write with '==' who may")
    elif known.proof is Proof.NOTHING:
        message = f"{call.name}() is reached without any test of who the peer is"
        unit.diagnostics.warning("unguarded-rpc", call.span, message, "test @tls.peer.verified first")
    elif known.proof is Proof.ASKED:
        message = f"{call.name}() is reached by peers that are not verified, too"
        unit.diagnostics.warning("unproved-rpc", call.span, message, "test @tls.peer.verified first")


def _report_name(unit: Unit, name: Named) -> None:
    shown = unit.script.source.text[slice(*name.span)]
    message = f"{shown} is undefined until the peer is verified, which nothing before it has tested"
    unit.diagnostics.hint("unverified-name", name.span, message, "test @tls.peer.verified first", cause=shown.lower())
