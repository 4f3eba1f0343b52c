"""HTTP digest: only the right password, for this request, with a young nonce, once."""

from __future__ import annotations

import hashlib
import re

import pytest

from sertwist.rpc.http_digest import DigestGate, Proved, read_digest_users

REQUEST = ("POST", "/RPC2")
NOW = 1_800_000_000.0


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


USERS = read_digest_users(f"# people\nbob:lab:{md5('bob:lab:secret')}\n\neve:lab:{sha('eve:lab:secret')}\n")


def answer(gate: DigestGate, user: str = "bob", password: str = "secret", **changed: str) -> bytes:
    algorithm = changed.pop("algorithm", "MD5")
    digest = {"MD5": md5, "SHA-256": sha}.get(algorithm, md5)
    found = re.search('nonce="([^"]+)"', gate.challenge("lab", NOW)[0][1])
    assert found is not None
    fields = {"username": user, "realm": "lab", "nonce": found[1], "uri": "/RPC2", "nc": "00000001", "cnonce": "x"}
    fields |= {"qop": "auth", **changed}
    ha1 = digest(f"{fields['username']}:{fields['realm']}:{password}")
    ha2 = digest(f"POST:{fields['uri']}")
    fields["response"] = digest(f"{ha1}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}:{ha2}")
    text = ", ".join(f'{name}="{value}"' for name, value in fields.items() if name not in changed.get("without", ""))
    return f"Digest {text}, algorithm={algorithm}".encode()


@pytest.fixture
def gate() -> DigestGate:
    return DigestGate(USERS, b"key")


def test_the_right_answer_proves_the_user_once(gate: DigestGate) -> None:
    first = answer(gate)
    assert gate.check(first, REQUEST, "lab", NOW) == Proved("bob")
    assert gate.check(first, REQUEST, "lab", NOW) == Proved(is_stale=True)
    assert gate.check(answer(gate, nc="00000003"), REQUEST, "lab", NOW) == Proved("bob")
    assert gate.check(answer(gate, nc="00000002"), REQUEST, "lab", NOW) == Proved(is_stale=True)


def test_sha_256_where_the_file_has_it(gate: DigestGate) -> None:
    assert gate.check(answer(gate, "eve", algorithm="SHA-256"), REQUEST, "lab", NOW) == Proved("eve")
    assert gate.check(answer(gate, "eve"), REQUEST, "lab", NOW) == Proved()
    assert [("SHA-256" in value, "MD5" in value) for _, value in gate.challenge("lab", NOW)] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"user": "nobody"},
        {"realm": "elsewhere"},
        {"uri": "/jsonrpc"},
        {"qop": "auth-int"},
        {"algorithm": "SHA-512"},
    ],
)
def test_a_wrong_answer_proves_nothing(gate: DigestGate, changed: dict[str, str]) -> None:
    assert gate.check(answer(gate, **changed), REQUEST, "lab", NOW) == Proved()


@pytest.mark.parametrize("nonce", ["x", "0123456789ab-" + "0" * 32, ""])
def test_a_nonce_of_others_is_stale(gate: DigestGate, nonce: str) -> None:
    assert gate.check(answer(gate, nonce=nonce), REQUEST, "lab", NOW) == Proved(is_stale=True)
    other = DigestGate(USERS, b"other key")
    assert gate.check(answer(other), REQUEST, "lab", NOW) == Proved(is_stale=True)


@pytest.mark.parametrize(("later", "is_stale"), [(300.0, False), (300.1, True), (-1.0, True)])
def test_a_nonce_is_young(gate: DigestGate, later: float, is_stale: bool) -> None:
    assert gate.check(answer(gate), REQUEST, "lab", NOW + later).is_stale is is_stale


NO_DIGEST = [
    b"",
    b"Digest",
    b"Digest x",
    b"Basic Ym9iOg==",
    b'Digest username="bob"',
    b"\xff",
    b"Digest " + b"a=b," * 9999,
]


@pytest.mark.parametrize("field", NO_DIGEST)
def test_other_fields_prove_nothing(gate: DigestGate, field: bytes) -> None:
    assert gate.check(field, REQUEST, "lab", NOW) == Proved()


@pytest.mark.parametrize(
    "line", ["bob:lab", "bob:lab:xyz", "bob:lab:" + "g" * 32, ":lab:" + "a" * 32, "a:b:c:" + "a" * 32]
)
def test_a_wrong_line_is_told(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_digest_users(f"# x\n{line}")
