"""`sertwist pki check`: every problem of every domain in one run, and what each domain uses."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.pki.authority import (
    CLIENT_AUTH,
    SERVER_AUTH,
    Authority,
    Credential,
    Profile,
    alternative_names,
    make_ec_key,
    make_rsa_key,
)
from sertwist.server.cli import main

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
ROOT = Authority.make("Root", not_before=NOW - 400 * DAY, not_after=NOW + 400 * DAY)
SUB = ROOT.issue_authority(Profile(common_names=("Sub",)))
GOOD = Profile(
    common_names=("sip",), usages=(SERVER_AUTH, CLIENT_AUTH), alternative_names=alternative_names("a.example")
)
SERVER = ROOT.issue(GOOD)
WEAK_KEY = make_rsa_key(1024)


@dataclass
class Setup:
    """A folder with a script that names its files; `check` runs the command on it."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def write(self, name: str, *parts: bytes, mode: int = 0o600) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(parts))
        path.chmod(mode)
        return name

    def use(self, credential: Credential, *chain: Authority, where: str = "", key: Credential | None = None) -> None:
        """Make `credential` the certificate of the default domain, or that at address `where`."""
        name = f"own{len(self.lines)}"
        above = [each.credential.certificate_pem() for each in chain]
        self.set("certificate", self.write(f"{name}.pem", credential.certificate_pem(), *above), where)
        self.set("private_key", self.write(f"{name}.key", (key or credential).key_pem()), where)

    def trust(self, *parts: bytes) -> None:
        """Make `parts` the CA file of the default domain."""
        self.set("ca_list", self.write("ca.pem", *parts))
        self.set("verify_certificate", "1")

    def set(self, name: str, value: str, where: str = "") -> None:
        self.lines.append(f'modparam("tls", "{name}", "{where + "=" if where else ""}{value}")')

    def run(self, *options: str) -> Result:
        listen = "".join(f"listen = tls:127.0.0.1:{port}\n" for port in range(5061, 5066))
        modules = 'loadmodule "tls"\nloadmodule "sl"\n'
        script = f'{listen}{modules}{chr(10).join(self.lines)}\nroute {{ sl_reply("200", "OK"); }}\n'
        (self.folder / "ser.cfg").write_text(script)
        return CliRunner().invoke(main, ["pki", "check", str(self.folder / "ser.cfg"), *options])

    def check(self, *options: str) -> tuple[int, dict[str, Any]]:
        result = self.run("-o", "json", *options)
        return result.exit_code, json.loads(result.stdout)

    def found(self, *options: str) -> tuple[int, str]:
        """Exit status, and `severity: text` of each problem."""
        status, answer = self.check(*options)
        return status, "\n".join(f"{each['severity']}: {each['text']}" for each in answer["problems"])


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def crl(authority: Authority, revoked: tuple[Credential, ...] = (), **dates: datetime) -> bytes:
    dates.setdefault("this_update", NOW - DAY)
    dates.setdefault("next_update", NOW + 30 * DAY)
    return authority.crl([each.certificate for each in revoked], **dates).public_bytes(Encoding.PEM)


ROOT_PEM = ROOT.credential.certificate_pem()


def test_nothing_is_said_when_everything_is_good(setup: Setup) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM, crl(ROOT))
    assert setup.found() == (0, "")
    result = setup.run()
    assert (result.exit_code, result.output) == (0, f"{setup.folder}/ser.cfg: 1 domain, 0 errors, 0 warnings\n")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"not_after": NOW - DAY}, "warning: certificate .* expired"),
        ({"not_after": NOW + 29 * DAY}, "warning: certificate .* expires"),
        ({"not_before": NOW + DAY}, "warning: certificate .* is not valid before"),
        ({"usages": (CLIENT_AUTH,)}, "warning: certificate .* is not for TLS servers"),
        ({"alternative_names": ()}, "warning: certificate .* has no subject alternative name"),
        ({"key": WEAK_KEY}, "error: certificate .* has an RSA key of 1024 bits"),
        ({"is_ca": True}, "warning: certificate .* is a CA's"),
    ],
)
def test_certificate_with_one_fault_is_told(setup: Setup, profile: dict[str, Any], expected: str) -> None:
    values = {name: getattr(GOOD, name) for name in ("common_names", "usages", "alternative_names")}
    setup.use(ROOT.issue(Profile(**{**values, **profile})))
    setup.trust(ROOT_PEM)
    status, text = setup.found()
    assert status == (1 if expected.startswith("error") else 2)
    assert re.fullmatch(expected + ".*", text)


def test_key_of_another_certificate_is_told(setup: Setup) -> None:
    setup.use(SERVER, key=ROOT.issue(GOOD))
    status, text = setup.found()
    assert (status, "does not belong to certificate" in text) == (1, True)


@pytest.mark.parametrize(("mode", "status", "who"), [(0o640, 2, "its group"), (0o604, 1, "every user")])
def test_key_that_others_can_read_is_told(setup: Setup, mode: int, status: int, who: str) -> None:
    setup.use(SERVER)
    (setup.folder / "own0.key").chmod(mode)
    found, text = setup.found()
    assert found == status
    assert f"can be read by {who} (mode {mode:04o})" in text


@pytest.mark.parametrize("name", ["own0.pem", "own0.key", "ca.pem", "list.pem"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (b"", "is empty"),
        (b"junk", "has no PEM block"),
        (ROOT_PEM + ROOT_PEM[:200], "not whole"),
    ],
)
def test_file_that_can_not_be_read_is_told(setup: Setup, name: str, content: bytes | None, words: str) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    setup.set("crl", setup.write("list.pem", crl(ROOT)))
    path = setup.folder / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    status, text = setup.found()
    assert status == 1
    assert words in text
    assert str(path) in text


def test_order_of_the_chain_and_a_missing_intermediate_are_told(setup: Setup) -> None:
    leaf = SUB.issue(GOOD)
    setup.use(leaf, SUB)
    setup.trust(ROOT_PEM)
    assert setup.found() == (0, "")
    path = setup.folder / "own0.pem"
    path.write_bytes(SUB.credential.certificate_pem() + leaf.certificate_pem())
    assert "is not in order" in setup.found()[1]
    path.write_bytes(leaf.certificate_pem())
    assert "its issuer 'CN=Sub' is not in the file" in setup.found()[1]


@pytest.mark.parametrize(
    ("dates", "status", "words"),
    [
        ({"next_update": NOW - timedelta(hours=1)}, 2, "expired"),
        ({"next_update": NOW + timedelta(hours=1)}, 2, "expires"),
        ({"this_update": NOW + DAY}, 2, "is not valid before"),
    ],
)
def test_list_near_or_past_its_end_is_told(setup: Setup, dates: dict[str, datetime], status: int, words: str) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM, crl(ROOT, **dates))
    found, text = setup.found()
    assert found == status
    assert f"CRL of 'CN=Root' {words}" in text


def test_list_of_another_key_or_of_no_authority_is_told(setup: Setup) -> None:
    impostor = Authority.make("Root", not_before=NOW - 400 * DAY, not_after=NOW + 400 * DAY, key=make_ec_key())
    setup.use(SERVER)
    setup.trust(ROOT_PEM, SUB.credential.certificate_pem(), crl(impostor))
    status, text = setup.found()
    assert status == 1
    assert "is not signed by that CA's key" in text
    assert "CA 'CN=Sub' has no CRL" in text


def test_authority_near_or_past_its_end_is_told(setup: Setup) -> None:
    old = Authority.make("Old", not_before=NOW - 400 * DAY, not_after=NOW - DAY)
    soon = ROOT.issue_authority(Profile(common_names=("Soon",), not_after=NOW + 10 * DAY))
    setup.use(soon.issue(GOOD), soon)
    setup.trust(ROOT_PEM, old.credential.certificate_pem())
    status, text = setup.found()
    assert status == 2
    assert "CA 'CN=Old' in " in text
    assert re.search(r"intermediate 'CN=Soon' in .*own0.pem expires in \d+ days", text)


def test_certificate_and_authority_that_the_own_list_revokes_are_told(setup: Setup) -> None:
    setup.use(SUB.issue(GOOD), SUB)
    setup.trust(ROOT_PEM, SUB.credential.certificate_pem(), crl(ROOT, (SUB.credential,)), crl(SUB))
    status, text = setup.found()
    assert status == 2
    assert "certificate 'CN=Sub' is revoked by 'CN=Root'" in text
    assert "CA 'CN=Sub' is revoked by 'CN=Root'" in text


def test_certificate_for_another_name_is_told(setup: Setup) -> None:
    setup.use(SERVER)
    setup.set("server_name", "b.example", "127.0.0.1:5061")
    status, text = setup.found()
    assert status == 2
    assert "has no alternative name for server_name b.example" in text


def test_client_domain_is_checked_for_a_clients_purpose(setup: Setup) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    setup.use(ROOT.issue(Profile(common_names=("x",), usages=(SERVER_AUTH,))), where="@192.0.2.1:5061")
    setup.set("ca_list", "ca.pem", "@192.0.2.1:5061")
    status, answer = setup.check()
    assert status == 2
    (problem,) = answer["problems"]
    assert "is not for TLS clients" in problem["text"]
    assert problem["domains"] == ["client:192.0.2.1:5061"]


def test_every_domain_is_told_about_even_if_others_are_broken(setup: Setup) -> None:
    """One domain without its file, one with a foreign key, one expired, one good, and a mistake in the script."""
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    setup.set("certificate", "none.pem", "127.0.0.1:5062")
    setup.set("private_key", "none.key", "127.0.0.1:5062")
    setup.use(SERVER, where="127.0.0.1:5063", key=ROOT.issue(GOOD))
    expired = ROOT.issue(Profile(common_names=("x",), usages=(SERVER_AUTH,), not_after=NOW - DAY))
    setup.use(expired, where="127.0.0.1:5064")
    setup.set("verify_depth", "many", "127.0.0.1:5065")
    setup.lines.append('modparam("tls", "no_such_parameter", "1")')
    status, answer = setup.check()
    assert status == 1
    told = {
        (*each["domains"], each["severity"], each["text"].partition(setup.folder.name)[0])
        for each in answer["problems"]
    }
    domains = [each["domains"] for each in answer["problems"]]
    for port, count in ((5062, 2), (5063, 1), (5064, 2), (5065, 1)):
        assert domains.count([f"server:127.0.0.1:{port}"]) == count, told
    assert domains.count([]) == 1
    assert sorted(each["name"] for each in answer["domains"]) == [
        *(f"server:127.0.0.1:{port}" for port in (5062, 5063, 5064, 5065)),
        "server:default",
    ]
    script = (setup.folder / "ser.cfg").read_text().splitlines()
    for each in answer["problems"]:
        assert each["file"] == str(setup.folder / "ser.cfg")
        assert script[each["line"] - 1].startswith("modparam")
        assert each["column"] > 1
    assert [each["line"] for each in answer["problems"]] == sorted(each["line"] for each in answer["problems"])
    text = setup.run().output
    assert text.splitlines()[-1].endswith(f"5 domains, {answer['errors']} errors, {answer['warnings']} warnings")
    assert len(text.splitlines()) == len(answer["problems"]) + 1
    assert re.search(r"ser\.cfg:\d+:\d+: error: .* \[server:127\.0\.0\.1:5063\]", text)


def test_problem_of_an_inherited_file_names_every_domain_once(setup: Setup) -> None:
    setup.use(ROOT.issue(Profile(common_names=("x",), usages=(SERVER_AUTH,), not_after=NOW + DAY)))
    setup.trust(ROOT_PEM)
    setup.set("verify_depth", "1", "127.0.0.1:5062")
    _, answer = setup.check()
    assert [each["domains"] for each in answer["problems"]] == [["server:default", "server:127.0.0.1:5062"]] * 2


def test_days_decide_what_is_near(setup: Setup) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    assert setup.found("--days", "399") == (0, "")
    assert "expires" in setup.found("--days", "401")[1]


def test_table_shows_what_each_domain_uses(setup: Setup) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM, crl(ROOT))
    head, row, empty, _ = setup.run("-v").output.splitlines()
    assert head.split() == ["DOMAIN", "CERTIFICATE", "DAYS", "LEFT", "KEY", "CA", "CRL"]
    assert re.fullmatch(r"server:default +CN=sip +399 +EC P-256 +CN=Root +CN=Root, 1 day old, 29 days left", row)
    assert empty == ""
    _, answer = setup.check()
    assert answer["domains"][0]["certificates"][0]["file"] == str(setup.folder / "own0.pem")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "cannot read the script"),
        ("listen = udp:127.0.0.1:5060\nroute { drop; }\n", "does not load the module tls"),
        ("route {", "error"),
    ],
)
def test_script_that_can_not_be_checked_is_an_error(tmp_path: Path, script: str | None, words: str) -> None:
    if script is not None:
        (tmp_path / "ser.cfg").write_text(script)
    result = CliRunner().invoke(main, ["pki", "check", str(tmp_path / "ser.cfg")])
    assert result.exit_code == 1
    assert words in result.output


def test_problem_in_the_file_of_domains_has_its_line_there(setup: Setup) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    setup.write("tls.cfg", b"[server:127.0.0.1:5062]\nprivate_key = none.key\n[client:default]\nca_list = none.pem\n")
    setup.set("config", "tls.cfg")
    status, answer = setup.check()
    assert status == 1
    found = {(each["file"], each["line"], *each["domains"]) for each in answer["problems"] if "none" in each["text"]}
    assert found == {("tls.cfg", 2, "server:127.0.0.1:5062"), ("tls.cfg", 4, "client:default")}
    assert "tls.cfg:4: error: ca_list" in setup.run().output


@pytest.mark.parametrize(("file", "words"), [("x" * 300, "File name too long"), ("a\0b", "is no file name")])
@pytest.mark.parametrize("name", ["certificate", "private_key", "ca_list", "ca_path", "crl", "config"])
def test_file_name_that_no_system_takes_is_told(setup: Setup, name: str, file: str, words: str) -> None:
    setup.use(SERVER)
    setup.trust(ROOT_PEM)
    setup.lines = [line for line in setup.lines if f'"{name}"' not in line]
    setup.set(name, file)
    status, text = setup.found()
    assert status == 1
    assert words in text
