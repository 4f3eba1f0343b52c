"""Issue certificates to servers and clients: the order as checked, its files, its record in the index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path  # noqa: TC003 (dataclasses are introspected by documentation tools)
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Authority, Credential, PrivateKey, Profile, PublicKey
from sertwist.pki.folder import chain_pem
from sertwist.pki.index import Purpose, serial_text
from sertwist.pki.names import check_common_name, check_file_name
from sertwist.pki.revoking import entry_for
from sertwist.pki.writing import PRIVATE, PUBLIC, StagedFiles, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography import x509
    from cryptography.x509.oid import ObjectIdentifier

    from sertwist.pki.folder import CaFolder
    from sertwist.pki.index import Entry, Index

__all__ = ["BACKDATE", "DAYS", "Issued", "Order", "end_of_validity", "issue", "record"]

DAYS: Final = 365
BACKDATE: Final = timedelta(hours=1)  # clocks that are a little slow accept a new certificate
_USAGES: Final[Mapping[Purpose, Sequence[ObjectIdentifier]]] = {
    Purpose.SERVER: (SERVER_AUTH,),
    Purpose.CLIENT: (CLIENT_AUTH,),
    Purpose.BOTH: (SERVER_AUTH, CLIENT_AUTH),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A certificate that is wanted.

    Attributes:
        name: the stem of its files.
        common_name: its subject; empty: `name`.
        purpose: server, client or both.
        names: its alternative names; servers need one.
        key: a new private key, or the public key of a signing request.
        days: of validity from `now`, cut at the end of the authority's.
        folder: where its files go.
        replace: files of these names that are there already may be replaced.
        now: the time.
    """

    name: str
    common_name: str = ""
    purpose: Purpose
    names: tuple[x509.GeneralName, ...]
    key: PrivateKey | PublicKey
    days: int
    folder: Path
    replace: bool = False
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What came of an order.

    Attributes:
        entry: its record.
        files: written, the certificate's first.
        others: records of the same name that are valid still.
    """

    entry: Entry
    files: tuple[Path, ...]
    others: tuple[Entry, ...]


def issue(folder: CaFolder, authority: Authority, order: Order, on_wait: Callable[[], None]) -> Issued:
    """Issue what `order` wants and write NAME.pem, with the intermediates, and NAME.key.

    Nothing is on record unless the files could be written, and no file appears unless it is on record.

    Raises:
        ConfigError: a name can't be, the authority has expired, files are there already or can't be written.
    """
    check_file_name(order.name)
    if order.purpose is not Purpose.CLIENT and not order.names:
        text = f"a server's certificate needs a name to be checked: --host or --sip-domain ({order.name!r} is no host)"
        raise ConfigError(text, code="pki-name")
    certificate = _certify(authority, order)
    with StagedFiles(replace=order.replace) as staged:
        pem, key = order.folder / f"{order.name}.pem", order.folder / f"{order.name}.key"
        files = [pem]
        staged.add(pem, chain_pem([certificate, *folder.chain_above()]), PUBLIC)
        if isinstance(order.key, PrivateKey):
            staged.add(key, Credential(certificate, order.key).key_pem(), PRIVATE)
            files.append(key)
        with folder.locked(on_wait) as index:
            others = [each for each in index.entries if each.name == order.name and each.state(order.now) == "valid"]
            entry = record(folder, index, certificate, order.name)
        staged.publish()
    return Issued(entry=entry, files=tuple(files), others=tuple(others))


def record(folder: CaFolder, index: Index, certificate: x509.Certificate, name: str) -> Entry:
    """Put `certificate`, issued as `name`, on record; the folder's lock is held.

    Raises:
        ConfigError: a file can't be written.
    """
    entry = entry_for(certificate, name)
    index.add(entry)
    replace_file(folder.issued_file(serial_text(entry.serial)), chain_pem([certificate]))
    folder.save(index)
    return entry


def end_of_validity(authority: x509.Certificate, now: datetime, days: int) -> datetime:
    """`days` from `now`, or when `authority` ends, whichever comes first.

    Raises:
        ConfigError: the authority has expired (`pki-expired`).
    """
    end = authority.not_valid_after_utc
    if end <= now:
        raise ConfigError(f"the authority expired {end:%Y-%m-%d}: it can sign nothing", code="pki-expired")
    return min(now.replace(microsecond=0) + timedelta(days=days), end)


def _certify(authority: Authority, order: Order) -> x509.Certificate:
    own = authority.certificate
    profile = Profile(
        common_names=(check_common_name(order.common_name or order.name),),
        alternative_names=order.names,
        usages=_USAGES[order.purpose],
        not_before=max(order.now.replace(microsecond=0) - BACKDATE, own.not_valid_before_utc),
        not_after=end_of_validity(own, order.now, order.days),
    )
    public_key = order.key.public_key() if isinstance(order.key, PrivateKey) else order.key
    return authority.certify(profile, public_key)
