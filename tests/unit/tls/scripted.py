"""What a script sees of a connection: selects by the name that scripts write, variables, and one rich certificate."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from sertwist.modules.tls import TlsModule
from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Profile
from sertwist.script.context import Environment, RouteContext
from sertwist.script.nodes import SelectName
from sertwist.script.parse_name import read_select, read_variable
from sertwist.script.source import Span
from tests.unit.tls.kit import AT, NOW, ROOT

if TYPE_CHECKING:
    from datetime import datetime

    from sertwist.pki.authority import Credential
    from sertwist.script.declare import Select, Variable
    from tests.unit.tls.kit import Outcome

MODULE = TlsModule()
SELECTS = {select.path: select for select in MODULE.selects()}
VARIABLES = {variable.variable: variable for variable in MODULE.variables()}

_OIDS = {
    "cn": NameOID.COMMON_NAME,
    "l": NameOID.LOCALITY_NAME,
    "c": NameOID.COUNTRY_NAME,
    "st": NameOID.STATE_OR_PROVINCE_NAME,
    "o": NameOID.ORGANIZATION_NAME,
    "ou": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "uid": NameOID.USER_ID,
    "serial": NameOID.SERIAL_NUMBER,
    "email": NameOID.EMAIL_ADDRESS,
}


def subject(*parts: tuple[str, str], **more: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[name], value) for name, value in (*parts, *more.items())])


#: Every kind of name twice, and a part of every kind in the subject.
ALTERNATIVES = [
    x509.RFC822Name("carol@example.com"),
    x509.DNSName("carol.example.com"),
    x509.UniformResourceIdentifier("sip:carol@example.com"),
    x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
    x509.RFC822Name("carol@example.net"),
    x509.DNSName("carol.example.net"),
    x509.UniformResourceIdentifier("sip:example.net"),
    x509.IPAddress(ipaddress.ip_address("2001:db8::7")),
    x509.DNSName("xn--bcher-kva.example"),
]
SERIAL = 2**65 + 10


def rich(**profile: object) -> Credential:
    """A certificate for both ends of a connection that has something for every select."""
    given: dict[str, object] = {
        "subject": subject(
            cn="Carol", l="Praha", c="CZ", st="Bohemia", o="iptel", ou="devel", uid="carol1", serial="SN-1"
        ),
        "alternative_names": ALTERNATIVES,
        "serial": SERIAL,
        "usages": (CLIENT_AUTH, SERVER_AUTH),
    }
    return ROOT.issue(Profile(**given | profile))


def context_of(outcome: Outcome | None, at: float = AT) -> RouteContext:
    ctx = RouteContext(Environment(wall_clock=lambda: at), "POST", "TLS", ("192.0.2.1", 9), ("192.0.2.2", 5061))
    ctx.tls = outcome.session if outcome else None
    return ctx


def _found(written: str) -> tuple[Select | Variable, list[int | str | None]]:
    """What `written` names, and what its function receives behind the context."""
    span = Span(0, 0)
    name = read_select(written, span) if written.startswith("@") else read_variable(written, span)
    if isinstance(name, SelectName):
        declared: Select | Variable = SELECTS[tuple(part.lower() for part in name.path)]
        given: list[int | str | None] = []
    else:
        declared = VARIABLES[name.name]
        given = [] if name.argument is None else [name.argument]
    indexes = dict(name.indexes)
    return declared, given + [indexes.get(place.after, place.default) for place in declared.indexes]


def value(written: str, outcome: Outcome | None, at: float = AT) -> object:
    """What a script gets for `written` when it prints it."""
    declared, given = _found(written)
    return declared.get(context_of(outcome, at), *given)


def compared(written: str, outcome: Outcome | None) -> object:
    """What a script gets for `written` when it compares it."""
    declared, given = _found(written)
    return (declared.compare or declared.get)(context_of(outcome), *given)


def months(when: datetime) -> str:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{names[when.month - 1]} {when.day:2d} {when:%H:%M:%S %Y} GMT"


__all__ = [
    "ALTERNATIVES",
    "NOW",
    "SELECTS",
    "SERIAL",
    "VARIABLES",
    "compared",
    "context_of",
    "months",
    "rich",
    "subject",
    "value",
]
