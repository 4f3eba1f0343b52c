"""Tags that are longer than any of XML-RPC's are refused before the parser spends its time on them."""

from __future__ import annotations

import pytest

from sertwist.limits import XmlRpcLimits
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_call

LIMITS = XmlRpcLimits()
LONG = "x" * 2_000


def _document(text: str) -> bytes:
    return (
        "<methodCall><methodName>m</methodName><params><param><value><string>"
        f"{text}</string></value></param></params></methodCall>"
    ).encode()


def test_tag_with_very_many_attributes_is_refused() -> None:
    attributes = " ".join(f"a{n}=''" for n in range(100_000))
    with pytest.raises(Fault, match="Invalid XML-RPC Document"):
        read_call(f"<methodCall {attributes}><methodName>m</methodName></methodCall>".encode(), LIMITS)


@pytest.mark.parametrize(("blanks", "is_read"), [(0, True), (1, False)])
def test_tag_is_read_at_its_bound_and_refused_past_it(blanks: int, is_read: bool) -> None:
    padding = " " * (LIMITS.max_tag - len("methodCall") + blanks)
    body = f"<methodCall{padding}><methodName>m</methodName></methodCall>".encode()
    if is_read:
        assert read_call(body, LIMITS).method == "m"
    else:
        with pytest.raises(Fault):
            read_call(body, LIMITS)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (f"<![CDATA[a < b {LONG} <c ]] ]> d]]>", f"a < b {LONG} <c ]] ]> d"),
        (f"a > b {LONG}", f"a > b {LONG}"),
        (f"&lt;tag {LONG}", f"<tag {LONG}"),
    ],
)
def test_text_that_only_looks_like_a_long_tag_is_read(written: str, value: str) -> None:
    assert read_call(_document(written), LIMITS).params == (value,)
