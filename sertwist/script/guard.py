"""Who is let through without proof of who it is (reference language 12: 32, 64; tls 1.4, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.script.declare import Proof
from sertwist.script.expressions import all_expressions
from sertwist.script.peer_paths import PeerPaths
from sertwist.script.route_kind import RouteKey, RouteKind

if TYPE_CHECKING:
    from sertwist.script.nodes import Call, Named
    from sertwist.script.proof import Known
    from sertwist.script.unit import Unit

__all__ = ["check_guards"]


def check_guards(unit: Unit) -> None:
    """Report the guarded functions and the names of peers that some path reaches with nothing proved."""
    paths = PeerPaths(unit)
    if not any(paths.is_looked_for(each) for each in all_expressions(unit.script)):
        return
    named = [RouteKey(RouteKind.REQUEST, name) for name in unit.catalogue.entries]
    paths.follow([*unit.graph.entries(), *(key for key in named if key in unit.graph.routes)])
    for call, known in paths.calls.items():
        _report_call(unit, call, known)
        _report_denied(unit, call, known)
        if not known.is_private:
            _report_listeners(unit, call)
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


def _report_denied(unit: Unit, call: Call, known: Known) -> None:
    """Methods that are refused by name: what is not named is let through, and there are more than one thinks of."""
    if known.denied and known.proof is Proof.VERIFIED:
        message = f"{call.name}() is reached by every method that {known.denied} is not true of"
        unit.diagnostics.hint("rpc-deny-list", call.span, message, "name the methods that may be called")


def _report_listeners(unit: Unit, call: Call) -> None:
    """Stream listeners without TLS from which the call is reached: whoever is on the way reads and writes it."""
    line = unit.script.source.position(call.span.start).line
    for listen in unit.script.listens:
        if listen.protocol in ("tcp", "ws", None):
            message = f"{call.name}() on line {line} is reached by this listener without TLS"
            fix = "test proto == TLS before, or listen on tls:"
            unit.diagnostics.warning("rpc-without-tls", listen.span, message, fix)


def _report_name(unit: Unit, name: Named) -> None:
    shown = unit.script.source.text[slice(*name.span)]
    message = f"{shown} is undefined until the peer is verified, which nothing before it has tested"
    unit.diagnostics.hint("unverified-name", name.span, message, "test @tls.peer.verified first", cause=shown.lower())
