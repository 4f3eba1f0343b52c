"""The page on the audit log names every member of a record, every parameter, and every option of `sertwist audit`."""

from __future__ import annotations

import re

from sertwist.commands.audit import audit
from sertwist.modules.audit.settings import AUDIT_PARAMETERS
from sertwist.rpc.audit.shown import COLUMNS
from tests.unit.docs.documents import ROOT
from tests.unit.rpc.audit.test_verify import made
from tests.unit.rpc.audit.test_verify import short as shorter

TEXT = (ROOT / "docs" / "audit.md").read_text()


def test_every_member_of_a_record_is_there() -> None:
    written = set(re.findall(rb'"(\w+)":', made()[0] + shorter(crashed=True)[0])) - {b"bytes", b"sha256"}
    named = {
        each
        for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TEXT, re.MULTILINE)
        for each in re.findall(r"`(\w+)`", row)
    }
    missing = {each.decode() for each in written} | set(COLUMNS)
    assert {each for each in missing - named if f"`{each}`" not in TEXT} == set()


def test_every_parameter_is_there_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(audit\w*)` \| (?:`?)([\w]*)(?:`?) ?\|", TEXT, re.MULTILINE))
    assert rows == {each.name: str(each.default) for each in AUDIT_PARAMETERS}


def test_every_command_and_option_is_there() -> None:
    for name, command in audit.commands.items():
        assert f"sertwist audit {name}" in TEXT
        options = [option for param in command.params for option in param.opts if option.startswith("--")]
        missing = [each for each in options if each not in TEXT]
        assert set(missing) <= {"--output", "--last", "--quiet"}
