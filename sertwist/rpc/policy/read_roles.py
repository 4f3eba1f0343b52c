"""Read `[ca.NAME]` and `[role.NAME]`: who is who."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from cryptography import x509

from sertwist.rpc.policy.declared import Authority, Rates, Role, Who
from sertwist.rpc.policy.facts import plain_email
from sertwist.rpc.policy.finding import nearest
from sertwist.tls.revocation import CanonicalName, canonical_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sertwist.rpc.policy.table import Table

__all__ = ["NAME", "UidOf", "read_authorities", "read_roles", "read_who"]

#: Gives a Unix user's number by name; None when there is no such user.
UidOf: TypeAlias = "Callable[[str], int | None]"

_T = TypeVar("_T")

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_-]*")
_NAMES: Final = frozenset({"uri", "dns", "email", "organisation", "cn", "digest"})
_HEX: Final = re.compile(r"[0-9a-f]+")
_NOBODY: Final = -1  # no user's number
_MOST_USER: Final = 2**32 - 2
_CERTIFICATE: Final = frozenset({"uri", "dns", "email", "issuer", "serial", "key", "organisation", "cn", "ca"})


def read_authorities(document: Table) -> dict[str, Authority]:
    """The authorities by name."""
    found = {}
    for name, table in document.named("ca"):
        _check_name(table, name)
        subject = _read(table, "subject", distinguished_name)
        key = _read(table, "key", key_pin) or ""
        if subject is None and not key:
            table.findings.error(
                "policy-ca",
                table.at,
                f"CA {name} is not said to be any",
                'write subject = "CN=...", key = "sha256:..."',
            )
        table.close()
        found[name] = Authority(name=name, subject=subject, key=key)
    return found


def read_roles(document: Table, authorities: Mapping[str, Authority], uid_of: UidOf) -> dict[str, Role]:
    """The roles by name, in their order."""
    found: dict[str, Role] = {}
    for name, table in document.named("role"):
        _check_name(table, name)
        found[name] = Role(
            name=name,
            at=table.at,
            who=tuple(read_who(each, authorities, uid_of) for each in table.tables("who")),
            includes=table.texts("includes"),
            variables=_variables(table),
            list_all=table.flag("list_all"),
            each=_rates(table, "each"),
            together=_rates(table, "together"),
        )
        table.close()
    return {name: replace(role, includes=_known_roles(document, role, found)) for name, role in found.items()}


def _known_roles(document: Table, role: Role, roles: Mapping[str, Role]) -> tuple[str, ...]:
    for name in role.includes:
        if name not in roles:
            at = (*role.at, "includes")
            document.findings.error("policy-role", at, f"there is no role {name!r}", nearest(name, roles))
    return tuple(name for name in role.includes if name in roles)


def read_who(table: Table, authorities: Mapping[str, Authority], uid_of: UidOf) -> Who:
    """One way to hold a role."""
    who = Who(
        uri=table.text("uri") or None,
        dns=table.text("dns").lower() or None,
        email=plain_email(table.text("email")) or None,
        issuer=_read(table, "issuer", distinguished_name),
        serial=_read(table, "serial", serial_number),
        key=_read(table, "key", key_pin),
        organisation=table.text("organisation") or None,
        cn=table.text("cn") or None,
        ca=_authority(table, authorities),
        unix=_user(table, uid_of),
        digest=table.text("digest") or None,
    )
    _check_who(table)
    table.close()
    return who


def _check_who(table: Table) -> None:
    """What would be met by others than those who are meant is an error."""
    given = {each.name for each in fields(Who) if each.name in table}
    findings = table.findings
    if not given:
        findings.error(
            "policy-who",
            table.at,
            "this says nobody, and would be met by everybody",
            'write { uri = "..." } or another',
        )
    for key in sorted(given & _NAMES):
        if "*" in table.text(key):
            findings.warning("policy-who", table.at_key(key), f"{key} is compared as a whole: * stands for itself here")
    if "cn" in given and "ca" not in given:
        fix = 'add ca = "NAME", and [ca.NAME] with its subject or key'
        findings.error("policy-who", table.at_key("cn"), "a CN without its CA: any CA may issue that name", fix)
    if "organisation" in given and not given & {"ca", "key", "issuer"}:
        fix = 'add ca = "NAME"'
        findings.warning("policy-who", table.at_key("organisation"), "any CA may issue that organisation", fix)
    if ("serial" in given) != ("issuer" in given):
        fix = 'write both: issuer = "CN=...,O=...", serial = "1A2B"'
        findings.error("policy-who", table.at, "an issuer and a serial number mean somebody only together", fix)
    if "unix" in given and given & _CERTIFICATE:
        fix = "write two entries"
        findings.error("policy-who", table.at, "nobody shows a certificate on a Unix socket", fix)
    if "digest" in given and "@" not in table.text("digest"):
        findings.error("policy-who", table.at_key("digest"), "a digest user without its realm", 'write "user@realm"')


def _authority(table: Table, authorities: Mapping[str, Authority]) -> Authority | None:
    name = table.text("ca")
    if name and name not in authorities:
        fix = nearest(name, authorities) or f'write [ca.{name}] with subject = "CN=..." or key = "sha256:..."'
        table.findings.error("policy-ca", table.at_key("ca"), f"there is no [ca.{name}]", fix)
    return authorities.get(name)


def _user(table: Table, uid_of: UidOf) -> int | None:
    if not isinstance(table.get("unix"), str):
        return table.number("unix", _NOBODY, 0, _MOST_USER) if "unix" in table else None
    name = table.text("unix")
    number = uid_of(name)
    if number is None:
        table.findings.warning("policy-user", table.at_key("unix"), f"this host has no user {name!r}: nobody is meant")
    return _NOBODY if number is None else number


def _variables(table: Table) -> dict[str, tuple[str, ...]]:
    variables = table.table("variables")
    found: dict[str, tuple[str, ...]] = {}
    for name in variables.names() if variables is not None else ():
        if variables is not None:
            if not _VARIABLE.fullmatch(name):
                variables.findings.error(
                    "policy-name", variables.at_key(name), f"{name!r} can't be used in braces", "write it like domain_2"
                )
            found[name] = variables.texts(name)
    return found


def _rates(table: Table, key: str) -> Rates | None:
    rates = table.table(key)
    if rates is None:
        return None
    rate = rates.get("rate")
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1_000_000):
        rates.wrong("rate", "calls a second, above 0")
        rate = None
    burst = rates.number("burst", max(1, math.ceil(rate or 1)), 1, 1_000_000)
    running = rates.number("running", 0, 1, 1_000_000) or None
    rates.close()
    return Rates(rate=rate, burst=burst, running=running)


def _check_name(table: Table, name: str) -> None:
    if not NAME.fullmatch(name):
        fix = "write letters, digits, - and _"
        table.findings.error("policy-name", table.at, f"{name!r} can't be a name here", fix)


def _read(table: Table, key: str, make: Callable[[str], _T]) -> _T | None:
    text = table.text(key)
    return table.checked(key, text, make) if text else None


def distinguished_name(text: str) -> CanonicalName:
    """A name in the form of RFC 4514, comparable.

    Raises:
        ValueError: it is none; the text says what to write.
    """
    try:
        name = x509.Name.from_rfc4514_string(text)
    except ValueError:
        raise ValueError('write it as "CN=Name,O=Organisation,C=DE", as sertwist pki show prints it') from None
    if text.lstrip().upper().startswith("C=") and len(name.rdns) > 1:
        raise ValueError("write it the other way round, the country last, as sertwist pki show prints it")
    return canonical_name(name)


def key_pin(text: str) -> str:
    """SHA-256 of a public key, hex.

    Raises:
        ValueError: it is none; the text says what to write.
    """
    digits = text.lower().removeprefix("sha256:").replace(":", "")
    if len(digits) != 64 or not _HEX.fullmatch(digits):
        raise ValueError('write "sha256:" and 64 hexadecimal digits: spki_sha256 of sertwist pki show -o json')
    return digits


def serial_number(text: str) -> int:
    """A serial number in hexadecimal digits.

    Raises:
        ValueError: it is none; the text says what to write.
    """
    digits = text.lower().removeprefix("0x").replace(":", "")
    if not _HEX.fullmatch(digits) or len(digits) > 64:
        raise ValueError('write it in hexadecimal digits, "1A2B", as openssl x509 -serial prints it')
    return int(digits, 16)
