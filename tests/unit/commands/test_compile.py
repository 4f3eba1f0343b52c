"""`sertwist compile`: the Python that a script becomes, with the script's lines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from sertwist.commands.compile import compile_one

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
loadmodule "sl"
route {
    if (src_ip == 10.0.0.0/8 && method =~ "^INV") {
        $var(x) = 1;
    } else if (method == "ACK") {
        exit;
    }
    while ($var(x) < 5) $var(x) = $var(x) + 1;
    sl_send_reply("200",
        "OK");
}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(compile_one, [str(each) for each in arguments])


def test_python_is_shown_with_the_lines_of_the_script(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text(SCRIPT)
    result = run("--show", path)
    assert result.exit_code == 0
    ast.parse(result.output)
    lines = result.output.splitlines()
    assert lines[0] == "# pattern: '^INV'"
    above = {line.strip(): lines[at - 1].strip() for at, line in enumerate(lines)}
    assert above["ctx.ended = True"] == f"# {path}:6  exit;"
    assert above["put_var(ctx, '$var(x)', 1)"] == f"# {path}:4  $var(x) = 1;"
    assert "\\x01" not in result.output
    assert any(line.startswith("if ") and note.endswith('else if (method == "ACK") {') for line, note in above.items())
    assert any(":9  sl_send_reply(" in note for note in above.values())


def test_script_with_an_odd_line_is_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_bytes(b'route { if (method == "\xff\'") { exit; } # \x07 "\n exit; }')
    result = run("--show", path)
    assert result.exit_code == 0
    ast.parse(result.output)
    assert result.output.isascii()


def test_without_show_it_only_says_that_it_compiles(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text(SCRIPT)
    assert run(path).output == f"{path}: ok, 1 blocks, dialect kamailio\n"
    assert "dialect ser2" in run("--dialect", "ser2", path).output


def test_script_with_errors_is_not_compiled(tmp_path: Path) -> None:
    path = tmp_path / "ser.cfg"
    path.write_text("route { brake; }")
    for arguments in ((path,), ("--show", path), (tmp_path / "none.cfg",)):
        assert run(*arguments).exit_code == 1
