"""From one domain's settings to a validated `TLSDomain`, collecting every problem on the way (reference tls 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.tls.domain import NameRules, RevokedAction, Side, TLSDomain, VerifyMode
from sertwist.tls.loading.address import ANYWHERE
from sertwist.tls.loading.own import load_own
from sertwist.tls.loading.own_names import check_own_names
from sertwist.tls.loading.protocol import (
    load_alpn,
    load_cipher_list,
    load_ciphersuites,
    load_depth,
    load_groups,
    load_idle_timeout,
    load_timeout,
    load_versions,
)
from sertwist.tls.loading.staple import load_staple
from sertwist.tls.loading.verification import load_trust, load_verify_mode

if TYPE_CHECKING:
    from sertwist.tls.loading.loader import DomainLoader
    from sertwist.tls.loading.names import DomainNames
    from sertwist.tls.loading.rows import DomainRow

__all__ = ["bare_domain", "load_domain"]


def bare_domain(row: DomainRow, names: DomainNames) -> TLSDomain:
    """The domain of `row` with nothing but what it is found by; its `name` is final."""
    return TLSDomain(
        side=row.side,
        address=None if row.address == ANYWHERE else row.address,
        server_name=names.server_name,
        server_name_mode=names.mode,
        server_id=names.server_id,
    )


def load_domain(loader: DomainLoader, bare: TLSDomain, *, required: bool) -> TLSDomain:
    """The domain that `bare` names, with the settings that `loader` has.

    Args:
        loader: takes what is wrong; after an error the domain returned must not be used.
        bare: of `bare_domain`.
        required: connections will use it, so it must have what they need.
    """
    minimum, maximum = load_versions(loader)
    verify = load_verify_mode(loader)
    trust = load_trust(loader, verify, required=required)
    own = load_own(loader, trust.authorities, required=required and bare.side is Side.SERVER)
    named = loader.settings.one("server_name")
    for each in own if named is not None else ():
        loader.add(named and named.where, check_own_names(bare, each))
    staple, staple_file = load_staple(loader, own)
    return TLSDomain(
        side=bare.side,
        address=bare.address,
        server_name=bare.server_name,
        server_name_mode=bare.server_name_mode,
        server_id=bare.server_id,
        own=own,
        authorities=trust.authorities,
        system_trust=trust.system_trust,
        exact_trust=trust.exact_trust,
        revocation_lists=trust.revocation_lists,
        crl_leaf_only=trust.crl_leaf_only,
        verify=verify,
        depth=load_depth(loader),
        name_rules=_load_name_rules(loader),
        minimum=minimum,
        maximum=maximum,
        cipher_list=load_cipher_list(loader),
        ciphersuites=load_ciphersuites(loader),
        groups=load_groups(loader),
        alpn=load_alpn(loader),
        resumption=loader.flag("session_cache", default=bare.side is Side.SERVER and verify is VerifyMode.OFF),
        handshake_timeout=load_timeout(loader, "handshake_timeout"),
        send_timeout=load_timeout(loader, "send_timeout"),
        idle_timeout=load_idle_timeout(loader),
        revoked_action=loader.word("revoked_action", RevokedAction, RevokedAction.CLOSE),
        staple=staple,
        staple_file=staple_file,
        ca_files=trust.ca_files,
        crl_files=trust.crl_files,
        files=tuple(loader.files),
        origins=_origins(loader),
    )


def _load_name_rules(loader: DomainLoader) -> NameRules:
    rules = loader.word("verify_name", NameRules, NameRules.SIP)
    given = loader.settings.one("verify_name")
    if rules is NameRules.NONE and given is not None:
        text = "verify_name=no: any server with a certificate of these CAs is taken for the one that is called"
        loader.warn(given.where, text, "write sip or https")
    return rules


def _origins(loader: DomainLoader) -> dict[str, str]:
    return {
        name: f"{loader.side.value}:default" if values[0].inherited else loader.options.describe(values[0].where)
        for name, values in loader.settings.settings()
    }
