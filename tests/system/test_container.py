"""The image's recipe, as far as it can be tried without a builder: what goes in, what runs, and its health check."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.conftest import StartServer
    from tests.system.running import RunningServer

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
RECIPE = re.sub(r"\\\n\s*", " ", (PACKAGING / "Containerfile").read_text())
RUN_FOLDER, LOG_FOLDER = "/run/sertwist", "/var/log/sertwist"


def last(instruction: str) -> str:
    """What the last line with `instruction` says; the last stage is the image."""
    return re.findall(rf"^{instruction} (.*)$", RECIPE, re.MULTILINE)[-1]


@pytest.fixture
def running(start_server: StartServer, tmp_path: Path) -> RunningServer:
    """The image's script, with its two folders elsewhere and ports that the system chooses."""
    text = (PACKAGING / "ser.cfg").read_text().replace(":5060", ":0").replace('== "10001"', '== "not here"')
    for folder in (RUN_FOLDER, LOG_FOLDER):
        assert folder in text
        text = text.replace(folder, str(tmp_path))
    return start_server(text.replace('@rpc.uid == "0"', f'@rpc.uid == "{tmp_path.stat().st_uid}"'))


def test_image_runs_as_nobody_with_what_the_server_needs_to_write() -> None:
    user = last("USER")
    assert user.isdigit()
    assert int(user) > 0
    assert f"--uid {user} " in RECIPE
    assert f'@rpc.uid == "{user}"' in (PACKAGING / "ser.cfg").read_text()
    assert re.search(rf"install -d -o sertwist -g sertwist -m 0750 {RUN_FOLDER} {LOG_FOLDER}\b", RECIPE)
    assert set(json.loads(last("VOLUME"))) == {"/etc/sertwist", RUN_FOLDER, LOG_FOLDER}
    assert last("STOPSIGNAL") == "SIGTERM"
    assert last("EXPOSE").split() == ["5060/udp", "5060/tcp", "5061/tcp"]


def test_nothing_is_loaded_in_the_stage_that_is_the_image() -> None:
    image = RECIPE.rpartition("\nFROM ")[2]
    assert image.startswith("docker.io/library/python:3.13-slim\n")
    assert "pip install --no-cache-dir --no-index --find-links /wheels sertwist" in image
    assert not re.search(r"apt|curl|http", image)


def test_wheel_can_be_built_from_what_the_builder_is_given(tmp_path: Path) -> None:
    given = re.findall(r"^!(.+)$", (PACKAGING / "Containerfile.dockerignore").read_text(), re.MULTILINE)
    for copied in re.findall(r"^COPY (?!--)(\S+) ", RECIPE, re.MULTILINE):
        assert copied == "." or copied in given
    for name in given:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert len(list((tmp_path / "dist").glob("*.whl"))) == 1


def test_script_of_the_image_is_sound() -> None:
    words = json.loads(last("ENTRYPOINT")) + json.loads(last("CMD"))
    assert words == ["twistd", "-n", "--pidfile=", "sertwist", "--config", "/etc/sertwist/ser.cfg"]
    assert re.search(r"^COPY packaging/ser.cfg /etc/sertwist/ser.cfg$", RECIPE, re.MULTILINE)
    sertwist = str(Path(sys.executable).with_name("sertwist"))
    checked = subprocess.run(
        [sertwist, "check", str(PACKAGING / "ser.cfg")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "warning" not in checked.stderr


def test_health_check_passes_while_the_server_runs_and_fails_afterwards(running: RunningServer, tmp_path: Path) -> None:
    program, *words = json.loads(last("HEALTHCHECK").partition(" CMD ")[2])
    command = [
        str(Path(sys.executable).with_name(program)),
        *(word.replace(RUN_FOLDER, str(tmp_path)) for word in words),
    ]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    running.assert_unharmed()
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 3
