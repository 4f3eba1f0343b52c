"""Tables built from parameter values as a script gives them, in a folder with the kit's certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.modules.settings import SettingValue
from sertwist.tls.loading.table import LoadOptions, build_table
from tests.unit.tls.kit import AT, ROOT, SERVER

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.pki.authority import Authority
    from sertwist.tls.domain_table import DomainTable
    from sertwist.tls.loading.problem import Problem

LISTENERS = [("127.0.0.1", 5061), ("127.0.0.1", 5063)]
SEED = {
    "method": ["SSLv23"],
    "verify_certificate": ["1"],
    "require_certificate": ["0"],
    "private_key": ["key.pem"],
    "ca_list": ["ca.pem"],
    "certificate": ["cert.pem"],
}


def write(path: Path, *parts: bytes, mode: int = 0o600) -> None:
    path.write_bytes(b"".join(parts))
    path.chmod(mode)


def crl_pem(authority: Authority, **arguments: object) -> bytes:
    return authority.crl(**arguments).public_bytes(Encoding.PEM)


def fill(folder: Path) -> Path:
    """Write the files that `SEED` names."""
    write(folder / "cert.pem", SERVER.certificate_pem())
    write(folder / "key.pem", SERVER.key_pem())
    write(folder / "ca.pem", ROOT.credential.certificate_pem())
    return folder


def build(
    folder: Path,
    *,
    listeners: list[tuple[str, int]] = LISTENERS,
    options: LoadOptions | None = None,
    **values: list[str | int],
) -> tuple[DomainTable | None, list[Problem]]:
    """The table of `SEED` with `values` put in."""
    settings = {
        name: [SettingValue(value, f"{name}[{n}]") for n, value in enumerate(given)]
        for name, given in {**SEED, **values}.items()
    }
    return build_table(settings, base_directory=folder, tls_listeners=listeners, now=AT, options=options)


def errors_of(problems: list[Problem]) -> list[tuple[object, str]]:
    return [(p.where, p.text) for p in problems if p.severity == "error"]


def warnings_of(problems: list[Problem]) -> str:
    return "\n".join(f"{p.where}: {p.text}" for p in problems if p.severity == "warning")
