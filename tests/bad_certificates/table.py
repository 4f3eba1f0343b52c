"""`CASES`: lines 1 to 51 in order. Lines 11, 28, 29 and 52 to 55 need time or several domains: tests of their own."""

from __future__ import annotations

from tests.bad_certificates.case import MODES
from tests.bad_certificates.chains import CHAINS
from tests.bad_certificates.names import NAMES

__all__ = ["BY_MODE", "CASES"]

CASES = (*CHAINS, *NAMES)
BY_MODE = [(mode, case) for case in CASES for mode in MODES if mode in (case.modes or MODES)]
