"""`sertwist pki issue` and `sertwist pki revoke`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sertwist.pki.command_options import (
    days_option,
    folder_argument,
    key_option,
    open_authority,
    password_option,
    say_waiting,
)
from sertwist.pki.commands_ca import tell_list
from sertwist.pki.crl import CRL_DAYS, publish_list
from sertwist.pki.folder import CaFolder
from sertwist.pki.index import REASONS, Purpose, serial_text
from sertwist.pki.issuing import DAYS, Issued, Order, issue
from sertwist.pki.keys import KEY_KINDS
from sertwist.pki.names import WantedNames, check_entries, check_file_name, is_host, name_text
from sertwist.pki.request import read_request
from sertwist.pki.revoking import choose_entries, find_entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

    from sertwist.pki.request import SigningRequest

__all__ = ["issue_certificate", "revoke_certificate"]

FC = TypeVar("FC", bound="Callable[..., Any] | click.Command")


def _repeatable(option: str, name: str, help_text: str) -> Callable[[FC], FC]:
    return click.option(option, name, multiple=True, metavar="NAME", help=f"{help_text}; may be given several times.")


@click.command("issue")
@folder_argument
@click.argument("name")
@click.option("--server", "purpose", flag_value="server", help="For a TLS server.")
@click.option("--client", "purpose", flag_value="client", help="For an operator, or another TLS client.")
@click.option("--both", "purpose", flag_value="both", help="For a SIP server, which also calls others over mutual TLS.")
@_repeatable("--host", "hosts", "Host name or IP address")
@_repeatable("--sip-domain", "sip_domains", "SIP domain: URI sip:DOMAIN and host name DOMAIN (RFC 5922)")
@_repeatable("--uri", "uris", "URI, sip:bob@example.com for a SIP user")
@_repeatable("--email", "emails", "Mail address")
@click.option("--cn", "common_name", default="", help="Common name, if it is not NAME.")
@days_option(DAYS, "of validity, at most the authority's own")
@key_option("ec")
@click.option("--csr", type=click.Path(path_type=Path), help="Signing request, in place of a new key.")
@click.option("--take-names", is_flag=True, help="Take the alternative names that the request asks for.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder for NAME.pem and NAME.key; default: this one.",
)
@click.option("--replace", is_flag=True, help="Replace NAME.pem and NAME.key, to renew them.")
@password_option
def issue_certificate(  # noqa: PLR0913 (an option each)
    *,
    folder: Path,
    name: str,
    purpose: str | None,
    hosts: tuple[str, ...],
    sip_domains: tuple[str, ...],
    uris: tuple[str, ...],
    emails: tuple[str, ...],
    common_name: str,
    days: int,
    kind: str,
    csr: Path | None,
    take_names: bool,
    out: Path,
    replace: bool,
    password_file: Path | None,
) -> None:
    """Issue a certificate of the authority in DIR to NAME.

    Writes NAME.pem, the certificate and its intermediates, and NAME.key, mode 600, not encrypted. The common name is
    NAME. A server without --host or --sip-domain gets the host NAME if it is one.
    """
    if purpose is None:
        raise click.UsageError("what is it for? Give --server, --client or --both")
    check_file_name(name)
    wanted = WantedNames(hosts=hosts, sip_domains=sip_domains, uris=uris, emails=emails).entries()
    request = read_request(csr) if csr is not None else None
    if request is not None:
        wanted = _names_of_request(request, wanted, take=take_names)
    if not wanted and purpose != Purpose.CLIENT.value and is_host(name):
        wanted = WantedNames(hosts=(name,)).entries()
    authority_folder = CaFolder(folder)
    order = Order(
        name=name,
        common_name=common_name,
        purpose=Purpose(purpose),
        names=wanted,
        key=request.public_key if request is not None else KEY_KINDS[kind](),
        days=days,
        folder=out,
        replace=replace,
        now=datetime.now(UTC),
    )
    _tell(issue(authority_folder, open_authority(authority_folder, password_file), order, say_waiting))


def _names_of_request(
    request: SigningRequest, wanted: tuple[x509.GeneralName, ...], *, take: bool
) -> tuple[x509.GeneralName, ...]:
    """The alternative names of a certificate for `request`: it may ask, but the operator decides."""
    click.echo(f"the request says that it is for {request.subject_text}")
    if take:
        wanted = check_entries((*wanted, *request.names))
    for name in request.names:
        click.echo(
            f"the request asks for {name_text(name)}{'' if name in wanted else ': not taken (see --take-names)'}"
        )
    return wanted


def _tell(issued: Issued) -> None:
    entry = issued.entry
    names = ", ".join(entry.names) or "no alternative names"
    click.echo(f"{' '.join(map(str, issued.files))}: {entry.purpose.value} {entry.name}, {names}")
    click.echo(f"serial {serial_text(entry.serial)}, valid to {entry.not_after:%Y-%m-%d}")
    for other in issued.others:
        serial = serial_text(other.serial)
        click.echo(
            f"{entry.name!r} also has {serial}, valid to {other.not_after:%Y-%m-%d}: revoke it if it is not needed"
        )


@click.command("revoke")
@folder_argument
@click.argument("target", metavar="NAME|SERIAL|FILE")
@click.option(
    "--reason",
    type=click.Choice(tuple(REASONS)),
    default="unspecified",
    show_default=True,
    help="Why; keyCompromise when somebody else may have the key.",
)
@click.option("--all", "every", is_flag=True, help="Every valid certificate of that name.")
@days_option(CRL_DAYS, "until the next list is due")
@click.option(
    "--out",
    "copies",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write the list to this file too; repeatable.",
)
@password_option
def revoke_certificate(  # noqa: PLR0913 (an option each)
    *,
    folder: Path,
    target: str,
    reason: str,
    every: bool,
    days: int,
    copies: tuple[Path, ...],
    password_file: Path | None,
) -> None:
    """Revoke a certificate of the authority in DIR, and make its revocation list anew.

    It is for good. Running servers take the new list by themselves once it lies where their script says.
    """
    authority_folder, now = CaFolder(folder), datetime.now(UTC)
    authority = open_authority(authority_folder, password_file)
    with authority_folder.locked(say_waiting) as index:
        chosen = choose_entries(find_entries(authority_folder, index, target, Path(target)), target, now, every=every)
        for entry in chosen:
            index.revoke(entry, now, reason)
        publish_list(authority_folder, authority, index, copies, now=now, days=days)
    for entry in chosen:
        click.echo(f"revoked {entry.name!r} {serial_text(entry.serial)}, which was valid to {entry.not_after:%Y-%m-%d}")
    tell_list(authority_folder, copies)
