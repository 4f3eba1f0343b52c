"""Make an authority: its folder appears whole, with its key, its first list and nothing issued yet."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509

from sertwist.errors import ConfigError
from sertwist.pki.authority import Authority, PrivateKey, Profile, issue_self_signed
from sertwist.pki.crl import make_list
from sertwist.pki.folder import CA_FILE, CRL_FILE, INDEX_FILE, ISSUED, KEY_FILE, CaFolder, chain_pem
from sertwist.pki.index import Index, format_index
from sertwist.pki.issuing import BACKDATE, end_of_validity, record
from sertwist.pki.names import check_common_name
from sertwist.pki.writing import PRIVATE, PUBLIC, StagedFiles, sync_folder, write_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["CA_DAYS", "NewAuthority", "create_intermediate", "create_root"]

CA_DAYS: Final = 3652


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthority:
    """An authority that is wanted.

    Attributes:
        name: its common name.
        key: its private key.
        password: encrypts the key's file; empty: it is not encrypted.
        days: of validity from `now`.
        crl_days: until its first list has to be followed by another.
        now: the time.
    """

    name: str
    key: PrivateKey
    password: bytes
    days: int
    crl_days: int
    now: datetime

    def profile(self) -> Profile:
        """What its certificate says.

        Raises:
            ConfigError: its name can't be (`pki-name`).
        """
        now = self.now.replace(microsecond=0)
        return Profile(
            common_names=(check_common_name(self.name),),
            usages=(),
            not_before=now - BACKDATE,
            not_after=now + timedelta(days=self.days),
            key=self.key,
            is_ca=True,
        )


def create_root(path: Path, wanted: NewAuthority) -> CaFolder:
    """Make the root `wanted` in the new folder `path`.

    Raises:
        ConfigError: its name can't be, something is at `path`, or it can't be written.
    """
    _check_free(path)
    authority = Authority(issue_self_signed(wanted.profile()))
    with _new_folder(path, _contents(authority, [], wanted)):
        pass
    return CaFolder(path)


def create_intermediate(
    path: Path,
    wanted: NewAuthority,
    parent: CaFolder,
    parent_authority: Authority,
    on_wait: Callable[[], None],
) -> CaFolder:
    """Make the authority `wanted` below `parent`, in the new folder `path`; the parent has a record of it.

    Raises:
        ConfigError: as for a root, or the parent has expired or may have no authority below it.
    """
    _check_free(path)
    own = parent_authority.certificate
    if own.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0:
        raise ConfigError(f"{parent.path} may have no authority below it: it is an intermediate", code="pki-depth")
    profile = wanted.profile()
    not_after = end_of_validity(own, wanted.now, wanted.days)
    not_before = max(wanted.now.replace(microsecond=0) - BACKDATE, own.not_valid_before_utc)
    profile = replace(profile, not_before=not_before, not_after=not_after, path_length=0)
    authority = parent_authority.issue_authority(profile)
    with (
        parent.locked(on_wait) as index,
        _new_folder(path, _contents(authority, parent.certificates(), wanted)),
    ):
        record(parent, index, authority.certificate, wanted.name)
    return CaFolder(path)


def _contents(
    authority: Authority, above: list[x509.Certificate], wanted: NewAuthority
) -> dict[str, tuple[bytes, int]]:
    """File names to contents and modes."""
    index = Index()
    crl = make_list(authority, index, now=wanted.now, days=wanted.crl_days)
    return {
        CA_FILE: (chain_pem([authority.certificate, *above]), PUBLIC),
        KEY_FILE: (authority.credential.key_pem(wanted.password or None), PRIVATE),
        CRL_FILE: (crl, PUBLIC),
        INDEX_FILE: (format_index(index), PRIVATE),
    }


def _check_free(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not (path.is_dir() and not any(path.iterdir()))):
        raise ConfigError(f"{path} is there already and is not replaced: take another folder", code="pki-exists")


@contextmanager
def _new_folder(path: Path, contents: Mapping[str, tuple[bytes, int]]) -> Iterator[None]:
    """Fill a folder of mode 0700 beside `path`; it gets its name when the block ends without an error.

    Raises:
        ConfigError: it can't be written, or something has been put at `path` meanwhile.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        with StagedFiles(replace=False) as staged:
            for name, (content, mode) in contents.items():
                staged.add(temporary / name, content, mode)
            staged.publish()
        (temporary / ISSUED).mkdir(mode=0o700)
        yield
        temporary.rename(path)  # takes the place of an empty folder only
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
