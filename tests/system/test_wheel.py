"""The wheel holds all that the server needs, and runs from where pip puts it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.system.running import seed_script

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree, built with what is installed here: nothing is loaded."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has put the wheel into."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run(
        [*pip, "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel)],
        check=True,
        capture_output=True,
    )
    return folder


def run(installed: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a Python program that finds the installed wheel and what it depends on, and not this source tree.

    Without `site` the interpreter reads no .pth file: those of an editable installation lead to the source tree.
    """
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-S", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_file_of_the_package_and_the_plugin_is_in_the_wheel(wheel: Path) -> None:
    package = [each for each in (ROOT / "sertwist").rglob("*") if each.is_file() and not LEFT_OUT & set(each.parts)]
    expected = {str(each.relative_to(ROOT)) for each in package} | {"twisted/plugins/sertwist_plugin.py"}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected
    assert {Path(name).suffix for name in held} >= {".py", ".txt", ".typed"}


def test_every_program_and_module_of_pyproject_is_an_entry_point_of_the_wheel(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    archive = zipfile.ZipFile(wheel)
    (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/entry_points.txt"))
    points = ConfigParser(delimiters=("=",))
    points.optionxform = str  # type: ignore[assignment, method-assign]
    points.read_string(archive.read(name).decode())
    assert dict(points["console_scripts"]) == project["scripts"]
    for group, expected in project["entry-points"].items():
        assert dict(points[group]) == expected
    assert any(each.endswith(".dist-info/licenses/LICENSE") for each in archive.namelist())


def test_twistd_finds_the_plugin_where_pip_put_it(installed: Path, tmp_path: Path) -> None:
    # An editable installation has put a copy of the plugin into Twisted's own folder, which is left out here.
    alone = (
        "import twisted.plugins as p; p.__path__[:] = [each for each in p.__path__ if not p.__file__.startswith(each)];"
    )
    where = f"{alone} import sertwist, twisted.plugins.sertwist_plugin as it; print(sertwist.__file__, it.__file__)"
    files = run(installed, "-c", where, cwd=tmp_path).stdout.split()
    assert len(files) == 2
    assert all(Path(file).is_relative_to(installed) for file in files), files
    twistd = f"{alone} from twisted.scripts.twistd import run; run()"
    result = run(installed, "-c", twistd, "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "sertwist" in result.stdout.partition("Commands:")[2]
    assert "--config" in run(installed, "-c", twistd, "sertwist", "--help", cwd=tmp_path).stdout


def test_programs_run_from_where_pip_put_them(installed: Path, pki: Path, tmp_path: Path) -> None:
    (tmp_path / "ser.cfg").write_text(seed_script(pki))
    checked = run(installed, str(installed / "bin" / "sertwist"), "check", "ser.cfg", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    (tmp_path / "wrong.cfg").write_text('loadmodule "dispatcher"\nroute { if (x) }\n')
    wrong = run(installed, str(installed / "bin" / "sertwist"), "check", "wrong.cfg", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "wrong.cfg:" in wrong.stdout + wrong.stderr
    assert "Usage: serctl" in run(installed, str(installed / "bin" / "serctl"), "--help", cwd=tmp_path).stdout
    reference = run(installed, str(installed / "bin" / "sertwist"), "doc", cwd=tmp_path).stdout
    assert reference == (ROOT / "docs" / "reference.md").read_text()
