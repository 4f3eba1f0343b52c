"""The parser of tls.cfg (reference tls 3.3), and how its domains meet those of modparams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertwist.limits import MAX_TLS_CONFIG
from sertwist.tls.domain import Side, VerifyMode
from sertwist.tls.loading import pem
from sertwist.tls.loading.parameters import PARAMETER_BY_NAME
from sertwist.tls.loading.problem import Place
from sertwist.tls.loading.tls_cfg import CfgSection, CfgSetting, parse_tls_cfg
from tests.unit.tls.building import build, errors_of, fill, warnings_of, write
from tests.unit.tls.kit import BOB

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
# the server's domains
[server:default]
certificate = cert.pem          # beside this file
private_key = "key.pem"
ca_list=ca.pem
Verify_Certificate = YES

  [SRV : [2001:DB8::1] : 5061 ]
[s:127.0.0.1:0]
[cli:any]
server_name = "a \\"b\\" \\\\ c"
"""


def sections_of(text: str | bytes) -> list[tuple[Side, object, dict[str, str]]]:
    cfg = parse_tls_cfg(text, "tls.cfg")
    assert cfg.problems == []
    return [(each.side, each.address, {s.name: s.value for s in each.settings}) for each in cfg.sections]


def test_sections_have_a_side_an_address_and_settings() -> None:
    text = WHOLE.replace(" : [2001:DB8::1] : 5061 ]", ":[2001:DB8::1]:5061]")
    values = {"certificate": "cert.pem", "private_key": "key.pem", "ca_list": "ca.pem", "verify_certificate": "YES"}
    assert sections_of(text) == [
        (Side.SERVER, None, values),
        (Side.SERVER, ("2001:db8::1", 5061), {}),
        (Side.SERVER, ("127.0.0.1", 0), {}),
        (Side.CLIENT, ("*", 0), {"server_name": 'a "b" \\ c'}),
    ]


@pytest.mark.parametrize("target", ["default", "def", "*", "DEFAULT"])
def test_default_is_written_in_several_ways(target: str) -> None:
    assert sections_of(f"[client:{target}]") == [(Side.CLIENT, None, {})]


@pytest.mark.parametrize("target", ["any", "all", "ANY"])
def test_any_is_written_in_several_ways(target: str) -> None:
    assert sections_of(f"[c:{target}]") == [(Side.CLIENT, ("*", 0), {})]


def test_byte_order_mark_line_ends_of_windows_and_a_last_line_without_end_are_taken() -> None:
    data = b"\xef\xbb\xbf[server:default]\r\nmethod = TLSv1.3\r\n\r\nverify_depth = 2"
    assert sections_of(data) == [(Side.SERVER, None, {"method": "TLSv1.3", "verify_depth": "2"})]


@pytest.mark.parametrize(
    ("line", "text", "fix"),
    [
        ("method = TLSv1.3", "method stands before the first section", "begin with [server:default]"),
        ("[server]", "'[server]' is no section", "[server:<ip>:<port>]"),
        ("[server:default] method = x", "is no section", ""),
        ("[sever:default]", "not for 'sever'", "did you mean 'server'?"),
        ("[server:1.2.3.4]", '"1.2.3.4" has no port', ""),
        ("[server:1.2.3.4:65536]", "has no port from 0 to 65535", ""),
        ("[server:1.2.3.4:sip]", "has no port from 0 to 65535", ""),
        ("[server:2001:db8::1:5061]", "is an IPv6 address without brackets", ""),
        ("[server:[2001:db8::g]:5061]", "is not an address", ""),
        ("[server:sip.example.com:5061]", "names a host", ""),
        ("[server:somewhere]", '"somewhere" is no address', ""),
        ("[server:*:]", "has no port", ""),
        ("[server:default]\nmethd = TLSv1.3", "unknown setting 'methd'", "did you mean 'method'?"),
        ("[server:default]\nmethod TLSv1.3", "is neither a section nor a setting", "name = value"),
        ("[server:default]\nmethod =", "method has no value", 'write ""'),
        ("[server:default]\nmethod = # none", "method has no value", 'write ""'),
        ("[server:default]\nca_list = my ca.pem", "stands in double quotes", 'ca_list = "..."'),
        ("[server:default]\nprivate_key_password = pass#word", "stands in double quotes", ""),
        ('[server:default]\nca_list = "a.pem', "the closing quote is missing", ""),
        ('[server:default]\nca_list = "a.pem" b', "the closing quote is missing, or not the end", ""),
        ("[server:default]\nca_list = a\0b", "control character", "UTF-8"),
    ],
)
def test_line_is_wrong(line: str, text: str, fix: str) -> None:
    [problem] = parse_tls_cfg(line + "\n", "tls.cfg").problems
    assert (problem.severity, problem.where) == ("error", Place("tls.cfg", line.count("\n") + 1))
    assert text in problem.text
    assert fix in problem.fix


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    [problem] = parse_tls_cfg(b"[server:default]\nca_list = \xff.pem\n", "tls.cfg").problems
    assert "not UTF-8" in problem.text


def test_every_wrong_line_is_found_in_one_run() -> None:
    cfg = parse_tls_cfg("a = b\n[x:y]\nverify_dept = 1\nmethod = \n[server:default]\njunk\n[client:1.2.3.4]\n", "t")
    assert [str(each.where) for each in cfg.problems] == ["t:1", "t:2", "t:3", "t:4", "t:6", "t:7"]
    assert [each.address for each in cfg.sections] == [None]


def test_no_problem_shows_a_password() -> None:
    text = '[server:default]\nprivate_key_password = trom bone\nprivate_key_password = "trom\nmethod = x y'
    assert "trom" not in str(parse_tls_cfg(text, "tls.cfg").problems)


# -- what parsing anything gives --------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [*'[]:=0#"\\ \t\n\rxé\0\ufeff\ud800', "server", "client", "default", "any", "127.0.0.1", "[::1]", "5061", "method"]
)


@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80), st.binary(max_size=80)))
def test_any_text_gives_sections_and_problems_and_raises_nothing(text: str | bytes) -> None:
    cfg = parse_tls_cfg(text, "tls.cfg")
    lines = (text if isinstance(text, str) else text.decode("utf-8", "replace")).count("\n") + 1
    assert all(1 <= each.where.line <= lines and each.severity == "error" for each in cfg.problems)
    assert all(setting.name in PARAMETER_BY_NAME for section in cfg.sections for setting in section.settings)


SETTINGS = st.builds(
    CfgSetting,
    st.sampled_from(sorted(PARAMETER_BY_NAME)),
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=20),
    st.just(Place("t", 0)),
)
ADDRESSES = st.none() | st.tuples(
    st.ip_addresses(v=4).map(str) | st.sampled_from(["2001:db8::1", "::", "*"]), st.integers(0, 65_535)
)
SECTIONS = st.lists(
    st.builds(CfgSection, st.sampled_from(Side), ADDRESSES, st.just(Place("t", 0)), st.lists(SETTINGS).map(tuple))
)


def printed(sections: list[CfgSection]) -> str:
    lines = []
    for each in sections:
        host, port = each.address or ("default", None)
        target = f"[{host}]" if ":" in host else host
        lines.append(f"[{each.side.value}:{target}]" if port is None else f"[{each.side.value}:{target}:{port}]")
        for setting in each.settings:
            value = setting.value.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{setting.name} = "{value}"')
    return "\n".join(lines)


@given(SECTIONS)
def test_printed_sections_are_read_back(sections: list[CfgSection]) -> None:
    cfg = parse_tls_cfg(printed(sections), "t")
    assert cfg.problems == []
    assert [(s.side, s.address, [(x.name, x.value) for x in s.settings]) for s in cfg.sections] == [
        (s.side, s.address, [(x.name, x.value) for x in s.settings]) for s in sections
    ]


# -- the file among modparams -----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "bob.pem", BOB.certificate_pem(), BOB.key_pem())
    return fill(tmp_path)


DOMAINS = """\
[server:default]
certificate = cert.pem
private_key = key.pem

[server:127.0.0.1:5063]
verify_certificate = 1
ca_list = ca.pem

[server:any]
server_name = b.example.com
certificate = bob.pem

[client:default]
ca_list = ca.pem
"""
NOTHING: dict[str, list[str | int]] = {
    name: []
    for name in ("method", "verify_certificate", "require_certificate", "private_key", "ca_list", "certificate")
}


def test_file_makes_the_domains(folder: Path) -> None:
    (folder / "tls.cfg").write_text(DOMAINS)
    table, problems = build(folder, **NOTHING, config=["tls.cfg"])
    assert errors_of(problems) == []
    assert table is not None
    assert {domain.name for domain in table} == {
        "server:default", "server:127.0.0.1:5063", "server:*/b.example.com", "client:default",
    }  # fmt: skip
    special = table.server("127.0.0.1", 5063)
    assert (special.verify, special.own) == (VerifyMode.OPTIONAL_NO_CA, table.default_server.own)
    assert special.origins["ca_list"] == "tls.cfg:7"
    assert table.server("127.0.0.1", 5063, "b.example.com").own[0].chain == (BOB.certificate,)
    assert set(table.files) == {folder / name for name in ("tls.cfg", "cert.pem", "key.pem", "ca.pem", "bob.pem")}


def test_what_a_section_has_from_the_default_is_said_where_descendants_read_it_otherwise(folder: Path) -> None:
    (folder / "tls.cfg").write_text(DOMAINS)
    _, problems = build(folder, **NOTHING, config=["tls.cfg"])
    [hint] = [each for each in problems if each.severity == "hint"]
    assert hint.where == Place("tls.cfg", 5)
    assert "has certificate, private_key from the default domain" in hint.text


def test_folder_gives_its_files_in_order_and_problems_name_the_file(folder: Path) -> None:
    (folder / "tls.d").mkdir()
    (folder / "tls.d" / "10.cfg").write_text("[server:default]\ncertificate = cert.pem\nprivate_key = key.pem\n")
    (folder / "tls.d" / "20.cfg").write_text("[server:127.0.0.1:5063]\nverify_depth = x\n")
    (folder / "tls.d" / "20.cfg~").write_text("[nonsense")
    _, problems = build(folder, **NOTHING, config=["tls.d"])
    assert errors_of(problems) == [(Place("tls.d/20.cfg", 2), "verify_depth can't be 'x'")]


def test_modparams_of_one_domain_are_not_used_beside_the_file(folder: Path) -> None:
    (folder / "tls.cfg").write_text("[server:127.0.0.1:5063]\nverify_depth = 3\n")
    table, problems = build(folder, config=["tls.cfg"], verify_depth=["127.0.0.1:5063=2", "127.0.0.1:5061=1"])
    assert errors_of(problems) == []
    assert table is not None
    assert table.server("127.0.0.1", 5063).depth == 3
    assert table.server("127.0.0.1", 5061) is table.default_server
    assert warnings_of(problems).count("verify_depth of one domain is not used here") == 2


def test_default_section_counts_more_than_modparams_and_takes_what_it_does_not_set(folder: Path) -> None:
    (folder / "tls.cfg").write_text("[server:default]\ncertificate = bob.pem\nverify_depth = 3\n")
    table, problems = build(folder, config=["tls.cfg"], verify_depth=[5])
    assert errors_of(problems) == []
    assert table is not None
    default = table.default_server
    assert (default.depth, default.verify) == (3, VerifyMode.OPTIONAL_NO_CA)
    assert default.own[0].chain == (BOB.certificate,)
    text = warnings_of(problems)
    for name in ("verify_depth", "certificate", "private_key"):
        assert f"{name}[0]: {name} is not used: tls.cfg:1 sets it, or what it belongs to" in text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[server:default]\n[server:default]\n", 2, "[server:default] is there twice"),
        ("[server:127.0.0.1:5061]\n[server:127.0.0.1:5061]\n", 2, "server 127.0.0.1 port 5061 has two domains"),
        ("[server:127.0.0.1:5061]\nserver_name=a\n[server:127.0.0.1:5061]\nserver_name=A\n", 3, "has two domains"),
        ("[server:any]\nverify_depth = 1\n", 1, "a domain for any address has no server_name"),
        ("[client:any]\nca_list = ca.pem\n", 1, "has no server_name and no server_id"),
        ("[server:192.0.2.1:5061]\n", 1, "no TLS listener has the address 192.0.2.1 port 5061"),
        ("[server:default]\nverify_depth = 1\nverify_depth = 2\n", 3, "verify_depth is given twice"),
    ],
)
def test_file_is_refused(folder: Path, text: str, line: int, message: str) -> None:
    (folder / "tls.cfg").write_text(text)
    table, problems = build(folder, config=["tls.cfg"])
    assert table is None
    [(where, said)] = errors_of(problems)
    assert (where, message in said) == (Place("tls.cfg", line), True)


@pytest.mark.parametrize("text", ["[server:127.0.0.1:5061]\n[server:127.0.0.1:5061]\nserver_name = a\n",
                                  "[server:127.0.0.1:0]\n[server:127.0.0.1:5061]\n[server:any:5061]\n"])  # fmt: skip
def test_domains_that_differ_in_how_special_they_are_stand_beside_each_other(folder: Path, text: str) -> None:
    (folder / "tls.cfg").write_text(text)
    _, problems = build(folder, config=["tls.cfg"])
    assert errors_of(problems) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.cfg", "there is no such file"), ("empty.cfg", "is empty"), ("none.d", "no file in it whose name ends")],
)
def test_file_that_can_not_be_read_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / "empty.cfg").write_text("\n")
    (folder / "none.d").mkdir()
    _, problems = build(folder, config=[name])
    [(where, text)] = errors_of(problems)
    assert where == "config[0]"
    assert text.startswith(f"config {folder / name} ")
    assert message in text


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_file_is_read_up_to_its_bound(folder: Path, more: int, refused: bool) -> None:
    text = "[server:default]\n#"
    (folder / "a.cfg").write_text(text + "x" * (MAX_TLS_CONFIG + more - len(text)))
    problems = [said for _, said in errors_of(build(folder, config=["a.cfg"])[1])]
    assert [f"has {MAX_TLS_CONFIG + 1} bytes, more than" in said for said in problems] == [True] * refused


@pytest.mark.parametrize(("files", "refused"), [(3, False), (4, True)])
def test_folder_is_read_up_to_its_bound(
    folder: Path, files: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pem, "MAX_TLS_FOLDER", 3)
    (folder / "d").mkdir()
    for number in range(files):
        (folder / "d" / f"{number}.cfg").write_text("# nothing\n")
    problems = [said for _, said in errors_of(build(folder, config=["d"])[1])]
    assert ["has more than 3 files in it" in said for said in problems] == [True] * refused


NAMES = st.sampled_from(["", "a.example", "b.a.example"])
ROWS = st.tuples(
    st.sampled_from(["server", "client"]),
    st.sampled_from(["default", "any", "any:5061", "127.0.0.1:5061", "127.0.0.1:0", "[::1]:5063"]),
    NAMES,
    st.integers(0, 2),
    st.sampled_from(["", "one", "ONE"]),
)


@given(st.lists(ROWS, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sections_make_a_table_or_problems(folder: Path, rows: list[tuple[str, str, str, int, str]]) -> None:
    lines = []
    for side, target, name, mode, server_id in rows:
        lines += [f"[{side}:{target}]", f"server_name_mode = {mode}", f'server_name = "{name}"']
        lines += [f'server_id = "{server_id}"'] * (side == "client") + ["ca_list = ca.pem"]
    (folder / "tls.cfg").write_text("\n".join(lines) or "# none")
    table, problems = build(folder, listeners=[("127.0.0.1", 5061), ("::1", 5063)], config=["tls.cfg"])
    assert (table is None) is bool(errors_of(problems))
    if table is not None:
        assert len({domain.name for domain in table}) == len(list(table))
        assert len(list(table)) == 2 + sum(target != "default" for _, target, *_ in rows)


def test_two_files_are_refused_and_an_empty_name_is_none(folder: Path) -> None:
    (folder / "a.cfg").write_text("[server:default]\n")
    assert [where for where, _ in errors_of(build(folder, config=["a.cfg", "b.cfg"])[1])] == ["config[1]"]
    table, problems = build(folder, config=[""])
    assert table is not None
    assert "config is empty" in warnings_of(problems)
