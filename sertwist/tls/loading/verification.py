"""Load what a domain judges peers by: its verification mode, CA files and folders, CRLs."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sertwist.errors import ConfigError
from sertwist.tls.domain import Side, VerifyMode
from sertwist.tls.loading.pem import is_folder
from sertwist.tls.loading.trust import check_lost_lists, check_trust, load_authorities, load_crls

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.tls.loading.loader import DomainLoader
    from sertwist.tls.loading.problem import Finding
    from sertwist.tls.loading.trust import Authorities, Crls
    from sertwist.tls.loading.values import GivenValue

__all__ = ["Trust", "load_trust", "load_verify_mode"]

_VERIFYING = ("verify_certificate", "require_certificate", "verify_client")


class _CrlCheck(enum.Enum):
    CHAIN = "chain"
    LEAF = "leaf"


class _Trust(enum.Enum):
    ROOTS = "roots"
    EXACT = "exact"


@dataclass(slots=True)
class Trust:
    """What `TLSDomain` has under the same names."""

    authorities: Authorities = ()
    revocation_lists: Crls = ()
    system_trust: bool = False
    exact_trust: bool = False
    crl_leaf_only: bool = False
    ca_files: tuple[Path, ...] = ()
    crl_files: tuple[Path, ...] = ()


def load_verify_mode(loader: DomainLoader) -> VerifyMode:
    """What the domain does about peers' certificates, by the pair of flags or by `verify_client`."""
    require = loader.flag("require_certificate")
    verify = loader.flag("verify_certificate", default=loader.side is Side.CLIENT)
    if loader.side is Side.CLIENT:
        return VerifyMode.ON if verify or require else VerifyMode.OFF
    by_pair = VerifyMode.ON if require else VerifyMode.OPTIONAL_NO_CA if verify else VerifyMode.OFF
    given = loader.settings.one("verify_client")
    if given is None:
        return by_pair
    by_word = loader.word("verify_client", VerifyMode, by_pair)
    if loader.settings.first_of("verify_certificate", "require_certificate") and by_pair is not by_word:
        text = f"verify_client={by_word.value} disagrees with verify_certificate and require_certificate"
        loader.error(given.where, f"{text}, which mean {by_pair.value}", "keep one style")
    return by_word


def load_trust(loader: DomainLoader, verify: VerifyMode, *, required: bool) -> Trust:
    """CA certificates and CRLs; to verify without any CA is an error where the domain is `required` to work."""
    trust = Trust(
        exact_trust=loader.word("trust", _Trust, _Trust.ROOTS) is _Trust.EXACT,
        crl_leaf_only=loader.word("crl_check", _CrlCheck, _CrlCheck.CHAIN) is _CrlCheck.LEAF,
    )
    ca_list, ca_path = loader.settings.one("ca_list"), loader.settings.one("ca_path")
    given = ca_list or ca_path
    if given is None:
        _check_missing(loader, verify, required=required)
        return trust
    if ca_list is not None and ca_list.text == "system":
        _trust_system(loader, trust, ca_list)
    elif ca_list is not None:
        _load_authorities(loader, trust, "ca_list", ca_list)
    if ca_path is not None:
        _load_authorities(loader, trust, "ca_path", ca_path)
    for each in loader.settings.all("crl"):
        _load_crls(loader, trust, each)
    if trust.authorities:
        loader.add(given.where, _check_trust(loader, trust))
        in_force = loader.options.in_force
        if in_force is not None and (before := in_force.get(loader.name)) is not None:
            loader.add(given.where, check_lost_lists(before, trust.authorities, trust.revocation_lists))
    return trust


def _check_trust(loader: DomainLoader, trust: Trust) -> list[Finding]:
    """Once for all domains that have the same: the signature of a CRL of megabytes is a matter of 30 ms."""
    parts = (*trust.authorities, *trust.revocation_lists)
    key = (check_trust, *map(id, parts), trust.crl_leaf_only)
    return loader.once(
        key,
        lambda: list(check_trust(trust.authorities, trust.revocation_lists, loader.now, leaf_only=trust.crl_leaf_only)),
    )


def _check_missing(loader: DomainLoader, verify: VerifyMode, *, required: bool) -> None:
    crl = loader.settings.one("crl")
    if crl is not None:
        loader.warn(crl.where, "crl has no effect without ca_list", "name the CA certificates")
    if verify is VerifyMode.OFF or not required:
        return
    given = loader.settings.first_of(*_VERIFYING)
    system = ', or write "system"' if loader.side is Side.CLIENT else ""
    text = "certificates are to be verified but ca_list is not set"
    if given is None:  # a client domain verifies by itself
        text = f"{loader.name} verifies the servers it calls, but ca_list is not set"
    where = given.where if given is not None else loader.where
    loader.error(where, text, f"name the file of the CA certificates{system}")


def _trust_system(loader: DomainLoader, trust: Trust, given: GivenValue) -> None:
    if loader.side is Side.SERVER:
        text = "ca_list can't be system here: everybody with a public certificate would be verified"
        loader.error(given.where, text, "name the file of the CAs that certify your clients")
        return
    trust.system_trust = True
    for each in loader.settings.all("crl"):
        text = "crl can't be used with ca_list = system: public CAs have none for most certificates"
        loader.error(each.where, text, "leave it out")


def _is_of_other_kind(path: Path, *, folder: bool) -> bool:
    try:
        return path.is_dir() != folder and path.exists()
    except OSError:  # reading it will tell
        return False


def _load_authorities(loader: DomainLoader, trust: Trust, name: str, given: GivenValue) -> None:
    path = loader.path(given)
    if _is_of_other_kind(path, folder=name == "ca_path"):
        other = "ca_path" if name == "ca_list" else "ca_list"
        what = "is a folder, not a file" if is_folder(path) else "is not a folder"
        loader.error(given.where, f"{name} {path} {what}", f"name it as {other}")
        return
    try:
        authorities, crls, findings = loader.once((load_authorities, path), lambda: load_authorities(path))
    except ConfigError as error:
        loader.error(given.where, f"{name} {error}")
        return
    loader.add(given.where, ((severity, f"{name} {text}", fix) for severity, text, fix in findings))
    trust.authorities += tuple(each for each in authorities if each not in trust.authorities)
    trust.revocation_lists += crls
    trust.ca_files += (path,)


def _load_crls(loader: DomainLoader, trust: Trust, given: GivenValue) -> None:
    path = loader.path(given)
    try:
        crls, findings = loader.once((load_crls, path), lambda: load_crls(path))
    except ConfigError as error:
        loader.error(given.where, f"crl {error}")
        return
    loader.add(given.where, ((severity, f"crl {text}", fix) for severity, text, fix in findings))
    trust.revocation_lists += tuple(each for each in crls if each not in trust.revocation_lists)
    trust.crl_files += (path,)
