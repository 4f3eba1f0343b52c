"""Reloads: all or nothing, one at a time, and what open connections are judged by afterwards."""

from __future__ import annotations

import gc
import os
import weakref
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet.defer import Deferred, ensureDeferred

from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.modules.tls.reload_answer import DONE
from sertwist.pki.authority import SERVER_AUTH, Profile
from sertwist.rpc.fault import Fault
from tests.unit.tls.fake_host import FakeHost, result_of
from tests.unit.tls.kit import AT, BOB, DAY, NOW, OTHER_ROOT, ROOT, SERVER, client_context, connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sertwist.pki.authority import Authority, Credential
    from tests.unit.tls.kit import Outcome

RENEWED = ROOT.issue(Profile(common_names=("alice",), usages=(SERVER_AUTH,)))
EXPIRED = ROOT.issue(Profile(common_names=("alice",), usages=(SERVER_AUTH,), not_after=NOW - DAY))


def write_own(folder: Path, credential: Credential = SERVER, key: Credential | None = None) -> None:
    (folder / "cert.pem").write_bytes(credential.certificate_pem())
    (folder / "key.pem").write_bytes((key or credential).key_pem())
    (folder / "key.pem").chmod(0o600)


def write_ca(folder: Path, *authorities: Authority, number: int = 1) -> None:
    crls = [each.crl([], number=number, this_update=NOW - DAY + number * DAY / 100) for each in authorities]
    pem = [each.credential.certificate_pem() for each in authorities]
    (folder / "ca.pem").write_bytes(b"".join([*pem, *(crl.public_bytes(Encoding.PEM) for crl in crls)]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_own(tmp_path)
    write_ca(tmp_path, ROOT)
    return tmp_path


def started(folder: Path, host: FakeHost, **settings: object) -> TlsModule:
    given = {"certificate": "cert.pem", "private_key": "key.pem", "ca_list": "ca.pem", "verify_certificate": 1}
    module = TlsModule({name: [SettingValue(v, f"ser.cfg:{name}")] for name, v in (given | settings).items()})
    problems = module.configure(folder, [("127.0.0.1", 5061)], AT)
    assert [p for p in problems if p.severity == "error"] == []
    module.start(host)
    return module


def bob(module: TlsModule) -> Outcome:
    return connect(module.factory_for("127.0.0.1", 5061), client_context(BOB))


class Row(SimpleNamespace):
    """An open connection of the table."""

    def finish(self) -> None:
        self.ended = True

    def no_longer_verified(self) -> None:
        self.demoted = True


def row(outcome: Outcome) -> Row:
    return Row(connection_id=7, source=("192.0.2.1", 9), tls=outcome.session, ended=False)


def reload(module: TlsModule, *arguments: str) -> Any:
    return result_of(module.reload(None, *arguments))


def test_renewed_certificate_is_presented_after_a_reload_and_old_connections_stay(folder: Path) -> None:
    host = FakeHost()
    module = started(folder, host)
    before = bob(module)
    host.rows = (row(before),)
    write_own(folder, RENEWED)
    assert reload(module) == DONE
    after = bob(module)
    assert after.client.get_peer_certificate(as_cryptography=True) == RENEWED.certificate
    assert (before.session.generation, after.session.generation) == (1, 2)
    assert before.verdict() == (True, "")
    assert not host.rows[0].ended


def test_struct_is_answered_when_asked_for(folder: Path) -> None:
    module = started(folder, FakeHost())
    answer = reload(module, "struct")
    assert (answer["generation"], answer["domains"]) == (2, 2)


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda f: (f / "cert.pem").unlink(), "there is no such file"),
        (lambda f: (f / "key.pem").write_text("junk"), "has no PEM block"),
        (lambda f: write_own(f, RENEWED, SERVER), "does not belong to certificate"),
        (lambda f: write_own(f, EXPIRED), "expired"),
        (lambda f: write_ca(f, ROOT, number=0), "is older than the one in force"),
        (lambda f: (f / "ca.pem").write_bytes(ROOT.credential.certificate_pem()), "had a CRL and has none now"),
    ],
)
def test_nothing_changes_when_something_is_wrong(folder: Path, break_it: Callable[[Path], object], reason: str) -> None:
    module = started(folder, FakeHost())
    before = bob(module)
    break_it(folder)
    with pytest.raises(Fault, match=reason) as raised:
        reload(module)
    assert raised.value.code == 500
    assert "generation 1 stays" in raised.value.text
    assert before.verdict() == (True, "")
    after = bob(module)
    assert after.verdict() == (True, "")
    assert after.client.get_peer_certificate(as_cryptography=True) == SERVER.certificate
    write_own(folder)
    write_ca(folder, ROOT)
    assert reload(module) == DONE


def test_every_reason_is_in_the_fault_with_its_place(folder: Path) -> None:
    module = started(folder, FakeHost())
    (folder / "cert.pem").unlink()
    (folder / "ca.pem").write_text("junk")
    with pytest.raises(Fault) as raised:
        reload(module)
    _, *lines = raised.value.text.split("\n")
    assert [line.split(": ")[0] for line in sorted(lines)] == ["ser.cfg:ca_list", "ser.cfg:certificate"]


@pytest.mark.parametrize(("action", "ended"), [("close", True), ("mark", False)])
def test_connection_whose_ca_is_gone_is_closed_or_marked(folder: Path, action: str, ended: bool) -> None:
    write_ca(folder, ROOT, OTHER_ROOT)
    host = FakeHost()
    module = started(folder, host, revoked_action=action)
    assert module.reloads is not None
    stranger = OTHER_ROOT.issue(Profile(common_names=("Carol",)))
    carol = connect(module.factory_for("127.0.0.1", 5061), client_context(stranger))
    host.rows = (row(carol), row(bob(module)))
    write_ca(folder, ROOT, number=2)
    reload(module)
    assert carol.verdict() == (False, "untrusted")
    assert [each.ended for each in host.rows] == [ended, False]
    assert host.rows[0].demoted
    assert host.environment.counters["tls.no_longer_verified.untrusted"] == 1
    word = "is closed" if ended else "stays"
    assert host.lines[-1][1] == (
        f"connection 7 from 192.0.2.1 port 9 {word}: its peer is no longer verified: "
        "certificate is not from a CA of ca_list"
    )
    reload(module)
    assert host.environment.counters["tls.no_longer_verified.untrusted"] == 1  # told once


def give(module: TlsModule, **settings: object) -> None:
    """Let later generations have `settings`, as the `config` file could."""
    source = module.reloads._source
    values = {name: v if isinstance(v, list) else [v] for name, v in settings.items()}
    source.values = {
        **source.values,
        **{name: [SettingValue(v, name) for v in given] for name, given in values.items()},
    }


def test_connection_without_certificate_is_closed_when_a_reload_requires_one(folder: Path) -> None:
    host = FakeHost()
    module = started(folder, host)
    nobody = connect(module.factory_for("127.0.0.1", 5061), client_context())
    host.rows = (row(nobody), row(bob(module)))
    reload(module)
    assert not host.rows[0].ended
    give(module, require_certificate=1)
    reload(module)
    assert [each.ended for each in host.rows] == [True, False]
    assert "its peer is not verified: no certificate was sent" in host.lines[-1][1]


def test_expired_peer_is_judged_when_its_time_comes(folder: Path) -> None:
    host = FakeHost()
    module = started(folder, host)
    host.rows = (row(bob(module)),)
    [check] = [call for seconds, call in host.timers if seconds == 1.0]
    expiry = BOB.certificate.not_valid_after_utc.timestamp()
    host.now = expiry + 0.5  # the last second still counts
    check()
    assert not host.rows[0].ended
    host.now = expiry + 1.0
    check()
    assert host.rows[0].ended
    assert "certificate expired" in host.lines[-1][1]


def test_peer_of_a_domain_that_is_gone_is_no_longer_verified(folder: Path) -> None:
    host = FakeHost()
    module = started(folder, host)
    give(
        module,
        certificate=["cert.pem", "127.0.0.1:5061=cert.pem"],
        private_key=["key.pem", "127.0.0.1:5061=key.pem"],
    )
    reload(module)
    outcome = bob(module)
    assert outcome.session.domain_name == "server:127.0.0.1:5061"
    host.rows = (row(outcome),)
    give(module, certificate="cert.pem", private_key="key.pem")
    reload(module)
    assert outcome.verdict() == (False, "untrusted")
    assert host.rows[0].ended


class SlowHost(FakeHost):
    """Its threads end when told."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[tuple[Callable[[], Any], Deferred[Any]]] = []

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        self.threads.append((call, Deferred()))
        return self.threads[-1][1]

    def end_thread(self) -> None:
        call, done = self.threads.pop(0)
        done.callback(call())


def test_fifty_reloads_at_once_are_one(folder: Path) -> None:
    host = SlowHost()
    module = started(folder, host)
    answers: list[object] = []
    for _ in range(50):
        ensureDeferred(module.reload(None)).addBoth(answers.append)
    assert (len(host.threads), answers) == (1, [])
    host.end_thread()
    assert host.threads == []
    assert answers == [DONE] * 50
    assert bob(module).session.generation == 2


def test_files_are_read_again_when_they_changed_while_they_were_read(folder: Path) -> None:
    """Who joins a reload that is under way must not get what was there before his change."""
    host = SlowHost()
    module = started(folder, host)
    answers: list[object] = []
    ensureDeferred(module.reload(None)).addBoth(answers.append)
    call, done = host.threads.pop(0)
    result = call()
    write_own(folder, RENEWED)
    ensureDeferred(module.reload(None)).addBoth(answers.append)
    done.callback(result)
    host.end_thread()
    assert answers == [DONE, DONE]
    assert bob(module).client.get_peer_certificate(as_cryptography=True) == RENEWED.certificate


def test_reload_gives_up_when_the_files_never_stand_still(folder: Path) -> None:
    host = SlowHost()
    module = started(folder, host)
    answers: list[Any] = []
    ensureDeferred(module.reload(None)).addBoth(answers.append)
    while host.threads:
        call, done = host.threads.pop(0)
        result = call()
        write_ca(folder, ROOT, number=len(answers) + 2)
        os.utime(folder / "ca.pem", ns=(0, datetime.now(UTC).microsecond * 1000 + 1))
        done.callback(result)
    [failure] = answers
    assert "the files change while they are read" in failure.value.text


def test_context_of_an_old_generation_is_freed_with_its_last_connection(folder: Path) -> None:
    module = started(folder, FakeHost())
    old = weakref.ref(module.factory_for("127.0.0.1", 5061)._context)
    outcome = bob(module)
    reload(module)
    gc.collect()
    assert old() is not None
    del outcome
    gc.collect()
    assert old() is None


def test_contexts_are_renewed_so_that_ticket_keys_do_not_live_for_ever(folder: Path) -> None:
    host = FakeHost()
    module = started(folder, host)
    old = module.factory_for("127.0.0.1", 5061)
    peer = bob(module)
    [renew] = [call for seconds, call in host.timers if seconds == 86_400.0]
    result_of(renew())
    new = module.factory_for("127.0.0.1", 5061)
    assert new._context is not old._context
    assert new.domain is old.domain
    assert peer.verdict() == (True, "")


def watching(folder: Path, host: FakeHost) -> tuple[TlsModule, Callable[[], None]]:
    """A module that reloads on change, and its look at the files."""
    module = TlsModule(
        {name: [SettingValue(v, name)] for name, v in {"certificate": "cert.pem", "private_key": "key.pem"}.items()}
        | {"reload_on_change": True}
    )
    module.configure(folder, [("127.0.0.1", 5061)], AT)
    module.start(host)
    return module, lambda: result_of(module.check_files())


def presented(module: TlsModule) -> object:
    return bob(module).client.get_peer_certificate(as_cryptography=True)


def test_renewed_certificate_is_picked_up_by_itself_once_its_key_is_there(folder: Path) -> None:
    host = FakeHost()
    module, look = watching(folder, host)
    write_own(folder, RENEWED, SERVER)  # the certificate first
    for _ in range(3):
        look()
    assert presented(module) == SERVER.certificate
    assert host.lines == []
    write_own(folder, RENEWED)
    look()
    assert presented(module) == SERVER.certificate  # one look is not enough: the file may be half written
    look()
    assert presented(module) == RENEWED.certificate
    assert host.lines[-1] == ("info", "tls: reloaded; generation 2")
    host.now += 3600
    look()
    assert [level for level, _ in host.lines if level != "warn"] == ["info"]


def test_half_a_renewal_is_told_after_a_while_and_nothing_changes(folder: Path) -> None:
    host = FakeHost()
    module, look = watching(folder, host)
    write_own(folder, RENEWED, SERVER)
    look()
    look()
    host.now += 59
    look()
    assert host.lines == []
    host.now += 1
    look()
    look()
    assert [level for level, _ in host.lines] == ["error", "info"]
    assert "does not belong to certificate" in host.lines[0][1]
    assert "not reloaded" in host.lines[1][1]
    assert presented(module) == SERVER.certificate


def test_certificate_stays_when_nobody_asked_to_watch_it(folder: Path) -> None:
    module = started(folder, FakeHost())
    write_own(folder, RENEWED)
    for _ in range(3):
        result_of(module.check_files())
    assert presented(module) == SERVER.certificate
