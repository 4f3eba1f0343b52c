"""What a check says about the files beside the script."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from twisted.python.usage import UsageError

from sertwist.errors import ConfigError
from sertwist.pki.demo import DEMO_HOSTS, write_demo
from sertwist.script.dialect import Dialect
from sertwist.server.configuration import load_configuration
from sertwist.server.plugin import Options
from sertwist.server.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """listen = tls:127.0.0.1:5061
loadmodule "sl"
loadmodule "tls"
modparam("tls", "config", "tls.cfg")
{more}
route {{ sl_reply("200", "OK"); }}
"""
GOOD = "[server:default]\ncertificate = pki/server.pem\nprivate_key = pki/server.key\n"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo") / "pki"
    write_demo(made, now=datetime.now(UTC), hosts=DEMO_HOSTS, force=False)
    return made


@pytest.fixture
def script(tmp_path: Path, pki: Path) -> Path:
    (tmp_path / "pki").symlink_to(pki)
    (tmp_path / "ser.cfg").write_text(SCRIPT.format(more=""))
    (tmp_path / "tls.cfg").write_text(GOOD)
    return tmp_path / "ser.cfg"


def test_problems_of_tls_cfg_stand_with_its_lines_behind_those_of_the_script(script: Path) -> None:
    script.write_text(SCRIPT.format(more='modparam("tls", "verify_depth", 101)\n'))
    (script.parent / "tls.cfg").write_text(GOOD + "\n[server:default]\nmethd = TLSv1.3\n[server:10.0.0.1:5061]\n")
    with pytest.raises(ConfigError) as raised:
        load_configuration(script)
    lines = str(raised.value).splitlines()
    assert f"{script}:5:33: error: verify_depth can't be '101' (write a number from 0 to 100)" == lines[0]
    assert [line.partition(" (")[0] for line in lines[3:] if ": error:" in line] == [
        "tls.cfg:5: error: [server:default] is there twice",
        "tls.cfg:6: error: unknown setting 'methd'",
        "tls.cfg:7: error: no TLS listener has the address 10.0.0.1 port 5061",
    ]


def test_warnings_of_tls_cfg_are_logged_and_hints_are_only_shown(script: Path) -> None:
    (script.parent / "tls.cfg").write_text(GOOD + "method = TLSv1\n[server:127.0.0.1:5061]\nverify_depth = 2\n")
    configuration = load_configuration(script)
    assert "tls.cfg:4: warning: method TLSv1 means TLS 1.2 or newer here (write TLSv1.2+)" in configuration.warnings
    [hint] = [each for each in configuration.findings if ": hint:" in each and each.startswith("tls.cfg")]
    assert hint.startswith("tls.cfg:5: hint: this domain has certificate, method, private_key from the default")
    assert hint not in configuration.warnings


def test_setting_says_in_which_line_of_which_file_it_stands(script: Path) -> None:
    script.write_text(SCRIPT.format(more='modparam("tls", "verify_depth", 3)'))
    tls = load_configuration(script).tls
    assert tls is not None
    origins = tls.in_force.table.default_server.origins
    assert (origins["verify_depth"], origins["certificate"]) == (f"{script}:5", "tls.cfg:2")


def test_line_with_a_password_is_not_shown(script: Path) -> None:
    (script.parent / "tls.cfg").write_text("[server:default]\nmethod = TLSv1.3\n")
    names = {"certificate": "pki/server.pem", "private_key": "pki/server.key", "private_key_password": "trombone"}
    script.write_text(SCRIPT.format(more="\n".join(f'modparam("tls", "{n}", "{v}")' for n, v in names.items())))
    with pytest.raises(ConfigError) as raised:
        load_configuration(script)
    assert "is not encrypted, but a password is given" in str(raised.value)
    assert ":7:41: warning: private_key_password: a password in a script is read by many" in str(raised.value)
    assert "trombone" not in str(raised.value)


def test_script_of_several_files_with_names_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "routes.cfg").write_text("route {\n  nothing_here();\n}\n")
    path = tmp_path / "ser.cfg"
    path.write_text('#!ifdef LISTEN\nlisten = LISTEN\n#!endif\ninclude_file "parts/routes.cfg"\n')
    with pytest.raises(ConfigError) as refused:
        load_configuration(path, Reading(defines=("LISTEN=udp:127.0.0.1:0", "EMPTY")))
    text = str(refused.value)
    assert text.startswith(f"{tmp_path}/parts/routes.cfg:2:3: error: ")
    assert text.endswith(f"\n    included from {path}:4")
    (tmp_path / "parts" / "routes.cfg").write_text("route { drop; }\n")
    configuration = load_configuration(path, Reading(defines=("LISTEN=udp:127.0.0.1:0",)))
    assert [each.protocol for each in configuration.addresses] == ["udp"]
    assert configuration.reading.defines == ("LISTEN=udp:127.0.0.1:0",)


@pytest.mark.parametrize("written", ["1=2", "A-B", ""])
def test_bad_definition_of_the_command_line_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / "ser.cfg").write_text("route { drop; }")
    with pytest.raises(ConfigError, match="no definition"):
        load_configuration(tmp_path / "ser.cfg", Reading(defines=(written,)))


def test_folder_is_no_file_to_include(tmp_path: Path) -> None:
    (tmp_path / "ser.cfg").write_text('include_file "/"\nroute { drop; }')
    with pytest.raises(ConfigError, match="cannot read '/': not a file"):
        load_configuration(tmp_path / "ser.cfg")


def test_twistd_takes_definitions() -> None:
    options = Options()
    options.parseOptions(["--config", "x", "--define", "A=1", "-A", "B"])
    assert options["defines"] == ["A=1", "B"]


def test_search_for_garbage_goes_on_after_a_script_was_read(tmp_path: Path) -> None:
    (tmp_path / "ser.cfg").write_text("route { nothing_like_this(); }")
    with pytest.raises(ConfigError):
        load_configuration(tmp_path / "ser.cfg")
    assert gc.isenabled()


def test_dialect_that_is_asked_for_is_that_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text("route { drop; }")
    assert load_configuration(path).dialect is Dialect.KAMAILIO
    assert load_configuration(path, Reading(dialect=Dialect.SER2)).dialect is Dialect.SER2


def test_server_runs_no_module_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text('loadmodule "nobody"\nroute { drop; }')
    with pytest.raises(ConfigError, match="unknown module"):
        load_configuration(path, Reading(stub_modules=True))


def test_dialect_is_an_option_of_the_server() -> None:
    options = Options()
    options.parseOptions(["--dialect", "ser2", "-A", "X=1"])
    assert (options.dialect, options["defines"]) == (Dialect.SER2, ["X=1"])
    with pytest.raises(UsageError, match="none of"):
        Options().parseOptions(["--dialect", "sip"])
