"""All modules of this version in one script: no name has two meanings."""

from __future__ import annotations

from importlib.metadata import entry_points

from tests.script_run import OPTIONS, run_script


def test_every_module_goes_with_every_other() -> None:
    names = sorted(each.name for each in entry_points(group="sertwist.modules"))
    assert len(names) > 20
    loads = "\n".join(f'loadmodule "{name}"' for name in names if name not in {"core", "tls", "xmlrpc"})
    assert run_script(loads + '\nroute { sl_reply("200", "OK"); }', OPTIONS).status == 200
