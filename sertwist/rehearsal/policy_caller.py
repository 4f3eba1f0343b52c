"""A caller as people describe one: what a policy's `who` may say, a role, or a certificate's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sertwist.rehearsal.peer import is_issued_by, read_certificate
from sertwist.rpc.caller import Caller
from sertwist.rpc.policy.facts import Facts, Issuer, facts_of
from sertwist.rpc.policy.finding import nearest
from sertwist.rpc.policy.load import uid_of
from sertwist.rpc.policy.read_roles import read_who
from sertwist.tls.certificate import view_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.rpc.policy.declared import Who
    from sertwist.rpc.policy.holder import Holder
    from sertwist.rpc.policy.policy import Policy
    from sertwist.rpc.policy.table import Table

__all__ = ["described_caller"]

_KEY = "somebody"  # whose bounds nobody counts


def described_caller(table: Table, policy: Policy, folder: Path) -> Holder:
    """What `policy` says of the caller that `table` describes; an empty table: nobody is proved.

    What is wrong with the description is told to the table's findings; it describes nobody then.

    Args:
        table: `{ role = "..." }`, `{ certificate = "a.pem", authority = "ca.pem" }`, or as an entry of `who`.
        policy: in question.
        folder: that files are relative to.
    """
    names = table.texts("role")
    unknown = next((each for each in names if each not in policy.declared.roles), None)
    if unknown is not None:
        fix = nearest(unknown, policy.declared.roles)
        table.findings.error("policy-role", table.at_key("role"), f"there is no role {unknown!r}", fix)
    file, authority = table.text("certificate"), table.text("authority")
    if names or file or table.is_empty:
        table.close()
        if names:
            return policy.holder_of_roles([] if unknown else names, _KEY)
        return policy.holder_of(
            _facts_of_file(table, folder, file, authority) if file else Facts(), _KEY if file else ""
        )
    return policy.holder_of(_facts_of(read_who(table, policy.declared.authorities, uid_of)), _KEY)


def _facts_of(who: Who) -> Facts:
    """Of somebody who is all that, and no more."""
    ca = None if who.ca is None else Issuer(subject=who.ca.subject or (), key=who.ca.key)
    return Facts(
        uri=_one(who.uri),
        dns=_one(who.dns),
        email=_one(who.email),
        issuer=who.issuer or (None if who.ca is None else who.ca.subject),
        serial=who.serial,
        key=who.key,
        organisation=who.organisation,
        cn=who.cn,
        ca=ca,
        unix=who.unix,
        digest=who.digest,
    )


def _one(name: str | None) -> frozenset[str]:
    return frozenset(() if name is None else (name,))


def _facts_of_file(table: Table, folder: Path, file: str, authority: str) -> Facts:
    """Of who shows the certificate in `file`, issued by `authority`, as if it had been verified."""
    files: list[Any] = []
    for key, name in (("certificate", file), ("authority", authority)):
        try:
            files.append(read_certificate(folder / name) if name else None)
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "there is no certificate in it"
            table.findings.error("policy-file", table.at_key(key), f"{name} can't be read: {reason}")
            return Facts()
    leaf, issuer = files
    if issuer is None:
        return facts_of(Caller(certificate=view_certificate(leaf)))
    if not is_issued_by(leaf, issuer):
        table.findings.error("policy-file", table.at_key("authority"), f"{authority} has not issued {file}")
        return Facts()
    chain = (view_certificate(leaf), view_certificate(issuer))
    return facts_of(Caller(certificate=chain[0], chain=chain))
