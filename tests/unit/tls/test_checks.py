"""What the checker says about scripts that ask who the peer is, with the module's own declarations."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sertwist.errors import ConfigError
from sertwist.modules.loader import load_modules
from sertwist.pki.demo import write_demo
from sertwist.script.check import check
from sertwist.script.parser import parse
from sertwist.script.source import Source
from sertwist.server.configuration import load_configuration
from tests.unit.tls.kit import ROOT, SERVER

PROJECT = Path(__file__).parents[3]
ALL = 'loadmodule "tls"\nloadmodule "sl"\nloadmodule "xmlrpc"\n'


def findings(body: str, modules: str = ALL) -> list[str]:
    """What is said about `body`; that some requests are not answered by it is left out."""
    source = Source.from_text("ser.cfg", f"{modules}route {{ {body} }}")
    script, diagnostics = parse(source)
    check(script, load_modules(script, diagnostics).catalogue, diagnostics)
    return [
        f"{d.severity.value} {d.code}: {d.message}" + (f" ({d.fix})" if d.fix else "")
        for d in diagnostics
        if d.code != "unanswered"
    ]


OK = 'sl_reply("200", "OK");'
NEAR = [
    ("@tls.peer.selfsigned == 1", "unknown select part 'selfsigned' of '@tls.peer' (did you mean 'self_signed'?)"),
    ("@tls.peer.finger_print == 1", "unknown select part 'finger_print' of '@tls.peer' (did you mean 'fingerprint'?)"),
    ("@tls.peer.notbefor == 1", "unknown select part 'notbefor' of '@tls.peer' (did you mean 'notbefore'?)"),
    ("@tls.peer.subject.comon_name == 1", "unknown select part 'comon_name' of '@tls.peer.subject' (did you mean"),
    ("@tls.per == 1", "unknown select part 'per' of '@tls' (did you mean 'peer'?)"),
    ("@tls.peer.verified_cert_chain == 1", "'@tls.peer.verified_cert_chain' needs a number, [0] for the first"),
    ("@tls.peer.domains == 1", "'@tls.peer.domains' needs a number, [0] for the first"),
    ("@tls.peer.sn[0] == 1", "'@tls.peer.sn[0]' takes no index"),
    ('@tls.peer.email["x"] == 1', "'@tls.peer.email[\"x\"]' needs a number, [0] for the first"),
    ("$tls_peer_verifed == 1", "unknown variable '$tls_peer_verifed' (did you mean '$tls_peer_verified'?)"),
    ("$tls_peer_self_signed", "unknown variable '$tls_peer_self_signed' (did you mean '$tls_peer_selfsigned'?)"),
    ("$tls_peer_san_count(URL) == 1", "'$tls_peer_san_count(URL)': it is one of $tls_peer_san_count(DNS), "),
    ("$tls == 1", "'$tls': it is one of $tls(m_subject_line), $tls(m_issuer_line), "),
    ('tls_peer_has("mail", "x")', "argument 1 (kind) must be one of uri, dns, email, ip"),
    ('tls_peer_is_("x")', "unknown function 'tls_peer_is_' (did you mean 'tls_peer_is'?)"),
]


@pytest.mark.parametrize(("condition", "words"), NEAR, ids=[condition for condition, _ in NEAR])
def test_near_miss_is_an_error_with_the_right_spelling(condition: str, words: str) -> None:
    (found,) = (each for each in findings(f"if ({condition}) {OK}") if each.startswith("error "))
    assert words in found


@pytest.mark.parametrize(
    "condition", ["@tls.peer.verified", "$tls_peer_verified", '$tls(p_subject_line) == "x"', "is_peer_verified()"]
)
def test_name_of_module_tls_says_so_when_that_is_not_loaded(condition: str) -> None:
    (found,) = findings(f"if ({condition}) {OK}", 'loadmodule "sl"\n')
    assert found.startswith("error module-not-loaded: ")
    assert "belongs to module 'tls', which is not loaded (add loadmodule \"tls\")" in found


@pytest.mark.parametrize("name", ["@tls.peer.verified", "@tls.peer.revoked", "@tls.resumed", "$tls_peer_verified"])
@pytest.mark.parametrize("literal", ['""', '"yes"', "2", '"TRUE"', "-1"])
def test_state_that_never_equals_a_literal_is_an_error(name: str, literal: str) -> None:
    found = findings(f"if ({name} == {literal}) {OK}")
    assert [each.split(":")[0] for each in found] == ["error boolean-as-text"]


def test_version_that_no_certificate_has_is_warned_about() -> None:
    (found,) = findings(f"if (@tls.my.version == 3) {OK}")
    assert found == (
        "warning never-equal: @tls.my.version never is '3': it is one of 0, 1, 2 "
        "(an X.509 certificate of version 3 has version 2 here)"
    )
    assert findings(f"if (@tls.my.version == 2) {OK}") == []


@pytest.mark.parametrize("old", ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "tlsv1.2"])
def test_protocol_version_that_is_never_spoken_is_warned_about(old: str) -> None:
    for name in ("@tls.version", "$tls_version"):
        (found,) = findings(f'if ({name} == "{old}") {OK}')
        assert found == (
            f"warning never-equal: {name} never is '{old}': it is one of TLSv1.2, TLSv1.3 "
            "(older versions are never spoken)"
        )
    assert findings(f'if (@tls.version != "TLSv1.2") {OK}') == []


def test_first_of_several_alternative_names_is_hinted_at_once() -> None:
    guarded = "if (!@tls.peer.verified) { drop; } "
    text = f'if (@tls.peer.uri == "sip:a@example.com" || @tls.peer.uri == "sip:b@example.com") {OK}'
    (found,) = findings(guarded + text)
    assert found.startswith("hint first-of-several: @tls.peer.uri is the first of what may be several ")
    assert found.endswith('(tls_peer_has("uri", ...) looks at all of them)')
    assert findings(guarded + text.replace(".uri", ".uri[0]")) == []
    assert findings(f'if (@tls.my.host == "a.example.com") {OK}') == []


def test_identity_that_nothing_has_proved_is_hinted_at() -> None:
    for name in ("@tls.peer", "@tls.peer.issuer.cn", "$tls_peer_subject", "$tls(p_subject_line)"):
        (found,) = findings(f'if ({name} == "x") {OK}')
        assert found.startswith(f"hint unverified-name: {name} is undefined until the peer is verified")
        assert findings(f'if (@tls.peer.verified && {name} == "x") {OK}') == []
    assert findings(f'if (@tls.peer.unverified.subject == "x") {OK}') == []
    assert findings(f'if (@tls.my == "x" || $tls(m_subject_line) == "x") {OK}') == []


def test_call_behind_an_exclusion_or_a_mere_look_is_warned_about() -> None:
    def code(condition: str) -> list[str]:
        return [each.split(":")[0] for each in findings(f"if ({condition}) dispatch_rpc(); else {OK}")]

    for name in ("@tls.peer", "@tls.peer.issuer", "$tls_peer_subject_cn", "$tls(P_subject_line)"):
        assert code(f'{name} != "Mallory"') == ["warning allowed-by-exclusion"]
        assert code(f'@tls.peer.verified && {name} == "Bob"') == []
    assert code("@tls.peer.presented") == ["warning unproved-rpc"]
    assert code('@tls.peer.unverified == "Bob"') == ["warning unproved-rpc"]
    assert code("@tls.peer.expired == 0") == ["warning unproved-rpc"]
    assert code("src_ip == 127.0.0.1") == ["warning unproved-rpc"]
    for proof in ("is_peer_verified()", 'tls_peer_is("example.com")', 'tls_peer_has("dns", "a.example.com")'):
        assert code(proof) == []
        assert code(f"!{proof}") == ["warning unproved-rpc"]


def folder_with(tmp_path: Path, extra: str, body: str) -> Path:
    (tmp_path / "server.pem").write_bytes(SERVER.certificate_pem() + SERVER.key_pem())
    (tmp_path / "server.pem").chmod(0o600)
    (tmp_path / "ca.pem").write_bytes(ROOT.credential.certificate_pem())
    path = tmp_path / "ser.cfg"
    path.write_text(
        f"listen = tls:127.0.0.1:5061\n{ALL}"
        f'modparam("tls", "certificate", "server.pem")\nmodparam("tls", "ca_list", "ca.pem")\n{extra}\n'
        f"route {{ {body} }}\n"
    )
    return path


@pytest.mark.parametrize(
    "test", ["!@tls.peer.verified", '@tls.peer != "Bob"', "$tls_peer_verified", "is_peer_verified()"]
)
def test_script_that_tests_peers_is_refused_where_none_is_asked(tmp_path: Path, test: str) -> None:
    body = f'if ({test}) {{ sl_reply("403", "No"); exit; }} {OK}'
    with pytest.raises(ConfigError) as caught:
        load_configuration(folder_with(tmp_path, "", body))
    assert "can never tell who a peer is: no TLS domain asks its clients for a certificate" in str(caught.value)
    assert 'add modparam("tls", "verify_certificate", 1)' in str(caught.value)
    load_configuration(folder_with(tmp_path, 'modparam("tls", "verify_certificate", 1)', body))


@pytest.mark.parametrize("authority", ["ca.pem", "system"])
def test_script_may_test_the_peers_that_a_client_domain_verifies(tmp_path: Path, authority: str) -> None:
    body = f'if (!@tls.peer.verified) {{ sl_reply("403", "No"); exit; }} {OK}'
    calls = folder_with(tmp_path, f'modparam("tls", "ca_list", "@{authority}")', body)
    assert load_configuration(calls).findings == ()


def test_shipped_and_announced_scripts_give_no_alarm(tmp_path: Path) -> None:
    write_demo(tmp_path / "pki", now=datetime.now(UTC))
    shipped = (PROJECT / "conf" / "ser.cfg").read_text()
    announced = (PROJECT / "tests" / "data" / "announcement.cfg").read_text()
    for name, file in (("alice_prik", "server.key"), ("rootca.cert", "ca.pem"), ("alice_cert", "server.pem")):
        announced = re.sub(rf'"[^"]*/{name}[^"]*"', f'"pki/{file}"', announced)
    for text in (shipped, announced):
        (tmp_path / "ser.cfg").write_text(text)
        said = [each.partition("\n")[0] for each in load_configuration(tmp_path / "ser.cfg").findings]
        known = (
            "method SSLv23",
            "'break' outside of a loop",
            "SER 2 went on behind",
            "is reached by every method that",
        )
        assert [each for each in said if not any(words in each for words in known)] == []


def test_script_that_only_looks_at_the_connection_needs_no_certificates(tmp_path: Path) -> None:
    body = f'if (@tls.version == "TLSv1.2" && @tls.my == "alice") {OK} else drop;'
    assert load_configuration(folder_with(tmp_path, "", body)).findings == ()
