"""RFC 4475 and 5118 messages: what parser, sanity checks and framer make of them, against `verdicts.tsv`."""

from __future__ import annotations

import contextlib
import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sertwist.sip.errors import BadMessageError
from sertwist.sip.framer import KeepAlive, SipFramer
from sertwist.sip.message import Request, Response, parse_message
from sertwist.sip.reply import build_reply, reply_target
from sertwist.sip.sanity import check_request, check_response

FOLDER = Path(__file__).resolve().parents[2] / "torture"
SOURCE = ("192.0.2.77", 5099)


def load_verdicts() -> list[tuple[str, set[str]]]:
    with (FOLDER / "verdicts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row["file"].replace("rfc5118/", "rfc5118-wire/"), set(row["ok_outcomes"].split("|"))) for row in rows]


VERDICTS = load_verdicts()
MESSAGES = [(FOLDER / name).read_bytes() for name, _ in VERDICTS]


def reply_to(request: Request, status: int, reason: str) -> bytes:
    return build_reply(request, status, reason, source=SOURCE, to_tag_key=b"key")


def judge(data: bytes) -> str:
    """Return what a server that answers every sane request with 200 does."""
    try:
        message = parse_message(data)
    except BadMessageError as error:
        if error.request is None:
            return "DROP"
        parse_message(reply_to(error.request, error.status_hint, str(error)))
        return str(error.status_hint)
    if isinstance(message, Response):
        return "ACCEPT" if check_response(message) is None else "DROP"
    refusal = check_request(message)
    parse_message(reply_to(message, refusal.status if refusal else 200, refusal.reason if refusal else "OK"))
    return str(refusal.status) if refusal else "ACCEPT"


def outcomes(allowed: set[str]) -> set[str]:
    return allowed | {"ACCEPT"} if "LENIENT" in allowed else allowed


def test_all_files_have_a_verdict_when_the_folder_is_read() -> None:
    assert len(VERDICTS) == 62
    files = {p.relative_to(FOLDER).as_posix() for p in FOLDER.glob("rfc*/*")}
    assert files == {name for name, _ in VERDICTS}


@pytest.mark.parametrize(("name", "allowed"), VERDICTS)
def test_verdict_is_allowed_when_sent_as_datagram(name: str, allowed: set[str]) -> None:
    assert judge((FOLDER / name).read_bytes()) in outcomes(allowed)


WAITS_FOR_MORE = {"rfc4475/clerr.dat", "rfc4475/baddn.dat"}
# Without Content-Length a stream can't be cut: 400, whatever a datagram gets.
UNCUTTABLE = {"rfc4475/inv2543.dat": "400", "rfc4475/ncl.dat": "400", "rfc4475/mcl01.dat": "400"}


@pytest.mark.parametrize(("name", "allowed"), VERDICTS)
def test_verdict_is_allowed_when_sent_on_a_stream(name: str, allowed: set[str]) -> None:
    framer = SipFramer()
    framer.feed((FOLDER / name).read_bytes())
    try:
        message = framer.next()
    except BadMessageError as error:
        outcome = "DROP" if error.request is None else str(error.status_hint)
        assert outcome == UNCUTTABLE.get(name, outcome)
        assert outcome in outcomes(allowed)
        return
    assert (message is None) == (name in WAITS_FOR_MORE)
    if isinstance(message, bytes):
        assert name not in UNCUTTABLE
        assert judge(message) in outcomes(allowed)


def test_second_request_is_ignored_when_behind_content_length_in_a_datagram() -> None:
    message = parse_message((FOLDER / "rfc4475/dblreq.dat").read_bytes())
    assert isinstance(message, Request)
    assert message.method == "REGISTER"
    assert b"INVITE" not in message.serialize()


def test_two_messages_come_out_when_dblreq_is_on_a_stream() -> None:
    framer = SipFramer()
    framer.feed((FOLDER / "rfc4475/dblreq.dat").read_bytes())
    first, second = framer.next(), framer.next()
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert first.startswith(b"REGISTER ")
    assert second.startswith(b"INVITE ")
    # The file's second Content-Length is five octets short; what is left is no message.
    with pytest.raises(BadMessageError):
        framer.next()


def test_values_are_read_when_folded_and_spaced_as_in_wsinv() -> None:
    message = parse_message((FOLDER / "rfc4475/wsinv.dat").read_bytes())
    assert [via.host for via in message.vias] == [b"192.0.2.2", b"spindle.example.com", b"192.168.255.111"]
    assert [via.branch for via in message.vias] == [b"390skdjuw", b"z9hG4bK9ikj8", b"z9hG4bK30239"]
    assert [via.transport for via in message.vias] == [b"UDP", b"TCP", b"UDP"]
    assert message.max_forwards == 68
    assert (message.cseq.number, message.cseq.method) == (9, "INVITE")
    assert message.to.tag == b"1918181833n"
    assert message.from_.name == b'J Rosenberg \\"'
    assert message.contacts[0].param(b"q") == b"0.33"
    assert message.header("s") == b""
    assert message.header("newfangledheader") == b"newfangled value continued newfangled value"
    assert message.routes[0].uri == b"sip:services.example.com;lr;unknownwith=value;unknown-no-value"
    assert message.serialize() == (FOLDER / "rfc4475/wsinv.dat").read_bytes()


def test_method_stays_unknown_when_escapes_spell_register() -> None:
    message = parse_message((FOLDER / "rfc4475/esc02.dat").read_bytes())
    assert isinstance(message, Request)
    assert message.method == "RE%47IST%45R"
    assert len(message.contacts) == 2


def drain(framer: SipFramer) -> None:
    while (item := framer.next()) is not None:
        if item is not KeepAlive.PING:
            judge(item)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_only_peer_errors_are_raised_when_messages_are_mutated(data: st.DataObject) -> None:
    message = bytearray(data.draw(st.sampled_from(MESSAGES)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(message)))
        end = min(len(message), at + data.draw(st.integers(0, 12)))
        splice = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from(
                    [
                        b"\r\n",
                        b"\n",
                        b"\r",
                        b"\0",
                        b" ",
                        b"<",
                        b">",
                        b'"',
                        b",",
                        b";",
                        b"@",
                        b":",
                        b"[",
                        b"\r\n ",
                        b"\r\n\r\n",
                    ]
                ),
            )
        )
        message[at:end] = splice
    judge(bytes(message))
    framer = SipFramer()
    framer.feed(bytes(message))
    with contextlib.suppress(BadMessageError):
        drain(framer)
    try:
        parsed = parse_message(bytes(message))
    except BadMessageError:
        return
    if isinstance(parsed, Request) and check_request(parsed) is None:
        # What passed the checks has values for whatever a script asks.
        _ = (
            parsed.top_via,
            parsed.vias,
            parsed.from_,
            parsed.to,
            parsed.cseq,
            parsed.call_id,
            parsed.contacts,
        )
        _ = (parsed.routes, parsed.max_forwards, parsed.content_length, parsed.parsed_uri, parsed.uri_text)
        assert reply_target(parsed, SOURCE)[0] == SOURCE[0]
