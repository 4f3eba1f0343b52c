"""Make an authority's revocation list anew, so that no number comes twice and no revocation gets lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.errors import ConfigError
from sertwist.pki.authority import Revocation
from sertwist.pki.index import REASONS, Index, serial_text
from sertwist.pki.writing import replace_file
from sertwist.tls.loading.pem import parse_crls, read_pem_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sertwist.pki.authority import Authority
    from sertwist.pki.folder import CaFolder

__all__ = ["CLOCK_SLACK", "CRL_DAYS", "make_list", "publish_list"]

CLOCK_SLACK: Final = timedelta(minutes=5)  # servers whose clock is that much slow take a new list at once
CRL_DAYS: Final = 30


def publish_list(
    folder: CaFolder, authority: Authority, index: Index, copies: Iterable[Path] = (), *, now: datetime, days: int
) -> None:
    """Save `index` and make the list that follows from it.

    Args:
        folder: of the authority; its lock is held.
        authority: with its key.
        index: of the folder, with what is new in it.
        copies: further files that the list is written to.
        now: the time.
        days: until the next list is due.

    Raises:
        ConfigError: a list of before has more than the index, or a file can't be written. The index is written
            first: what it says is on the next list that can be.
    """
    _compare(folder.crl_file, index)
    content = make_list(authority, index, now=now, days=days)
    folder.save(index)
    for path in (folder.crl_file, *copies):
        replace_file(path, content)


def make_list(authority: Authority, index: Index, *, now: datetime, days: int) -> bytes:
    """The next list of `authority`, in PEM, good for `days` or to the authority's own end; noted in `index`.

    Raises:
        ConfigError: the authority has expired (`pki-expired`).
    """
    start, end = authority.certificate.not_valid_before_utc, authority.certificate.not_valid_after_utc
    now = now.replace(microsecond=0)
    if end <= now:
        raise ConfigError(f"the authority expired {end:%Y-%m-%d}: it can sign nothing", code="pki-expired")
    revocations = [
        Revocation(each.serial, each.revoked, REASONS[each.reason]) for each in index.listed() if each.revoked
    ]
    index.crl_number += 1
    index.crl_made = max(now - CLOCK_SLACK, start)
    crl = authority.revocation_list(
        revocations,
        this_update=index.crl_made,
        next_update=min(now + timedelta(days=days), end),
        number=index.crl_number,
    )
    return crl.public_bytes(Encoding.PEM)


def _compare(path: Path, index: Index) -> None:
    """Refuse to go on from an index that is older than the list at `path`; without a list there is nothing to compare.

    Raises:
        ConfigError: the list has revoked what the index has not (`pki-index`).
    """
    if not path.exists():
        return
    for crl in parse_crls(read_pem_file(path), required=True):
        index.crl_number = max(
            index.crl_number, crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        )
        known = {each.serial for each in index.entries if each.revoked}
        lost = sorted(serial_text(entry.serial_number) for entry in crl if entry.serial_number not in known)
        if lost:
            text = f"{path} has revoked what the index has not ({', '.join(lost[:5])}): the index is an old copy"
            raise ConfigError(f"{text}; restore the newest one", code="pki-index")
