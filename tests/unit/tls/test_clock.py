"""The clock is set forward or back by a day (reference tls 11.3, case 116): nothing stays wrong when it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.pki.authority import SERVER_AUTH, Profile
from tests.unit.tls.fake_host import FakeHost, result_of
from tests.unit.tls.kit import AT, DAY, NOW, ROOT, client_context, connect

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 86_400.0
HALF = DAY / 2
# Good from half a day ago until half a day from now: a day either way is too much.
DATES = {"not_before": NOW - HALF, "not_after": NOW + HALF}
SHORT = ROOT.issue(Profile(common_names=("Bob",), **DATES))
OWN = ROOT.issue(Profile(common_names=("alice",), usages=(SERVER_AUTH,), **DATES))


@pytest.fixture
def module(tmp_path: Path) -> TlsModule:
    (tmp_path / "own.pem").write_bytes(OWN.certificate_pem() + OWN.key_pem())
    (tmp_path / "own.pem").chmod(0o600)
    crl = ROOT.crl([], this_update=NOW - HALF, next_update=NOW + 90 * DAY)
    (tmp_path / "ca.pem").write_bytes(ROOT.credential.certificate_pem() + crl.public_bytes(Encoding.PEM))
    given = {
        "certificate": "own.pem", "ca_list": "ca.pem", "verify_certificate": "1", "revoked_action": "mark",
    }  # fmt: skip
    made = TlsModule({name: [SettingValue(value, name)] for name, value in given.items()})
    assert [p for p in made.configure(tmp_path, [("127.0.0.1", 5061)], AT) if p.severity == "error"] == []
    made.start(FakeHost())
    return made


@pytest.mark.parametrize(("days", "reason"), [(1, "expired"), (-1, "not-yet-valid")])
def test_peer_is_unverified_meanwhile_and_verified_again_afterwards(module: TlsModule, days: int, reason: str) -> None:
    peer = connect(module.factory_for("127.0.0.1", 5061), client_context(SHORT)).session.peer
    assert peer.verdict(AT).verified
    verdict = peer.verdict(AT + days * SECONDS)
    assert (verdict.verified, verdict.reason) == (False, reason)
    assert peer.verdict(AT).verified


@pytest.mark.parametrize(("days", "words"), [(1, "expired"), (-1, "is not valid before")])
def test_reload_of_what_is_in_force_is_taken_with_a_warning(module: TlsModule, days: int, words: str) -> None:
    module.host.now += days * SECONDS
    answer = result_of(module.reload(None, "struct"))
    assert answer["generation"] == 2
    assert any(words in warning for warning in answer["warnings"])
    module.host.now -= days * SECONDS
    assert not any(words in warning for warning in result_of(module.reload(None, "struct"))["warnings"])


def test_what_expires_is_said_when_the_clock_says_so_and_no_more_afterwards(module: TlsModule) -> None:
    host = module.host
    [hourly] = [call for seconds, call in host.timers if seconds == 3_600]

    def said() -> list[str]:
        host.lines.clear()
        hourly()
        return [line for _, line in host.lines if "alice" in line]

    assert said() == []  # it was said at the start
    host.now += SECONDS
    [line] = said()
    assert "expired" in line
    host.now -= 2 * SECONDS
    [line] = said()
    assert "not valid before" in line
    host.now += SECONDS
    [line] = said()
    assert "expires in 12 hours" in line or "expires in 11 hours" in line
    assert said() == []
