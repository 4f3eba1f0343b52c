"""Write down what the checker says about each script now: `python -m tests.scripts.update [PART OF A NAME ...]`."""

from __future__ import annotations

import sys

from tests.scripts.corpus import FOLDER, findings, scripts

if __name__ == "__main__":
    for path in scripts():
        name = str(path.relative_to(FOLDER))
        if len(sys.argv) == 1 or any(part in name for part in sys.argv[1:]):
            path.with_suffix(".txt").write_text("".join(f"{line}\n" for line in findings(path)), "utf-8")
