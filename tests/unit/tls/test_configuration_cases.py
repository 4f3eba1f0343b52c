"""Reference tls 11.3, cases 87 to 112: each by modparams and by tls.cfg, on the server and on the client side."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pytest

from sertwist.limits import MAX_PASSWORD_FILE
from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.pki.authority import CLIENT_AUTH, SERVER_AUTH, Profile, alternative_names
from sertwist.rpc.fault import Fault
from sertwist.tls.domain import Side
from sertwist.tls.loading.problem import has_errors
from sertwist.tls.loading.table import LoadOptions, build_table
from tests.unit.tls.building import LISTENERS, crl_pem, write
from tests.unit.tls.fake_host import FakeHost, result_of
from tests.unit.tls.kit import AT, BOB, OTHER_ROOT, ROOT, client_context, connect

if TYPE_CHECKING:
    from pathlib import Path

    from sertwist.tls.domain_table import DomainTable
    from sertwist.tls.loading.problem import Problem

BOTH = ROOT.issue(
    Profile(
        common_names=("alice",),
        usages=(SERVER_AUTH, CLIENT_AUTH),
        alternative_names=alternative_names("alice.example.com"),
    )
)
BASE = {"certificate": "cert.pem", "private_key": "key.pem", "ca_list": "ca.pem", "verify_certificate": "1"}
LOCKED_PASSWORD = b"correct horse"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cert, key, root = BOTH.certificate_pem(), BOTH.key_pem(), ROOT.credential.certificate_pem()
    files: dict[str, tuple[bytes, ...]] = {
        "cert.pem": (cert,),
        "key.pem": (key,),
        "ca.pem": (root,),
        "empty.pem": (b" \n",),
        "junk.pem": (b"\x00\x01 no certificate\n",),
        "bob.key": (BOB.key_pem(),),
        "locked.key": (BOTH.key_pem(LOCKED_PASSWORD),),
        "right.txt": (LOCKED_PASSWORD, b"\n"),
        "wrong.txt": (b"incorrect horse\n",),
        "long.txt": ((LOCKED_PASSWORD + b"\n").ljust(MAX_PASSWORD_FILE, b"#"),),
        "longer.txt": ((LOCKED_PASSWORD + b"\n").ljust(MAX_PASSWORD_FILE + 1, b"#"),),
        "reversed.pem": (root, cert),
        "with_key.pem": (root, ROOT.credential.key_pem()),
        "k=v.pem": (cert, key),
        "other.crl": (crl_pem(OTHER_ROOT),),
    }
    for name, parts in files.items():
        write(tmp_path / name, *parts)
    write(tmp_path / "open.key", key, mode=0o644)
    write(tmp_path / "open.txt", LOCKED_PASSWORD, mode=0o604)
    (tmp_path / "sub").mkdir()
    return tmp_path


def build_case(
    folder: Path, side: Side, form: str, settings: dict[str, str], options: LoadOptions | None = None
) -> tuple[DomainTable | None, list[Problem]]:
    """The table of a domain of `side` with `settings`, beside a server domain that is right."""
    values: dict[str, list[SettingValue]] = {}

    def give(name: str, value: str) -> None:
        values.setdefault(name, []).append(SettingValue(value, name))

    if form == "tls.cfg":
        lines = [f'{name} = "{value}"' for name, value in settings.items()]
        section = f"[{side.value}:default]"
        (folder / "tls.cfg").write_text("\n".join([section, *lines]))
        give("config", "tls.cfg")
    else:
        for name, value in settings.items():
            give(name, ("@" if side is Side.CLIENT else "") + value)
    if side is Side.CLIENT:
        for name, value in (("certificate", "cert.pem"), ("private_key", "key.pem")):
            give(name, value)
    return build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT, options=options)


@dataclass(frozen=True)
class Case:
    """`settings` over `BASE`; None leaves one out. `text` is in the only error, or in a warning."""

    number: str
    settings: dict[str, str | None]
    text: str
    outcome: Literal["error", "warning", "ok"] = "error"
    sides: tuple[Side, ...] = (Side.SERVER, Side.CLIENT)
    options: LoadOptions = field(default_factory=LoadOptions)


PASSWORD = "private_key_password_file"
FILES = ("certificate", "private_key", "ca_list", "crl")
CASES = [
    *(Case(f"87 {name}", {name: "missing.pem"}, "there is no such file") for name in FILES),
    Case("87 ca_path", {"ca_path": "missing", "ca_list": None}, "there is no such file"),
    Case("87 password", {"private_key": "locked.key", PASSWORD: "missing.txt"}, "needs its password, but"),
    *(Case(f"88 {name}", {name: "sub"}, "is a folder") for name in FILES[:3]),
    Case("88 file for a folder", {"ca_path": "ca.pem", "ca_list": None}, "is not a folder"),
    *(Case(f"90 {name}", {name: "empty.pem"}, "is empty") for name in FILES),
    Case("90 ca_path", {"ca_path": "sub", "ca_list": None}, "has no CA certificate in it"),
    Case("90 password", {"private_key": "locked.key", PASSWORD: "empty.pem"}, "is empty"),
    *(Case(f"91 {name}", {name: "junk.pem"}, "has no PEM block in it") for name in FILES),
    Case("92", {"certificate": "key.pem"}, "has no certificate in it, but a private key"),
    Case("92 as CA", {"ca_list": "key.pem"}, "has no certificate in it, but a private key"),
    Case("93", {"private_key": "cert.pem"}, "has no private key in it, but a certificate"),
    Case("94", {"private_key": "bob.key"}, "bob.key does not belong to certificate"),
    Case("95 none", {"private_key": "locked.key"}, "is encrypted: name the file of its password"),
    Case("95 wrong", {"private_key": "locked.key", PASSWORD: "wrong.txt"}, "can't be decrypted with the password"),
    Case("95 needless", {PASSWORD: "right.txt"}, "is not encrypted, but a password is given"),
    Case("95 password at its bound", {"private_key": "locked.key", PASSWORD: "long.txt"}, "", "ok"),
    Case("95 password past its bound", {"private_key": "locked.key", PASSWORD: "longer.txt"},
         f"has {MAX_PASSWORD_FILE + 1} bytes, more than"),
    Case("95 both", {"private_key": "locked.key", PASSWORD: "right.txt", "private_key_password": "correct horse"},
         "are both set"),
    Case("95 right", {"private_key": "locked.key", PASSWORD: "right.txt"}, "", "ok"),
    Case("95 in the script", {"private_key": "locked.key", "private_key_password": "correct horse"},
         "a password in a script is read by many", "warning"),
    Case("96", {"private_key": "open.key"}, "open.key can be read by every user (mode 0644)"),
    Case("96 password", {"private_key": "locked.key", PASSWORD: "open.txt"}, "open.txt can be read by every user"),
    Case("96 allowed", {"private_key": "open.key"}, "can be read by every user", "warning",
         options=LoadOptions(insecure_key_files=True)),
    Case("97", {"certificate": "reversed.pem"}, "is not in order", "warning"),
    Case("98", {"ca_list": None}, "but ca_list is not set"),
    Case("98 by default", {"ca_list": None, "verify_certificate": None}, "but ca_list is not set",
         sides=(Side.CLIENT,)),
    Case("98 require", {"ca_list": None, "verify_certificate": "0", "require_certificate": "1"},
         "but ca_list is not set"),
    Case("99", {"ca_list": "with_key.pem"}, "has a private key in it", "warning"),
    Case("100", {"cipher_list": "AES128-SHA:!AES128-SHA"}, "leaves no cipher suite"),
    Case("100 misspelt", {"cipher_list": "ECDHE-RSA-AES128-GCM-SHA265"}, "leaves no cipher suite"),
    Case("101", {"cipher_list": "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA265"},
         "ECDHE-RSA-AES128-GCM-SHA265 names no suite of this library", "warning"),
    Case("102", {"cipher_list": "TLS_AES_256_GCM_SHA384:ECDHE+AESGCM"}, "TLS_AES_256_GCM_SHA384 is a TLS 1.3 suite"),
    Case("103", {"ciphersuites": "ECDHE-RSA-AES128-GCM-SHA256"}, "is no TLS 1.3 suite"),
    Case("103 empty", {"ciphersuites": ""}, "ciphersuites is empty"),
    Case("103 separators", {"ciphersuites": ":"}, "ciphersuites leaves no cipher suite"),
    *(Case(f"104 {word}", {"cipher_list": f"HIGH:{word}"}, "protect nothing")
      for word in ("eNULL", "aNULL", "RC4", "NULL-SHA", "ADH-AES128-SHA", "EXPORT", "kRSA+eNULL")),
    *(Case(f"104 {word}", {"cipher_list": f"HIGH:!aNULL:{word}"}, "lowers the security level")
      for word in ("@SECLEVEL=0", "@SECLEVEL=1", "@SECLEVEL=00", "@seclevel=0")),
    Case("104 anonymous among many", {"cipher_list": "SHA1:HIGH"}, "protects nothing"),
    Case("110", {"certificate": "k=v.pem", "private_key": "k=v.pem"}, "", "ok"),
]  # fmt: skip
RUNS = [(case, side, form) for case in CASES for side in case.sides for form in ("modparam", "tls.cfg")]


@pytest.mark.parametrize(("case", "side", "form"), RUNS, ids=lambda x: x.number if isinstance(x, Case) else str(x))
def test_case(folder: Path, case: Case, side: Side, form: str) -> None:
    settings = {name: value for name, value in {**BASE, **case.settings}.items() if value is not None}
    table, problems = build_case(folder, side, form, settings, case.options)
    errors = [each.text for each in problems if each.severity == "error"]
    if case.outcome == "error":
        assert table is None
        assert len(errors) == 1
        assert case.text in errors[0]
        return
    assert errors == []
    assert table is not None
    if case.outcome == "warning":
        assert any(case.text in each.text for each in problems if each.severity == "warning")
    assert (table.default_server if side is Side.SERVER else table.default_client).own[0].chain[0] == BOTH.certificate


@pytest.mark.parametrize("name", [*FILES, "private_key_password_file", "config"])
def test_case_89_unreadable(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "secret.pem"
    write(file, b"x", mode=0o000)
    opened = os.open

    def refuse(path: object, *rest: int, **options: int) -> int:
        if path == file:  # for root nothing is unreadable
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    values = {key: [SettingValue(value, key)] for key, value in {**BASE, name: "secret.pem"}.items()}
    table, problems = build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert table is None
    assert [str(file) in p.text and "no permission" in p.text for p in problems if p.severity == "error"] == [True]


GOOD = '[server:default]\ncertificate = cert.pem\nprivate_key = "key.pem"\n'
ADDRESSES = [
    ("105", "10.1.2.3:5061", "no TLS listener has the address 10.1.2.3 port 5061"),
    ("105 port", "127.0.0.1:5062", "no TLS listener has the address 127.0.0.1 port 5062"),
    ("108", "::1:5061", "IPv6 address without brackets"),
    ("109 big", "127.0.0.1:65536", "has no port from"),
    ("109 name", "127.0.0.1:sips", "has no port from"),
    ("109 none", "127.0.0.1", "has no port"),
    ("109 host", "localhost:5061", "names a host"),
]


@pytest.mark.parametrize(("number", "address", "text"), ADDRESSES, ids=lambda value: value)
@pytest.mark.parametrize("form", ["modparam", "tls.cfg"])
def test_address_is_refused(folder: Path, number: str, address: str, text: str, form: str) -> None:
    (folder / "tls.cfg").write_text(f"{GOOD}[server:{address}]\nverify_depth = 3\n")
    values = {name: [SettingValue(value, name)] for name, value in BASE.items()}
    if form == "tls.cfg":
        values = {"config": [SettingValue("tls.cfg", "config")]}
    else:
        values["verify_depth"] = [SettingValue(f"{address}=3", "verify_depth")]
    table, problems = build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert table is None
    assert [text in each.text for each in problems if each.severity == "error"] == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[server:127.0.0.1:5061]\n[client:default]\nca_list=ca.pem\n[server:127.0.0.1:5061]", "has two domains"),
        ("[server:any]\nserver_name=a\n[server:any]\nserver_name=a", "server_name a has two domains"),
        ("[server:127.0.0.1:5061]\n[server:127.0.0.1:5061]\n[server:127.0.0.1:5063]", "has two domains"),
        ("[server:any]\nserver_name=a\nserver_name_mode=1\n[server:any]\nserver_name=a\nserver_name_mode=2",
         "server_name a has two domains"),
        ("[client:192.0.2.1:5061]\nca_list=ca.pem\n[cli:192.0.2.1:5061]\nca_list=ca.pem", "has two domains"),
    ],
)  # fmt: skip
def test_case_106_duplicate(folder: Path, text: str, message: str) -> None:
    (folder / "tls.cfg").write_text(f"{GOOD}{text}")
    values = {"config": [SettingValue("tls.cfg", "config")]}
    table, problems = build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert table is None
    assert [message in each.text for each in problems if each.severity == "error"] == [True]


def test_case_109_port_0_is_refused_in_a_script_and_any_port_in_the_file(folder: Path) -> None:
    values = {name: [SettingValue(value, name)] for name, value in BASE.items()}
    wrong = {**values, "verify_depth": [SettingValue("127.0.0.1:0=3", "verify_depth")]}
    _, problems = build_table(wrong, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert ["has no port from 1 to 65535" in each.text for each in problems if each.severity == "error"] == [True]
    (folder / "tls.cfg").write_text(f"{GOOD}[server:127.0.0.1:0]\nverify_depth = 3\n")
    config = {"config": [SettingValue("tls.cfg", "config")]}
    table, _ = build_table(config, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert table is not None
    assert (table.server("127.0.0.1", 5061).depth, table.server("127.0.0.1", 5063).depth) == (3, 3)


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode(), GOOD.rstrip("\n").encode()],
    ids=["byte order mark", "CRLF", "no final newline"],
)
def test_case_111_shape_of_the_file_does_not_matter(folder: Path, data: bytes) -> None:
    (folder / "tls.cfg").write_bytes(data)
    values = {"config": [SettingValue("tls.cfg", "config")]}
    table, problems = build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert [each for each in problems if each.severity == "error"] == []
    assert table is not None
    assert table.default_server.own[0].key_file == folder / "key.pem"


def test_case_107_any_without_name(folder: Path) -> None:
    (folder / "tls.cfg").write_text(f"{GOOD}[server:any]\ncertificate = cert.pem\nprivate_key = key.pem\n")
    values = {"config": [SettingValue("tls.cfg", "config")]}
    table, problems = build_table(values, base_directory=folder, tls_listeners=LISTENERS, now=AT)
    assert table is None
    assert [str(each.where) for each in problems if each.severity == "error"] == ["tls.cfg:4"]


def _cfg(folder: Path, side: Side, settings: dict[str, str]) -> None:
    """Write tls.cfg: a domain of `side` with `settings`, and on the client side a server domain that is right."""
    sections = {Side.SERVER: BASE} | {side: settings}
    lines = [
        f"[{each.value}:default]\n" + "".join(f'{n} = "{v}"\n' for n, v in sections[each].items()) for each in sections
    ]
    (folder / "tls.cfg").write_text("".join(lines))


RELOADS = [(case, side) for case in CASES for side in case.sides]


@pytest.mark.parametrize(("case", "side"), RELOADS, ids=lambda x: x.number if isinstance(x, Case) else str(x))
def test_case_112_reload_with_each_of_them(folder: Path, case: Case, side: Side) -> None:
    _cfg(folder, side, BASE)
    config: dict[str, object] = {"config": [SettingValue("tls.cfg", "config")]}
    module = TlsModule(config | {"insecure_key_files": case.options.insecure_key_files})
    assert not has_errors(module.configure(folder, LISTENERS, AT))
    module.start(FakeHost())
    before = module.in_force
    _cfg(folder, side, {name: value for name, value in {**BASE, **case.settings}.items() if value is not None})
    if case.outcome == "error":
        with pytest.raises(Fault) as caught:
            result_of(module.reload(None))
        assert caught.value.code == 500
        assert "generation 1 stays" in caught.value.text
        assert case.text in caught.value.text
        assert "tls.cfg:" in caught.value.text
        assert module.in_force is before
    else:
        answer = result_of(module.reload(None, "struct"))
        assert answer["generation"] == 2
        assert any(case.text in warning for warning in answer["warnings"]) or case.outcome == "ok"
    served = connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))
    assert served.client.get_peer_certificate(as_cryptography=True) == BOTH.certificate


def test_case_112_all_reasons_are_in_one_fault(folder: Path) -> None:
    _cfg(folder, Side.CLIENT, BASE)
    module = TlsModule({"config": [SettingValue("tls.cfg", "config")]})
    assert not has_errors(module.configure(folder, LISTENERS, AT))
    module.start(FakeHost())
    (folder / "key.pem").write_bytes(BOB.key_pem())
    _cfg(folder, Side.CLIENT, BASE | {"ca_list": "missing.pem", "cipher_list": "eNULL", "crl": "junk.pem"})
    with pytest.raises(Fault) as caught:
        result_of(module.reload(None))
    for words in ("key.pem does not belong", "missing.pem can't be read", "protect nothing", "has no PEM block in it"):
        assert words in caught.value.text
