"""Names of the `method` parameter (reference tls 12.2, the whole table)."""

from __future__ import annotations

import pytest

from sertwist.errors import ConfigError
from sertwist.tls.domain import ProtocolVersion
from sertwist.tls.loading.methods import parse_method

V12, V13 = ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3


@pytest.mark.parametrize(
    ("names", "versions", "warning"),
    [
        (("SSLv23", "TLSv1", "TLSv1.0", "TLSv1+", "TLSv1.0+", "TLSv1.1", "TLSv1.1+"), (V12, V13), "TLS 1.2 or newer"),
        (("TLSv1.2", "tlsV1.2"), (V12, V12), "TLS 1.3 is off"),
        (("TLSv1.2+",), (V12, V13), ""),
        (("TLSv1.3", "TLSv1.3+"), (V13, V13), ""),
        (("TLSv1_2", "TLSv1-TLSv1_2", "-TLSv1_2"), (V12, V12), "TLS 1.3 is off"),
        (("TLSv1-TLSv1_3", "TLSv1-", "TLSv1_1-TLSv1_3"), (V12, V13), "TLS 1.2 or newer"),
        (("TLSv1_2-", "TLSv1_2-TLSv1_3", "-", "-TLSv1_3"), (V12, V13), ""),
        (("TLSv1_3", "TLSv1_3-", "TLSv1_3-TLSv1_3"), (V13, V13), ""),
    ],
)
def test_name_means_versions(names: tuple[str, ...], versions: tuple[ProtocolVersion, ...], warning: str) -> None:
    for name in names:
        oldest, newest, said = parse_method(name)
        assert ((oldest, newest), warning in said, bool(said)) == (versions, True, bool(warning)), name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SSLv2", "gone from the library"),
        ("sslv3", "gone from the library"),
        ("TLSv1-TLSv1_1", "no version in it that is still safe"),
        ("TLSv1_3-TLSv1_2", "begins above its end"),
        ("TLSv1.4", "unknown method"),
        ("TLSv1.2-", "unknown method"),
        ("", "unknown method"),
    ],
)
def test_name_is_refused(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=text) as raised:
        parse_method(name)
    assert raised.value.code == "tls-method"
