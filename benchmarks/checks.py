"""Checks of scripts: a long one, and short ones from a cold start, each as the command that a user gives."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

__all__ = ["measure"]

_ROOT: Final = Path(__file__).parent.parent
_COMMAND: Final = (sys.executable, "-c", "from sertwist.server.cli import main; main()", "check")
_REPEATS: Final = 3
_ROUTES: Final = 8_400  # of 12 lines each
_FROM_CORPUS: Final = 50

_ROUTE: Final = """\
route[R{n}] {{
    if (method == "INVITE" && $rU =~ "^{n}[0-9]+$") {{
        sl_send_reply("404", "No {n}");
        exit;
    }}
    if (src_ip == 10.{net}.0.0/16) {{
        strip(2);
        rewritehostport("198.51.100.{host}:5060");
    }}
}}

"""


def _long_script() -> str:
    """One `route` that calls all the others, none of which is like another."""
    calls = "".join(f"    route(R{n});\n" for n in range(_ROUTES))
    routes = "".join(_ROUTE.format(n=n, net=n % 200, host=n % 250) for n in range(_ROUTES))
    modules = "".join(f'loadmodule "{each}"\n' for each in ("sl", "pv", "textops"))
    return f'#!KAMAILIO\n{modules}request_route {{\n{calls}    sl_send_reply("404", "Not Found");\n}}\n{routes}'


def _checked(script: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds that a check takes, and those of the processor; the quickest of several."""
    found = []
    for _ in range(_REPEATS):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([*_COMMAND, script], cwd=_ROOT, env=environment, capture_output=True, check=False)
        taken, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append((taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return min(found)


def _installed(work: Path) -> dict[str, str]:
    """The environment of an installed sertwist: Python's bytecode lies there, as pip leaves it."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONPYCACHEPREFIX": str(work / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def measure(work: Path, _pki: Path) -> None:
    """Print the seconds that checks take."""
    environment = _installed(work)
    long = work / "long.cfg"
    long.write_text(_long_script(), encoding="utf-8")
    lines = len(long.read_text(encoding="utf-8").splitlines())
    short = [each for each in sorted(_ROOT.glob("conf/*.cfg")) if each.name != "tls.cfg"]  # which is no script
    corpus = sorted(_ROOT.glob("tests/scripts/*/*.cfg"))
    step = max(1, len(corpus) // _FROM_CORPUS)
    short += corpus[::step][:_FROM_CORPUS]
    for each in short:  # what each imports is compiled here
        _checked(each, environment)
    print(f"\n## Checks of scripts (bar: {lines:,} lines 10 s; each short one from a cold start 0.5 s)\n")
    print("| script | seconds | of the processor |\n|---|---:|---:|")
    print(
        "| {} lines in {} routes | {:.2f} | {:.2f} |".format(f"{lines:,}", f"{_ROUTES:,}", *_checked(long, environment))
    )
    taken = sorted((*_checked(each, environment), str(each.relative_to(_ROOT))) for each in short)
    for title, (seconds, processor, name) in (("slowest", taken[-1]), ("median", taken[len(taken) // 2])):
        print(f"| {title} of {len(taken)} short ones: `{name}` | {seconds:.2f} | {processor:.2f} |", flush=True)
