"""`$branch(part)`: added destinations read and changed part by part."""

from __future__ import annotations

import pytest

from tests.script_run import ScriptRun

TWO = (
    'append_branch("sip:a@a.example", "0.5"); $bf = 3; $du = "sip:p.example"; $ru = "sip:b@b.example"; append_branch();'
)


def said(variable: str, actions: str = "") -> str:
    """What `variable` is behind two branches and `actions`; `~` for undefined. Complaints stand before it."""
    log = f'if (defined {variable}) log(-1, "" + {variable}); else log(-1, "~");'
    run = ScriptRun(f"route {{ {TWO} {actions} {log} drop; }}", sockets=(("192.0.2.1", 5060), ("192.0.2.2", 5062)))
    return "; ".join(each.removeprefix("script: ") for each in run.send().log)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("$branch(count)", "2"),
        ("$branch(uri)", "sip:a@a.example"),
        ("$(branch(uri)[1])", "sip:b@b.example"),
        ("$(branch(uri)[-1])", "sip:b@b.example"),
        ("$(branch(uri)[2])", "~"),
        ("$(branch(uri)[-1]{uri.host})", "b.example"),
        ("$branch(q)", "500"),
        ("$(branch(q)[1])", "~"),
        ("$branch(flags)", "0"),
        ("$(branch(flags)[1])", "3"),
        ("$branch(dst_uri)", "~"),
        ("$(branch(dst_uri)[1])", "sip:p.example"),
        ("$branch(path)", "~"),
        ("$branch(send_socket)", "~"),
    ],
)
def test_part_is_read(variable: str, value: str) -> None:
    assert said(variable) == value


@pytest.mark.parametrize(
    ("assignment", "variable", "value"),
    [
        ('$branch(uri) = "sip:c@c.example"', "$branch(uri)", "sip:c@c.example"),
        ('$(branch(uri)[1]) = "sip:c@c.example"', "$(br[1])", "sip:c@c.example"),
        ("$branch(uri) = $null", "$branch(uri)", "sip:b@b.example"),
        ("$branch(uri) = $null", "$branch(count)", "1"),
        ('$branch(dst_uri) = "sip:d.example"', "$branch(dst_uri)", "sip:d.example"),
        ("$(branch(dst_uri)[1]) = $null", "$(branch(dst_uri)[1])", "~"),
        ("$branch(q) = 700", "$branch(q)", "700"),
        ('$branch(q) = "0.25"', "$branch(q)", "250"),
        ("$branch(q) = $null", "$branch(q)", "~"),
        ("$branch(flags) = 5", "$branch(flags)", "5"),
        ('$branch(path) = "<sip:p@p.example;lr>"', "$branch(path)", "<sip:p@p.example;lr>"),
        ('$branch(send_socket) = "udp:192.0.2.2:5062"', "$branch(send_socket)", "udp:192.0.2.2:5062"),
    ],
)
def test_part_is_written(assignment: str, variable: str, value: str) -> None:
    assert said(variable, f"{assignment};") == value


@pytest.mark.parametrize(
    ("assignment", "complaint"),
    [
        ('$branch(uri) = "no uri"', "$branch(uri) can't be no uri; 2"),
        ('$branch(dst_uri) = "tel:1"', "$branch(dst_uri) can't be tel:1; 2"),
        ("$branch(q) = 1001", "$branch(q) can't be 1001; 2"),
        ('$branch(q) = "2"', "$branch(q) can't be 2; 2"),
        ("$branch(flags) = -1", "$branch(flags) can't be -1; 2"),
        ('$branch(send_socket) = "udp:192.0.2.3:5060"', "$branch(send_socket) can't be udp:192.0.2.3:5060; 2"),
        ('$(branch(uri)[2]) = "sip:c@d"', "$branch(uri) can't be sip:c@d; 2"),
        ("$branch(count) = 1", "$branch(count) can't be 1; 2"),
    ],
)
def test_value_that_is_none_changes_nothing_and_is_told(assignment: str, complaint: str) -> None:
    assert said("$branch(count)", f"{assignment};") == complaint


def test_parts_put_together_are_those_of_the_branch() -> None:
    head = 'loadmodule "sl"\nloadmodule "pv"\n'
    body = '$sbranch(uri) = "sip:a@b"; $sbranch(path) = "<sip:p;lr>"; $sbranch(send_socket) = "udp:192.0.2.1:5060"; '
    body += 'sbranch_append(); sl_reply("200", "$branch(path) $branch(send_socket)");'
    assert ScriptRun(f"{head}route {{ {body} }}").send().reason == "<sip:p;lr> udp:192.0.2.1:5060"
