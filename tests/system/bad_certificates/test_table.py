"""Lines 1 to 51 of the list, each in every mode and both versions of TLS: what becomes of the connection, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL

from sertwist.tls.verification import words_of_reason
from tests.bad_certificates.case import Case, Fate, fate_in
from tests.bad_certificates.table import BY_MODE, CASES
from tests.system.bad_certificates.client import visit

if TYPE_CHECKING:
    from tests.system.bad_certificates.domains import DomainServer

NONE_SENT = "no certificate was sent and this domain requires one"


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
@pytest.mark.parametrize(("mode", "case"), BY_MODE, ids=str)
def test_certificate_meets_its_fate(domains: DomainServer, mode: str, case: Case, version: int) -> None:
    seen = visit(domains.addresses[mode, case.trust], case.make(), version)
    match fate_in(mode, case):
        case Fate.REFUSED:
            assert seen.answer is None
            words = NONE_SENT if case.reason == "no-certificate" else words_of_reason(case.reason)
            domains.running.wait_for(f"TLS handshake failed: {re.escape(words)}.*; from {re.escape(seen.source)}$", 10)
        case Fate.UNVERIFIED:
            assert seen.answer is not None
            assert (seen.answer.verified, seen.answer.states["reason"]) == (False, case.reason)
            assert set(seen.answer.says.values()) == {""}
            assert seen.answer.equal == ""
        case Fate.VERIFIED:
            assert seen.answer is not None
            assert (seen.answer.verified, seen.answer.states["reason"]) == (True, "")
            assert {name: seen.answer.says[name] for name in case.says} == case.says
            assert seen.answer.equal == case.equal


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_odd_serial_puts_no_warning_of_the_library_into_the_log(domains: DomainServer) -> None:
    for case in (each for each in CASES if each.number == 47):
        seen = visit(domains.addresses["seed", case.trust], case.make())
        assert seen.answer is not None
    assert "DeprecationWarning" not in domains.running.log_text()
