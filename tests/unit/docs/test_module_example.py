"""The module of architecture.md, found by an entry point as a third party's is, loads, runs and answers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sertwist.errors import ConfigError
from sertwist.modules import index
from sertwist.rpc.declare import Effect
from sertwist.rpc.fault import Fault
from sertwist.script.context import RouteContext
from sertwist.server.configuration import Configuration, load_configuration
from tests.unit.docs.documents import ROOT, blocks

PAGE = ROOT / "docs" / "architecture.md"


class Ctx(RouteContext):
    """A request that keeps its reply."""

    def reply(self, status: int, reason: str) -> bool:
        self.answered = True
        self.replied = (status, reason)
        return True


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page's script, with the page's module installed beside sertwist."""
    (tmp_path / "hits.py").write_text(blocks(PAGE, "python")[0])
    info = tmp_path / "hits-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hits\nVersion: 1.0\n")
    (toml,) = blocks(PAGE, "toml")
    line = toml.splitlines()[-1].replace('"', "")
    (info / "entry_points.txt").write_text(f"[sertwist.modules]\n{line}\n")
    (tmp_path / "ser.cfg").write_text(blocks(PAGE, "hits")[0])
    monkeypatch.syspath_prepend(tmp_path)
    _forget_modules()
    yield load_configuration(tmp_path / "ser.cfg")
    monkeypatch.undo()
    _forget_modules()


def _forget_modules() -> None:
    index._installed.cache_clear()
    index.module_class.cache_clear()


def answer(configuration: Configuration, source_ip: str) -> tuple[int, str]:
    ctx = Ctx(configuration.environment(), "OPTIONS", "UDP", (source_ip, 5060), ("127.0.0.1", 5060))
    configuration.program.run(ctx)
    return ctx.replied


def test_script_uses_the_modules_function_and_parameter(configuration: Configuration) -> None:
    for module in configuration.loaded.modules:
        module.start(SimpleNamespace(environment=configuration.environment(), has_event=lambda _name: False))
    assert [answer(configuration, f"192.0.2.{n}") for n in (1, 2, 1, 3, 2)] == [
        (200, "OK"),
        (200, "OK"),
        (200, "OK"),
        (503, "Too many addresses"),
        (200, "OK"),
    ]
    hits: Any = configuration.loaded.named("hits")
    methods = {each.name: each for each in hits.methods()}
    assert methods["hits.get"].run(None, "192.0.2.1") == 2
    with pytest.raises(Fault):
        methods["hits.get"].run(None, "192.0.2.3")
    (select,) = hits.selects()
    assert (select.name, select.get(None)) == ("@hits.keys", 2)
    assert methods["hits.reset"].effect is Effect.WRITE
    assert methods["hits.reset"].run(None) == 2
    assert select.get(None) == 0


def test_parameter_out_of_range_is_an_error(configuration: Configuration, tmp_path: Path) -> None:
    path = tmp_path / "wrong.cfg"
    path.write_text(blocks(PAGE, "hits")[0].replace('max_keys", 2', 'max_keys", 0'))
    with pytest.raises(ConfigError, match="'max_keys' must be 1 to 1000000, not 0"):
        load_configuration(path)
