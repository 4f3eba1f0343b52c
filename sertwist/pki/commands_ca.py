"""`sertwist pki ca new` and `sertwist pki crl`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from cryptography import x509

from sertwist.limits import MAX_DAYS
from sertwist.pki.command_options import (
    PkiGroup,
    days_option,
    folder_argument,
    key_option,
    open_authority,
    password_option,
    say_waiting,
)
from sertwist.pki.creating import CA_DAYS, NewAuthority, create_intermediate, create_root
from sertwist.pki.crl import CRL_DAYS, publish_list
from sertwist.pki.folder import CaFolder
from sertwist.pki.keys import KEY_KINDS, describe_key
from sertwist.pki.password import read_password_file

__all__ = ["ca", "make_crl", "tell_list"]


@click.group(cls=PkiGroup)
def ca() -> None:
    """Certificate authorities of your own."""


@ca.command("new")
@folder_argument
@click.option("--name", required=True, help="The authority's common name.")
@days_option(CA_DAYS, "of validity; an intermediate's end with its parent's")
@click.option(
    "--crl-days",
    type=click.IntRange(1, MAX_DAYS),
    default=CRL_DAYS,
    show_default=True,
    help="Days until the first revocation list is due for renewal.",
)
@key_option("ec")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    help="Encrypt the new key with the first line of this file.",
)
@click.option("--intermediate-of", "parent", type=click.Path(path_type=Path), help="Folder of the authority above it.")
@click.option(
    "--parent-password-file",
    type=click.Path(path_type=Path),
    help="The password of that authority's key.",
)
def new_ca(  # noqa: PLR0913 (an option each)
    *,
    folder: Path,
    name: str,
    days: int,
    crl_days: int,
    kind: str,
    password_file: Path | None,
    parent: Path | None,
    parent_password_file: Path | None,
) -> None:
    """Make a certificate authority in the new folder DIR.

    DIR gets mode 700 and holds ca.pem (the certificate, and those of the authorities above it), ca.key, crl.pem
    (the revocation list, empty), index.jsonl (what was issued and revoked) and issued/. Nothing is ever replaced.
    """
    wanted = NewAuthority(
        name=name,
        key=KEY_KINDS[kind](),
        password=read_password_file(password_file) if password_file is not None else b"",
        days=days,
        crl_days=crl_days,
        now=datetime.now(UTC),
    )
    if parent is None:
        made = create_root(folder, wanted)
    else:
        above = CaFolder(parent)
        made = create_intermediate(folder, wanted, above, open_authority(above, parent_password_file), say_waiting)
    certificate = made.certificates()[0]
    end = certificate.not_valid_after_utc
    click.echo(f"{folder}: {name}, {describe_key(wanted.key)}, valid to {end:%Y-%m-%d}")
    if not wanted.password:
        click.echo(f"{folder / 'ca.key'} is not encrypted: who can read it can be anybody (see --password-file)")


@click.command("crl")
@folder_argument
@days_option(CRL_DAYS, "until the next list is due")
@click.option(
    "--out", "copies", multiple=True, type=click.Path(path_type=Path), help="Write it to this file too; repeatable."
)
@password_option
def make_crl(*, folder: Path, days: int, copies: tuple[Path, ...], password_file: Path | None) -> None:
    """Make the revocation list of the authority in DIR anew.

    A server refuses everybody whom an authority certified once its list is past its end: run this by a timer, well
    before. crl.pem is replaced in one step, and running servers take it by themselves.
    """
    authority_folder = CaFolder(folder)
    authority = open_authority(authority_folder, password_file)
    with authority_folder.locked(say_waiting) as index:
        publish_list(authority_folder, authority, index, copies, now=datetime.now(UTC), days=days)
    tell_list(authority_folder, copies)


def tell_list(folder: CaFolder, copies: tuple[Path, ...]) -> None:
    """Say what the newest list is."""
    crl = folder.newest_list()
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    files = " ".join(str(path) for path in (folder.crl_file, *copies))
    click.echo(
        f"{files}: list {number}, {len(crl)} revoked, to be renewed before {crl.next_update_utc:%Y-%m-%d %H:%M} UTC"
    )
