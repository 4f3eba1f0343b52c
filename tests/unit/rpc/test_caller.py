"""Who makes a call: a certificate counts only while it is verified."""

from __future__ import annotations

import pytest

from sertwist.rpc.caller import Caller, tls_caller


@pytest.mark.parametrize(
    ("caller", "key"),
    [
        (Caller(), ""),
        (Caller(uid=0), "uid:0"),
        (Caller(uid=1000, protocol="UNIX"), "uid:1000"),
        (Caller(user="alice@example.org"), "user:alice@example.org"),
    ],
)
def test_one_identity_has_one_key(caller: Caller, key: str) -> None:
    assert caller.key == key


def test_without_tls_nobody_is_proved() -> None:
    caller = tls_caller(("192.0.2.1", 4000), "TCP", None, 0.0)
    assert (caller.key, caller.certificate, caller.chain, caller.words) == ("", None, (), "no TLS")
