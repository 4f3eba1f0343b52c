"""Which key exchange groups a domain allows that says nothing about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sertwist.modules.settings import SettingValue
from sertwist.modules.tls import TlsModule
from sertwist.tls._ossl import set_groups
from tests.unit.tls.kit import AT, BOB, ROOT, SERVER, Outcome, client_context, connect

if TYPE_CHECKING:
    from pathlib import Path


def meet(folder: Path, groups: str) -> Outcome:
    """A client that knows `groups` alone, at a default domain."""
    (folder / "server.pem").write_bytes(SERVER.certificate_pem() + SERVER.key_pem())
    (folder / "server.pem").chmod(0o600)
    (folder / "ca.pem").write_bytes(ROOT.credential.certificate_pem())
    given = {"certificate": "server.pem", "ca_list": "ca.pem", "verify_certificate": 1}
    module = TlsModule({name: [SettingValue(value, name)] for name, value in given.items()})
    module.configure(folder, [("127.0.0.1", 5061)], AT)
    context = client_context(BOB)
    assert set_groups(context, groups)
    return connect(module.factory_for("127.0.0.1", 5061), context)


@pytest.mark.parametrize(
    ("groups", "taken"),
    [
        ("X25519MLKEM768", "X25519MLKEM768"),
        ("X25519", "x25519"),
        ("P-256", "secp256r1"),
        ("P-384", "secp384r1"),
        ("P-521:P-384", "secp384r1"),
    ],
)
def test_group_of_the_intermediate_list_is_taken(tmp_path: Path, groups: str, taken: str) -> None:
    outcome = meet(tmp_path, groups)
    assert outcome.session is not None
    assert str(outcome.session.group).lower() == taken.lower()


@pytest.mark.parametrize("groups", ["P-521", "X448", "brainpoolP256r1tls13"])
def test_group_outside_of_it_is_refused(tmp_path: Path, groups: str) -> None:
    outcome = meet(tmp_path, groups)
    assert outcome.failure is not None
    assert outcome.failure.words == "no shared cipher: the client offers none that this domain allows"
