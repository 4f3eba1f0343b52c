"""What is said, and when, about certificates and CRLs whose end comes near."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sertwist.pki.authority import SERVER_AUTH, Profile
from sertwist.tls.domain import OwnCertificate, Side, TLSDomain
from sertwist.tls.expiry import ExpiryWatch, Holding, list_holdings
from tests.unit.tls.kit import AT, BOB, DAY, NOW, OTHER_ROOT, ROOT, make_domain

DAYS = 86_400.0


def holding(days: float, kind: str = "own", life: float = 365) -> Holding:
    """One whose end is `days` from now."""
    ends = AT + days * DAYS
    return Holding(kind, None, Side.SERVER, ("server:default",), "x.pem", "CN=x", "CN=ca", ends - life * DAYS, ends)


@pytest.mark.parametrize(
    ("days", "stage"),
    [(30, "ok"), (29.9, "soon"), (7, "soon"), (6.9, "urgent"), (0, "urgent"), (-0.001, "expired"), (400, "early")],
)
def test_stage_of_a_certificate(days: float, stage: str) -> None:
    assert holding(days).stage(AT, 30) == stage


def test_last_second_of_validity_still_counts() -> None:
    assert holding(0).stage(AT + 0.9, 30) == "urgent"
    assert holding(0).stage(AT + 1, 30) == "expired"


def test_what_is_urgent_shrinks_with_a_short_warning_time() -> None:
    assert [holding(days).stage(AT, 4) for days in (4.1, 3, 0.9)] == ["ok", "soon", "urgent"]


@pytest.mark.parametrize(
    ("days", "life", "stage"),
    [(2, 7, "ok"), (1.7, 7, "soon"), (0.6, 7, "urgent"), (40, 365, "ok"), (20, 365, "soon"), (0.2, 1, "soon")],
)
def test_stage_of_a_list_goes_by_its_own_life(days: float, life: float, stage: str) -> None:
    assert holding(days, "crl", life).stage(AT, 30) == stage


def test_list_without_next_update_never_ends() -> None:
    endless = Holding("crl", None, Side.SERVER, ("server:default",), "x.pem", "CN=ca", "CN=ca", AT - DAYS, None)
    assert endless.stage(AT + 10_000 * DAYS, 30) == "ok"
    assert endless.days_left(AT) is None


def test_days_left_are_whole_days() -> None:
    assert [holding(days).days_left(AT) for days in (2, 1.9, 0.5, -0.5)] == [2, 1, 0, -1]


def test_warning_says_what_where_when_and_what_to_do() -> None:
    ends = NOW + 3.5 * DAY
    own = Holding(
        "own",
        None,
        Side.SERVER,
        ("server:default", "a", "b", "c"),
        "s.pem",
        "CN=alice",
        "CN=ca",
        AT - 1,
        ends.timestamp(),
    )
    [warning] = ExpiryWatch().look([own], AT, 30)
    assert warning.level == "error"
    assert warning.text == (
        "certificate 'CN=alice' in s.pem, used by server:default, a, b and 1 more, "
        f"expires in 3 days, {ends:%Y-%m-%d %H:%M} UTC"
    )
    assert warning.fix == "renew it, then call tls.reload"


def test_warning_comes_once_a_day_and_when_it_gets_worse() -> None:
    watch, own = ExpiryWatch(), holding(7.5)
    said = {}
    for hour in range(24 * 9):
        for warning in watch.look([own], AT + hour * 3_600, 30):
            said[hour] = warning.level
    assert said == {
        0: "warn", 13: "error", 37: "error", 61: "error", 85: "error", 109: "error", 133: "error", 157: "error",
        181: "error", 205: "error",
    }  # fmt: skip
    assert "expired" in watch.look([own], AT + 300 * 3_600, 30)[0].text


def test_nothing_is_said_while_everything_is_far_from_its_end() -> None:
    assert ExpiryWatch().look([holding(31), holding(200, "ca")], AT, 30) == []


def test_renewed_certificate_is_not_warned_about_and_starts_anew() -> None:
    watch = ExpiryWatch()
    assert len(watch.look([holding(3)], AT, 30)) == 1
    assert watch.look([holding(90)], AT + 60, 30) == []
    assert len(watch.look([holding(3)], AT + 120, 30)) == 1


def test_holdings_of_a_table_stand_once_with_all_domains_that_use_them() -> None:
    crl = ROOT.crl([BOB.certificate])
    leaf = ROOT.issue(Profile(common_names=("leaf",), usages=(SERVER_AUTH,), not_after=NOW + timedelta(days=9)))
    own = OwnCertificate(
        chain=(leaf.certificate, ROOT.certificate), private_key=leaf.key, certificate_file=Path("/own.pem")
    )
    files = {"ca_files": (Path("/ca.pem"),), "crl_files": (Path("/crl.pem"),)}
    first = make_domain(authorities=(ROOT, OTHER_ROOT), crls=(crl,), **files)
    second = TLSDomain(side=Side.CLIENT, own=(own,), authorities=(ROOT.certificate,), revocation_lists=(crl,), **files)
    rows = {(h.kind, h.subject, h.file): h.domains for h in list_holdings([first, second])}
    both = ("server:default", "client:default")
    assert rows == {
        ("own", "CN=alice", ""): both[:1],
        ("ca", "CN=Test Root", "/ca.pem"): both,
        ("ca", "CN=Other Root", "/ca.pem"): both[:1],
        ("crl", "CN=Test Root", "/ca.pem, /crl.pem"): both,
        ("own", "CN=leaf", "/own.pem"): both[1:],
        ("own", "CN=Test Root", "/own.pem"): both[1:],
    }
    [held] = [h for h in list_holdings([second]) if h.subject == "CN=leaf"]
    assert held.days_left(AT) == 9
