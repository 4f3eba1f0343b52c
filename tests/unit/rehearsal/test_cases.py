"""`sertwist test`: a user's own cases, and what is said about those that fail or can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.dom.minidom import parseString

import pytest
from click.testing import CliRunner

from sertwist.server.cli import main
from tests.unit.rpc.policy.making import authority, certificate

if TYPE_CHECKING:
    from click.testing import Result

CONF = Path(__file__).parents[3] / "conf"
SCRIPT = """
loadmodule "sl"
route {
    if (method == "OPTIONS") { sl_reply("200", "OK"); exit; }
    if (method == "INVITE") { forward("gw.example.com", 5070); exit; }
    if (src_ip == 10.0.0.0/8) { drop; }
    sl_reply("403", "Forbidden");
}
"""


def run(tmp_path: Path, cases: str, *options: str, script: str = SCRIPT) -> Result:
    (tmp_path / "ser.cfg").write_text(script)
    (tmp_path / "a.test.toml").write_text(f'script = "ser.cfg"\n{cases}')
    return CliRunner().invoke(main, ["test", str(tmp_path), *options])


def case(text: str) -> str:
    return f"[[case]]\n{text}\n"


GOOD = """
[names]
"gw.example.com" = "198.51.100.7"
[[case]]
name = "OPTIONS is answered"
request = "OPTIONS sip:example.com"
[case.expect]
reply = 200
reason = "OK"
forward = ""
reply_has = ["To: <sip:example.com>;tag="]
reply_lacks = ["Contact"]
[[case]]
name = "calls go to the gateway"
request = "INVITE sip:bob@example.com"
headers = ["Subject: hello", "Contact: -"]
[case.expect]
forward = "udp:198.51.100.7:5070"
forward_has = ["Subject: hello", "Max-Forwards: 69"]
forward_lacks = ["Contact"]
[[case]]
name = "our own network is dropped"
request = "MESSAGE sip:bob@example.com"
from = "udp:10.1.2.3:5060"
expect = { nothing = true }
[[case]]
name = "a whole message"
message = \"\"\"
MESSAGE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx
From: <sip:a@b>;tag=1
To: <sip:bob@example.com>
Call-ID: 1
CSeq: 1 MESSAGE
Max-Forwards: 70
\"\"\"
expect.reply = 403
"""


def test_cases_that_pass(tmp_path: Path) -> None:
    result = run(tmp_path, GOOD, "-v")
    assert result.exit_code == 0, result.output
    assert result.output.count("passed") == 4
    assert "4 cases, 0 failed" in result.output


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("reply = 404", "reply should be 404, but sent: 'SIP/2.0 200 OK' to udp:192.0.2.1:5060"),
        ("reply = 0", "reply should be none"),
        ('reason = "Fine"', "reason should be 'Fine'"),
        ('reply_has = ["Contact:"]', "the reply should have 'Contact:'"),
        ('reply_lacks = ["Via:"]', "the reply should not have 'Via:'"),
        ('forward = "udp:192.0.2.7:5060"', "should be sent on to udp:192.0.2.7:5060"),
        ("nothing = true", "nothing should be sent"),
        ('log = ["hello"]', "the log should have 'hello'"),
        ("closed = true", "the connection should be closed"),
        ("route_lines = [6]", "line 6 should be taken"),
    ],
)
def test_differences_are_told(tmp_path: Path, expect: str, told: str) -> None:
    result = run(tmp_path, case(f'name = "x"\nrequest = "OPTIONS sip:a"\nexpect = {{ {expect} }}'))
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ("[[case", "Expected"),
        (case('name = "x"'), "needs one of message"),
        (case('request = "OPTIONS sip:a"\nexpcet = {}'), "unknown 'expcet'"),
        (case('request = "OPTIONS sip:a"\nexpect = { replay = 1 }'), "unknown 'replay'"),
        ("", "one [[case]]"),
    ],
)
def test_files_that_are_wrong_are_told(tmp_path: Path, cases: str, told: str) -> None:
    result = run(tmp_path, cases)
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('request = "OPTIONS"', "no request line"),
        ('request = "OPTIONS sip:a"\nfrom = "nowhere"', "no address"),
        ('message_file = "missing.sip"', "missing.sip"),
        ('request = "OPTIONS sip:a"\ntls_certificate = "missing.pem"', "missing.pem"),
        ('request = "OPTIONS sip:a"\ntls_peer = "Bob"\ntls_ca = "me"', "'me' is no name of a CA: write CN=Example CA"),
    ],
)
def test_a_case_that_cannot_run_fails_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    result = run(tmp_path, case(text))
    assert result.exit_code == 1
    assert told in result.output


def test_errors_of_the_script_are_shown(tmp_path: Path) -> None:
    result = run(tmp_path, case('request = "OPTIONS sip:a"'), script="route { nothing_such(); }")
    assert result.exit_code == 1
    assert "nothing_such" in result.output


def test_nothing_to_run_is_an_error(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["test", str(tmp_path)]).exit_code == 2


def test_report_for_ci(tmp_path: Path) -> None:
    cases = case('name = "good <1>"\nrequest = "OPTIONS sip:a"\nexpect.reply = 200')
    cases += case('name = "bad"\nrequest = "OPTIONS sip:a"\nexpect.reply = 404')
    report = tmp_path / "out.xml"
    result = run(tmp_path, cases, "--junit", str(report))
    assert result.exit_code == 1
    document = parseString(report.read_text())
    suite = document.getElementsByTagName("testsuite")[0]
    assert (suite.getAttribute("tests"), suite.getAttribute("failures")) == ("2", "1")
    names = [each.getAttribute("name") for each in document.getElementsByTagName("testcase")]
    assert names == ["good <1>", "bad"]
    assert "should be 404" in document.getElementsByTagName("failure")[0].getAttribute("message")


def test_calls_are_judged_by_who_makes_them(tmp_path: Path) -> None:
    cases = f'script = "{CONF / "ser.cfg"}"\n' + "".join(
        case(text)
        for text in (
            'name = "Bob"\ncall = "core.echo"\narguments = [7]\ntls_peer = "Bob"\nexpect = { http = 200, result = 7 }',
            'name = "Bob kills"\ncall = "core.kill"\ntls_peer = "Bob"\nexpect.fault = 400',
            'name = "unverified"\ncall = "core.echo"\ntls_peer = "Bob"\ntls_verified = false\nexpect.fault = 400',
            'name = "nobody"\ncall = "core.echo"\nfrom = "tls:192.0.2.1:4000"\nexpect.fault = 400',
            'name = "SER-Killer kills"\ncall = "core.kill"\ntls_peer = "SER-Killer"\nexpect = { http = 200 }',
        )
    )
    file = tmp_path / "calls.test.toml"
    file.write_text(cases)
    result = CliRunner().invoke(main, ["test", str(file)])
    assert result.exit_code == 0, result.output


ASKED = case('request = "OPTIONS sip:example.com"\nexpect.reply = 200')


def test_who_issued_a_certificate_is_said_by_name_or_file(tmp_path: Path) -> None:
    script = 'loadmodule "sl"\nloadmodule "tls"\nroute { sl_reply("200", @tls.peer.issuer); }'
    for name, view in (("leaf", certificate("A")), ("ca", authority()), ("other", authority("Other CA"))):
        (tmp_path / f"{name}.pem").write_text(view.pem)
    named = 'request = "OPTIONS sip:a"\ntls_peer = "Bob"\n'
    file = 'request = "OPTIONS sip:a"\ntls_certificate = "leaf.pem"\n'
    cases = [
        f'{named}tls_ca = "CN=My CA,O=Example"\nexpect.reason = "My CA"',
        f'{named}expect.reason = "Bob"',
        f'{file}tls_ca = "ca.pem"\nexpect.reason = "Test CA"',
    ]
    result = run(tmp_path, "".join(map(case, cases)), script=script)
    assert (result.exit_code, result.output) == (0, "3 cases, 0 failed\n")
    result = run(tmp_path, case(f'{file}tls_ca = "other.pem"'), script=script)
    assert "other.pem has not issued leaf.pem" in result.output


def test_names_are_defined_from_outside(tmp_path: Path) -> None:
    script = 'loadmodule "sl"\n#!ifdef WITH_REPLY\nroute { sl_reply("200", TEXT); }\n#!else\nroute { drop; }\n#!endif\n'
    defined = ("-A", "WITH_REPLY", "--define", 'TEXT="fine"')
    assert run(tmp_path, ASKED, script=script).exit_code == 1
    assert run(tmp_path, ASKED, *defined, script=script).exit_code == 0
    in_file = """define = ["WITH_REPLY", 'TEXT="fine"']\n"""
    assert run(tmp_path, in_file + ASKED, script=script).exit_code == 0
    traced = CliRunner().invoke(main, ["trace", str(tmp_path / "ser.cfg"), "OPTIONS sip:a@b", *defined])
    assert "200 fine" in traced.stdout
    assert run(tmp_path, 'define = "WITH_REPLY"\n' + ASKED).exit_code == 2


def test_dialect_is_said_from_outside(tmp_path: Path) -> None:
    script = 'loadmodule "sl"\nroute { route(A); sl_reply("200", "OK"); }\nroute[A] { return 0; }\n'
    assert run(tmp_path, ASKED, "--dialect", "kamailio", script=script).exit_code == 1
    assert run(tmp_path, ASKED, "--dialect", "ser2", script=script).exit_code == 0


def test_environment_is_read_when_the_script_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERTWIST_TEST_REASON", "from outside")
    monkeypatch.setenv("SERTWIST_TEST_MODULE", "modules/sl.so")
    body = 'if ($env(SERTWIST_TEST_NONE) == $null) { sl_reply("200", "$env(SERTWIST_TEST_REASON)"); }'
    script = f'loadmodulex "$env(SERTWIST_TEST_MODULE)"\nroute {{ {body} drop; }}\n'
    said = case('request = "OPTIONS sip:example.com"\nexpect.reason = "from outside"')
    assert run(tmp_path, said, script=script).exit_code == 0


def test_message_runs_through_the_other_side_of_each_condition(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text(
        'loadmodule "sl"\n#!define WITH_A\nroute {\n#!ifdef WITH_A\n sl_reply("200", "A");\n#!else\n'
        ' sl_reply("404", "B");\n'
        "#!endif\n#!ifdef WITH_C\n nothing_here();\n#!endif\n}\n"
    )
    found = CliRunner().invoke(main, ["trace", "--all-branches", str(path), "OPTIONS sip:a@b"])
    assert found.exit_code == 0
    first, without_a, with_c = found.stdout.split("\n\nwith")
    assert "SIP/2.0 200 A" in first
    assert without_a.startswith("out WITH_A:")
    assert "SIP/2.0 404 B" in without_a
    assert with_c.startswith(" WITH_C:\nthe script has errors")
    assert "WITH_A:" not in CliRunner().invoke(main, ["trace", str(path), "OPTIONS sip:a@b"]).stdout
