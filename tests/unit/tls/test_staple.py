"""The box that handshakes take OCSP responses from."""

from __future__ import annotations

from sertwist.tls.staple import StapleBox
from tests.unit.tls.kit import BOB, SERVER


def test_each_certificate_has_its_own_response() -> None:
    box = StapleBox()
    box.put(SERVER.certificate, b"response")
    assert box.response_for(SERVER.certificate) == b"response"
    assert box.response_for(BOB.certificate) == b""
    assert box.response_for(None) == b""


def test_response_is_gone_when_an_empty_one_is_put() -> None:
    box = StapleBox()
    box.put(SERVER.certificate, b"response")
    box.put(SERVER.certificate, b"")
    assert box.response_for(SERVER.certificate) == b""


def test_response_of_a_certificate_that_is_no_longer_used_is_forgotten() -> None:
    box = StapleBox()
    box.put(SERVER.certificate, b"one")
    box.put(BOB.certificate, b"two")
    box.keep_only((BOB.certificate,))
    assert (box.response_for(SERVER.certificate), box.response_for(BOB.certificate)) == (b"", b"two")
