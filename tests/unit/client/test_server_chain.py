"""What serctl refuses in a chain that OpenSSL has verified: each bound at it and one past it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sertwist.client.server_chain import SERIAL_END, chain_fault
from sertwist.limits import DEFAULT_DEPTH, MAX_CERTIFICATE


class Certificate:
    def __init__(self, size: int = 1_000, **said: Any) -> None:
        self._size = size
        name = ((("commonName", "localhost"),),)
        self._said = {"subject": name, "issuer": name, "serialNumber": "01", "subjectAltName": (), **said}

    def public_bytes(self, _form: int) -> bytes:
        return bytes(self._size)

    def get_info(self) -> dict[str, Any]:
        return self._said


def fault_of(*chain: Certificate) -> str:
    sock: Any = SimpleNamespace(_sslobj=SimpleNamespace(get_verified_chain=lambda: list(chain)))
    return chain_fault(sock)


def test_chain_has_as_many_intermediates_as_a_server_takes() -> None:
    assert fault_of(Certificate()) == ""  # pinned
    assert fault_of(*[Certificate()] * (DEFAULT_DEPTH + 2)) == ""
    assert "has 10 intermediate certificates, more than 9" in fault_of(*[Certificate()] * (DEFAULT_DEPTH + 3))


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ({"size": MAX_CERTIFICATE}, {"size": MAX_CERTIFICATE + 1}, "larger than 64 KB"),
        ({"serialNumber": "00"}, {"serialNumber": "-01"}, "serial number"),
        ({"serialNumber": f"{SERIAL_END - 1:X}"}, {"serialNumber": f"{SERIAL_END:X}"}, "serial number"),
        ({}, {"serialNumber": "7F" * 35 + "\\\n"}, "serial number"),
        ({"subject": ((("commonName", "B\u00f6b "),),)}, {"subject": ((("commonName", "Bob\0.evil"),),)}, "control"),
        ({}, {"issuer": ((("organizationName", "x\u2028"),),)}, "control"),
        ({"subjectAltName": (("URI", "sip:x"),)}, {"subjectAltName": (("URI", "sip:x\r\n"),)}, "control"),
        (
            {"subjectAltName": (("DirName", (("commonName", "x"),)),)},
            {"subjectAltName": (("DNS", "x\x7f"),)},
            "control",
        ),
    ],
)
def test_fault_is_found_in_the_leaf_and_in_what_verified_it(
    good: dict[str, Any], bad: dict[str, Any], words: str
) -> None:
    assert fault_of(Certificate(**good), Certificate(**good)) == ""
    assert words in fault_of(Certificate(**bad), Certificate())
    assert words in fault_of(Certificate(), Certificate(), Certificate(**bad))
