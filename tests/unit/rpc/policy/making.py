"""Policies, callers and methods for tests."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sertwist.rpc.caller import Caller
from sertwist.rpc.declare import Effect, Method, Param, Type
from sertwist.rpc.policy import Policy, Reading, read_policy
from sertwist.rpc.registry import Registry
from sertwist.tls.certificate import CertificateView, view_certificate

NOW = 1_767_225_600.0  # 2026-01-01 00:00 UTC, a Thursday
USERS = {"root": 0, "monitor": 1000}
_BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def method(name: str, effect: Effect = Effect.READ, *params: Param, aliases: tuple[str, ...] = ()) -> Method:
    return Method(name=name, run=lambda *_: 1, params=params, effect=effect, aliases=aliases)


def text(name: str, **more: Any) -> Param:
    return Param(name=name, type=Type.STRING, **more)


METHODS = (
    method("core.version"),
    method("core.ps"),
    method("core.kill", Effect.DESTRUCTIVE, Param(name="signal", type=Type.INT, optional=True)),
    method("htable.get", Effect.READ, text("table"), text("key")),
    method("htable.sets", Effect.WRITE, text("table"), text("key"), text("value")),
    method("htable.listTables"),
    method("usrloc.rm", Effect.DESTRUCTIVE, text("table"), text("aor"), aliases=("ul.rm",)),
    method("usrloc.dump", Effect.READ, text("domain", optional=True)),
    method("gflags.set", Effect.WRITE, Param(name="flag", type=Type.INT)),
    method("pv.shvSet", Effect.WRITE, text("name"), text("type"), Param(name="value", type=Type.ANY)),
    method("uac.set", Effect.WRITE, text("user"), text("password", secret=True)),
    method("dns.forget", Effect.WRITE, text("names", rest=True)),
    method("system.multicall", Effect.READ, Param(name="calls", type=Type.ARRAY)),
)


def registry() -> Registry:
    found = Registry()
    for each in METHODS:
        found.add(each)
    return found


def read(policy: str) -> Reading:
    return read_policy(policy, "policy.toml", METHODS, USERS.get)


def policy(text_of_it: str) -> Policy:
    """The policy, which must be without errors."""
    reading = read(text_of_it)
    assert reading.policy is not None, reading.text
    return reading.policy


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(cn: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, cn)])


@cache
def certificate(
    cn: str, ca: str = "Test CA", organisation: str = "", serial: int = 0x1A2B, names: tuple[str, ...] = ()
) -> CertificateView:
    """A certificate by the CA `ca`; `names` are like `uri:x`, `dns:x`, `email:x`."""
    kinds = {"uri": x509.UniformResourceIdentifier, "dns": x509.DNSName, "email": x509.RFC822Name}
    builder = x509.CertificateBuilder(
        issuer_name=_name(ca, "Example"),
        subject_name=_name(cn, organisation),
        public_key=_key(cn).public_key(),
        serial_number=serial,
        not_valid_before=_BEGIN,
        not_valid_after=_BEGIN + dt.timedelta(days=365),
    )
    if names:
        pairs = [each.split(":", 1) for each in names]
        found = [kinds[kind](value) for kind, value in pairs]
        builder = builder.add_extension(x509.SubjectAlternativeName(found), critical=False)
    return view_certificate(builder.sign(_key(ca), hashes.SHA256()))


@cache
def authority(ca: str = "Test CA") -> CertificateView:
    builder = x509.CertificateBuilder(
        issuer_name=_name(ca, "Example"),
        subject_name=_name(ca, "Example"),
        public_key=_key(ca).public_key(),
        serial_number=1,
        not_valid_before=_BEGIN,
        not_valid_after=_BEGIN + dt.timedelta(days=365),
    )
    return view_certificate(builder.sign(_key(ca), hashes.SHA256()))


def bearer(cn: str, ca: str = "Test CA", *, source: str = "192.0.2.1", protocol: str = "TLS", **more: Any) -> Caller:
    """Who shows a certificate."""
    leaf = certificate(cn, ca, **more)
    chain = (leaf, authority(ca))
    return Caller(source=(source, 4000), protocol=protocol, certificate=leaf, chain=chain, words=f"certificate {cn!r}")


def user(uid: int) -> Caller:
    """Who is at the other end of a Unix socket."""
    return Caller(protocol="UNIX", uid=uid, words=f"uid {uid}")
