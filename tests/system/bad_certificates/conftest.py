"""One server with every domain of the list, shared by the tests of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.system.bad_certificates.domains import DomainServer, start_domains

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def domains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DomainServer]:
    """The server; at the end it must have logged no fault of its own."""
    server = start_domains(tmp_path_factory.mktemp("domains"))
    yield server
    server.running.assert_unharmed()
