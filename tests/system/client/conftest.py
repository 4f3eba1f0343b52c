"""A peer and the options of Bob, for the client as a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.client import Options
from tests.system.serctl.conftest import peer, pki

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bob", "peer", "pki"]


@pytest.fixture
def bob(pki: Path) -> Options:
    return Options(cacert=pki / "ca.pem", cert=pki / "bob.pem", key=pki / "bob.key")
