"""A ClientHello gives its name whatever records it comes in, or is refused; nothing makes its reader raise."""

from __future__ import annotations

import contextlib
import random
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.tls.client_hello import Alert, BadHello, ClientHello, HelloReader, read_server_name

MAX = 17_408


def made_by_openssl(server_name: str | None = "alice.example.com") -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def vector(width: int, content: bytes) -> bytes:
    return len(content).to_bytes(width, "big") + content


def extension(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2, "big") + vector(2, content)


def names(*entries: tuple[int, bytes]) -> bytes:
    return extension(0, vector(2, b"".join(bytes((kind,)) + vector(2, name) for kind, name in entries)))


def message(extensions: bytes | None, session_id: bytes = b"s" * 32) -> bytes:
    body = b"\x03\x03" + b"r" * 32 + vector(1, session_id) + vector(2, b"\x13\x01") + vector(1, b"\0")
    if extensions is not None:
        body += vector(2, extensions)
    return b"\x01" + vector(3, body)


def records(content: bytes, size: int = 16_384) -> bytes:
    return b"".join(b"\x16\x03\x01" + vector(2, content[at : at + size]) for at in range(0, len(content), size))


def read(data: bytes, most: int = MAX) -> ClientHello | BadHello | int:
    return HelloReader(most).read(data)


def hello(*entries: tuple[int, bytes]) -> bytes:
    return records(message(extension(10, b"\0\x02\0\x1d") + names(*entries) + extension(43, b"\x02\x03\x04")))


def test_name_is_read_from_what_openssl_sends() -> None:
    assert read(made_by_openssl()) == ClientHello("alice.example.com")
    assert read(made_by_openssl(None)) == ClientHello()


@pytest.mark.parametrize(
    ("sent", "name", "unusable"),
    [
        (b"a.example", "a.example", ""),
        (b"A.Example.", "a.example", ""),
        (b"xn--bcher-kva.example", "xn--bcher-kva.example", ""),
        (b"localhost", "localhost", ""),
        (b"1a.example.2b", "1a.example.2b", ""),
        (b"a\0.example", "", "nul"),
        (b"b\xc3\xbccher.example", "", "not-ldh"),
        (b"a_b.example", "", "not-ldh"),
        (b"a..example", "", "not-ldh"),
        (b"a.example..", "", "not-ldh"),
        (b".", "", "not-ldh"),
        (b"*.example", "", "not-ldh"),
        (b"a.example\r\n", "", "not-ldh"),
        (b"192.0.2.1", "", "address"),
        (b"192.0.2.1.", "", "address"),
        (b"2001:db8::1", "", "address"),
        (b"x" * 63 + b".example", "x" * 63 + ".example", ""),
        (b"x" * 64 + b".example", "", "not-ldh"),
        (b"a." * 126 + b"b", "a." * 126 + "b", ""),
        (b"a." * 126 + b"b.", "a." * 126 + "b", ""),
        (b"a." * 126 + b"bb", "", "too-long"),
        (b"a" * 300, "", "too-long"),
    ],
)
def test_name_is_made_comparable_or_taken_as_absent(sent: bytes, name: str, unusable: str) -> None:
    assert read(hello((0, sent))) == ClientHello(name, unusable)
    assert read_server_name(sent) == (name, unusable)


@pytest.mark.parametrize("extensions", [None, b"", extension(43, b"\x02\x03\x04")])
def test_hello_without_a_name_is_whole(extensions: bytes | None) -> None:
    assert read(records(message(extensions))) == ClientHello()


@pytest.mark.parametrize(
    "extensions",
    [
        names((0, b"a.example"), (0, b"b.example")),
        names((0, b"a.example"), (0, b"a.example")),
        names((0, b"a.example"), (1, b"x")),
        names((0, b"a.example")) * 2,
        names((1, b"a.example")),
        names((0, b"")),
        names(),
        extension(0, b""),
        extension(0, b"\0\x05\0\0\x01a"),
        extension(0, vector(2, b"\0" + vector(2, b"a")) + b"x"),
        names((0, b"a.example"))[:-1],
        names((0, b"a.example")) + b"\0",
    ],
)
def test_hello_whose_name_could_be_read_in_two_ways_is_refused(extensions: bytes) -> None:
    bad = read(records(message(extensions)))
    assert isinstance(bad, BadHello)
    assert bad.alert == Alert.DECODE_ERROR


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 516])
def test_hello_is_read_from_records_of_any_size_when_they_come_in_pieces(size: int) -> None:
    content = message(names((0, b"a.example")) + extension(21, b"\0" * 300))
    data = records(content, size)
    reader, have, asked = HelloReader(MAX), 0, []
    while not isinstance(found := reader.read(data[:have]), ClientHello):
        assert isinstance(found, int)
        assert have < found <= len(data)
        asked.append(found)
        have = found
    assert found == ClientHello("a.example")
    assert have == len(data)
    assert len(asked) == 2 * -(-len(content) // size)


@pytest.mark.parametrize(
    ("extensions", "has_ticket"),
    [
        (extension(35, b""), False),  # TLS 1.2: would take one
        (extension(35, b"ticket"), True),
        (extension(41, b"a pre-shared key"), True),  # TLS 1.3
        (extension(51, b"a key share"), False),
    ],
)
def test_ticket_is_seen_behind_and_before_the_name(extensions: bytes, *, has_ticket: bool) -> None:
    name = names((0, b"a.example"))
    for order in (extensions + name, name + extensions):
        assert read(records(message(order))) == ClientHello("a.example", "", has_ticket)
    assert read(records(message(extensions))) == ClientHello(has_ticket=has_ticket)


def test_hello_is_read_a_byte_at_a_time() -> None:
    data, reader = made_by_openssl(), HelloReader(MAX)
    for end in range(len(data)):
        needed = reader.read(data[:end])
        assert isinstance(needed, int)
        assert end < needed <= len(data)
    assert reader.read(data) == ClientHello("alice.example.com")


def test_hello_is_taken_at_the_bound_and_refused_one_past_it() -> None:
    content = message(extension(21, b"\0" * 2_000))
    data = records(content, 1_000)
    assert read(data, len(data)) == ClientHello()
    assert isinstance(bad := read(data, len(data) - 1), BadHello)
    assert bad.code == "too-large"


def test_hello_too_large_is_refused_by_its_first_bytes() -> None:
    assert isinstance(read(b"\x16\x03\x01\x40\x00\x01\x00\x43\xf7"), int)
    bad = read(b"\x16\x03\x01\x40\x00\x01\x00\x43\xf8")
    assert isinstance(bad, BadHello)
    assert (bad.code, bad.alert) == ("too-large", Alert.ILLEGAL_PARAMETER)


@pytest.mark.parametrize(
    ("data", "code", "alert"),
    [
        (b"OPTIONS", "not-tls", 0),
        (b"\0", "not-tls", 0),
        (b"\x80\x2e\x01\x03\x01", "not-tls", 0),  # SSL 2
        (b"\x15\x03\x01\0\x02\x01\0", "not-tls", 0),  # an alert first
        (b"\x14\x03\x03\0\x01\x01", "not-tls", 0),  # ChangeCipherSpec first
        (b"\x16\x02", "not-tls", 0),
        (b"\x16\x03\x01\x40\x01", "bad-hello", Alert.RECORD_OVERFLOW),
        (b"\x16\x03\x01\xff\xff", "bad-hello", Alert.RECORD_OVERFLOW),
        (b"\x16\x03\x01\0\0", "bad-hello", Alert.UNEXPECTED_MESSAGE),
        (b"\x16\x03\x01\0\x04\x10", "bad-hello", Alert.UNEXPECTED_MESSAGE),  # ClientKeyExchange
        (b"\x16\x03\x01\0\x04\x01\xff\xff\xff", "too-large", Alert.ILLEGAL_PARAMETER),
        (b"\x16\x03\x01\0\x02\x01\0" + b"\x15\x03\x01\0\x02\x01\0", "bad-hello", Alert.UNEXPECTED_MESSAGE),
        (records(b"\x01\0\0\0"), "bad-hello", Alert.DECODE_ERROR),
        (records(message(b"")[:-3] + b"\0\0\x01"), "bad-hello", Alert.DECODE_ERROR),
    ],
)
def test_what_is_no_hello_is_refused_with_the_alert_of_its_fault(data: bytes, code: str, alert: int) -> None:
    bad = read(data)
    assert isinstance(bad, BadHello)
    assert (bad.code, bad.alert) == (code, alert)
    assert data[5:13].decode("latin-1") not in bad.words or not data[5:]


@given(st.binary(max_size=600))
def test_any_bytes_have_an_outcome(data: bytes) -> None:
    for each in (data, b"\x16\x03\x01" + vector(2, data) + data, records(b"\x01" + vector(3, data))):
        assert isinstance(read(each), ClientHello | BadHello | int)


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_damaged_hello_gives_no_name_that_was_not_in_it(seed: int, faults: int) -> None:
    chance = random.Random(seed)
    data = bytearray(hello((0, b"a.example")))
    for _ in range(faults):
        if chance.random() < 0.5:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif chance.random() < 0.5:
            del data[chance.randrange(len(data) - 1)]
        else:
            data.insert(chance.randrange(len(data)), chance.randrange(256))
    found = read(bytes(data))
    assert isinstance(found, ClientHello | BadHello | int)
    if isinstance(found, ClientHello) and found.server_name:
        assert found.server_name.encode() in bytes(data).lower()
        assert (found.server_name, "") == read_server_name(found.server_name.encode())


@given(st.lists(st.integers(1, 200), max_size=40))
def test_cuts_into_records_change_nothing(sizes: list[int]) -> None:
    content, data = message(names((0, b"a.example"))), b""
    for size in (*sizes, 16_384):
        piece, content = content[:size], content[size:]
        data += records(piece)
    assert read(data) == ClientHello("a.example")
