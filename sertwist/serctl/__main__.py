"""`python -m sertwist.serctl`."""

from __future__ import annotations

import sys

from sertwist.serctl.cli import main

sys.exit(main())
