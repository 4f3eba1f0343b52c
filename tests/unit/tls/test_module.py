"""Module tls: its selects, its methods, and CRLs that reach live connections."""

from __future__ import annotations

import ipaddress
import itertools
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from sertwist.errors import ConfigError
from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.pki.authority import Profile
from sertwist.script.context import Environment, RouteContext
from sertwist.script.declare import Kind
from sertwist.tls.context import ServerContextFactory
from tests.unit.tls.fake_host import FakeHost, result_of
from tests.unit.tls.kit import AT, BOB, OTHER_ROOT, ROOT, SERVER, Outcome, client_context, connect, make_domain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SELECTS = {select.name: select for select in TlsModule().selects()}


def subject(**parts: str) -> x509.Name:
    oids = {
        "cn": NameOID.COMMON_NAME,
        "l": NameOID.LOCALITY_NAME,
        "c": NameOID.COUNTRY_NAME,
        "st": NameOID.STATE_OR_PROVINCE_NAME,
        "o": NameOID.ORGANIZATION_NAME,
        "ou": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "uid": NameOID.USER_ID,
    }
    return x509.Name([x509.NameAttribute(oids[name], value) for name, value in parts.items()])


CAROL = ROOT.issue(
    Profile(
        subject=subject(cn="Carol", l="Praha", c="CZ", st="Bohemia", o="iptel", ou="devel", uid="carol1"),
        alternative_names=[
            x509.RFC822Name("carol@example.com"),
            x509.DNSName("carol.example.com"),
            x509.UniformResourceIdentifier("sip:carol@example.com"),
            x509.IPAddress(ipaddress.ip_address("192.0.2.7")),
        ],
        serial=2**65 + 10,
    )
)


def context_of(outcome: Outcome | None) -> RouteContext:
    ctx = RouteContext(Environment(wall_clock=lambda: AT), "POST", "TLS", ("192.0.2.1", 9), ("192.0.2.2", 5061))
    ctx.tls = outcome.session if outcome else None
    return ctx


def value(name: str, outcome: Outcome | None) -> object:
    return SELECTS[name.lower()].get(context_of(outcome))


def compared(name: str, outcome: Outcome) -> object:
    select = SELECTS[name.lower()]
    return (select.compare or select.get)(context_of(outcome))


@pytest.fixture(scope="module")
def carol() -> Outcome:
    context = client_context(CAROL, version=SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"ECDHE-ECDSA-AES256-GCM-SHA384")
    return connect(ServerContextFactory(make_domain()), context, sni=b"alice.example.com")


@pytest.fixture(scope="module")
def mallory() -> Outcome:
    stranger = OTHER_ROOT.issue(Profile(common_names=("Bob",)))
    return connect(ServerContextFactory(make_domain()), client_context(stranger))


ANNOUNCED = {
    "@tls": "ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH Au=ECDSA Enc=AESGCM(256) Mac=AEAD",
    "@tls.desc": "ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH Au=ECDSA Enc=AESGCM(256) Mac=AEAD",
    "@tls.version": "TLSv1.2",
    "@tls.cipher": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "@tls.cipher.bits": 256,
    "@tls.server_name": "alice.example.com",
    "@tls.peer": "Carol",
    "@tls.peer.subject": "Carol",
    "@tls.peer.issuer": "Test Root",
    "@tls.peer.verified": True,
    "@tls.peer.revoked": False,
    "@tls.peer.expired": False,
    "@tls.peer.self_signed": False,
    "@tls.peer.presented": True,
    "@tls.peer.reason": None,
    "@tls.peer.version": 2,
    "@tls.peer.sn": str(2**65 + 10),
    "@tls.peer.serialNumber": str(2**65 + 10),
    "@tls.peer.sn.hex": "02000000000000000A",
    "@tls.peer.email": "carol@example.com",
    "@tls.peer.host": "carol.example.com",
    "@tls.peer.uri": "sip:carol@example.com",
    "@tls.peer.ip": "192.0.2.7",
    "@tls.peer.IPAddress": "192.0.2.7",
    "@tls.peer.count.DNS": 1,
    "@tls.peer.subj.locality": "Praha",
    "@tls.peer.subj.country": "CZ",
    "@tls.peer.subject.state": "Bohemia",
    "@tls.peer.subj.organization": "iptel",
    "@tls.peer.subj.unit": "devel",
    "@tls.peer.subj.uid": "carol1",
    "@tls.peer.country": "CZ",
    "@tls.peer.issuer.locality": None,
    "@tls.peer.issuer.cn": "Test Root",
    "@tls.my": "alice",
    "@tls.me": "alice",
    "@tls.myself.subject": "alice",
    "@tls.my.host": "alice.example.com",
    "@tls.my.issuer": "Test Root",
    "@tls.my.version": 2,
    "@tls.my.sn": str(SERVER.certificate.serial_number),
    "@tls.my.email": None,
    "@tls.my.subj.country": None,
    "@tls.resumed": False,
    "@tls.alpn": None,
    "@tls.domain": "server:default",
    "@tls.generation": 1,
}


@pytest.mark.parametrize("name", ANNOUNCED)
def test_select_has_its_value_on_a_verified_connection(name: str, carol: Outcome) -> None:
    assert value(name, carol) == ANNOUNCED[name]


@pytest.mark.parametrize(
    ("side", "kind", "part"),
    [*itertools.product(["peer", "my"], ["subj", "issuer"], ["locality", "country", "state", "organization", "unit"])],
)
def test_every_announced_name_part_is_a_select(side: str, kind: str, part: str) -> None:
    assert SELECTS[f"@tls.{side}.{kind}.{part}"].kind is Kind.TEXT


@pytest.mark.parametrize("side", ["peer", "my"])
@pytest.mark.parametrize("part", ["not_before", "not_after"])
def test_dates_are_in_the_announced_form(side: str, part: str, carol: Outcome) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    root = ROOT.certificate
    when = root.not_valid_before_utc if part == "not_before" else root.not_valid_after_utc
    expected = f"{months[when.month - 1]} {when.day:2d} {when:%H:%M:%S %Y} GMT"
    assert value(f"@tls.{side}.{part}", carol) == expected


@pytest.mark.parametrize("name", ["verified", "revoked", "expired", "self_signed"])
def test_state_is_a_boolean_and_false_without_tls(name: str) -> None:
    assert SELECTS[f"@tls.peer.{name}"].kind is Kind.BOOLEAN
    assert value(f"@tls.peer.{name}", None) is False


def test_every_other_select_is_absent_without_tls() -> None:
    present = {n for n, s in SELECTS.items() if s.kind is not Kind.BOOLEAN and s.get(context_of(None)) is not None}
    assert present == set()


def test_no_identity_is_seen_of_an_unverified_peer(mallory: Outcome) -> None:
    ctx = context_of(mallory)
    seen = {
        name
        for name, select in SELECTS.items()
        if name.startswith("@tls.peer") and not name.startswith("@tls.peer.unverified") and select.get(ctx) is not None
    }
    assert seen == {
        "@tls.peer.verified",
        "@tls.peer.revoked",
        "@tls.peer.expired",
        "@tls.peer.self_signed",
        "@tls.peer.presented",
        "@tls.peer.reason",
        "@tls.peer.raw_cert",
        "@tls.peer.rawcert",
    }
    assert value("@tls.peer.verified", mallory) is False
    assert value("@tls.peer.reason", mallory) == "untrusted"
    assert value("@tls.peer.unverified.subject", mallory) == "Bob"


def test_name_equals_nothing_when_the_subject_has_two() -> None:
    both = ROOT.issue(Profile(common_names=("Bob", "SER-Killer")))
    outcome = connect(ServerContextFactory(make_domain()), client_context(both))
    for name in ("@tls.peer", "@tls.peer.subject", "@tls.peer.subj.cn", "@tls.peer.name"):
        assert value(name, outcome) == "Bob"
        assert compared(name, outcome) is None


def test_name_is_compared_when_it_is_the_only_one(carol: Outcome) -> None:
    assert compared("@tls.peer", carol) == "Carol"


def test_parameters_have_no_name_twice() -> None:
    names = [name for p in TlsModule.parameters for name in (p.name, *p.aliases)]
    assert len(names) == len(set(names))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cert.pem").write_bytes(SERVER.certificate_pem() + SERVER.key_pem())
    (tmp_path / "cert.pem").chmod(0o600)
    write_ca(tmp_path)
    return tmp_path


def write_ca(folder: Path, *revoked: x509.Certificate, number: int = 1) -> None:
    crl = ROOT.crl(revoked, number=number).public_bytes(Encoding.PEM)
    (folder / "ca.pem").write_bytes(ROOT.credential.certificate_pem() + crl)


def looks(host: FakeHost) -> Callable[[], None]:
    """What the timer of files does."""
    [call] = [call for seconds, call in host.timers if seconds == 10.0]
    return lambda: result_of(call())


def configured(folder: Path, **settings: object) -> TlsModule:
    given = {"certificate": "cert.pem", "ca_list": "ca.pem", "verify_certificate": 1}
    module = TlsModule({name: [SettingValue(v, name)] for name, v in given.items()} | settings)
    problems = module.configure(folder, [("127.0.0.1", 5061)], AT)
    assert [p for p in problems if p.severity == "error"] == []
    return module


def test_module_serves_the_listener_when_configured(folder: Path) -> None:
    module = configured(folder)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    assert outcome.verdict() == (True, "")


def test_nothing_is_built_when_there_is_an_error(folder: Path) -> None:
    module = TlsModule({"certificate": [SettingValue("missing.pem", 1)]})
    assert [p.severity for p in module.configure(folder, [("127.0.0.1", 5061)], AT)] == ["error"]
    assert module.reloads is None
    with pytest.raises(ConfigError):
        module.factory_for("127.0.0.1", 5061)


def test_refused_parameter_is_an_error_and_its_harmless_value_is_not(folder: Path) -> None:
    base = {"certificate": [SettingValue("cert.pem", 0)]}
    on = TlsModule({**base, "renegotiation": [SettingValue(1, "here")]}).configure(folder, [], AT)
    off = TlsModule({**base, "renegotiation": [SettingValue(0, "here")]}).configure(folder, [], AT)
    assert [p.where for p in on if p.severity == "error"] == ["here"]
    assert [p for p in off if p.severity == "error"] == []


def test_timeouts_become_connection_limits(folder: Path) -> None:
    module = configured(
        folder,
        handshake_timeout=[SettingValue(120, 1)],
        send_timeout=[SettingValue("5", 1)],
        connection_timeout=[SettingValue(-1, 1)],
        con_ct_wq_max=65536,
    )
    limits = module.connection_limits()
    assert (limits["handshake_timeout"], limits["write_timeout"], limits["max_write_queue"]) == (120, 5, 65536)
    assert limits["idle_timeout"] > 365 * 86_400
    assert configured(folder).connection_limits() == {}


@pytest.mark.parametrize(("seconds", "warned"), [(999, False), (1000, True)])
def test_timeout_is_doubted_when_it_looks_like_milliseconds(folder: Path, seconds: int, warned: bool) -> None:
    module = TlsModule({"certificate": [SettingValue("cert.pem", 0)], "handshake_timeout": [SettingValue(seconds, 1)]})
    problems = module.configure(folder, [], AT)
    assert any("it counts seconds" in p.text for p in problems) is warned


def test_live_connection_is_revoked_when_the_crl_file_changes(folder: Path) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    look = looks(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    write_ca(folder, BOB.certificate, number=2)
    look()
    assert outcome.verdict() == (True, "")  # one look is not enough: the file may be half written
    look()
    assert outcome.verdict() == (False, "revoked")
    assert host.lines == [("info", "tls domain server:default: CA and CRL files read again")]
    assert module.factory_for("127.0.0.1", 5061).generation == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        ROOT.credential.certificate_pem() + b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        ROOT.credential.certificate_pem()
        + OTHER_ROOT.credential.certificate_pem()
        + ROOT.crl().public_bytes(Encoding.PEM),
    ],
)
def test_old_data_stays_when_the_changed_file_is_bad(folder: Path, content: bytes) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    (folder / "ca.pem").write_bytes(content)
    for _ in range(4):
        looks(host)()
    assert outcome.verdict() == (True, "")
    assert connect(module.factory_for("127.0.0.1", 5061), client_context(BOB)).verdict() == (True, "")
    assert [level for level, _ in host.lines] == ["error"]
    assert "the old data stays" in host.lines[0][1]


def test_missing_file_changes_nothing_and_its_return_is_noticed(folder: Path) -> None:
    module = configured(folder)
    host = FakeHost()
    module.start(host)
    outcome = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    (folder / "ca.pem").unlink()
    for _ in range(3):
        result_of(module.check_files())
    assert host.lines == []
    write_ca(folder, BOB.certificate, number=2)
    result_of(module.check_files())
    result_of(module.check_files())
    assert outcome.verdict() == (False, "revoked")


def test_every_parameter_says_what_it_does() -> None:
    assert [p.name for p in TlsModule.parameters if not p.help] == []
