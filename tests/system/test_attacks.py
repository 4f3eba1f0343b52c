"""Bob may call everything but core.kill, and tries to: after each attempt the server must still be there, unharmed.

`seed_server` asserts at its end that nothing of all this has logged a fault of the server's own.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import re
import socket
import ssl
import xmlrpc.client
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL

from sertwist.pki.authority import Profile
from tests.system.issuing import open_authority, write_credential
from tests.system.running import RunningServer, call_document, options_request, read_response, seed_script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILL = call_document("core.kill")
VERSION = call_document()
HEAD = b"POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
DENIED = (400, "Access to core.kill denied")


def _post(document: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(document) + document


@pytest.fixture
def bob(seed_server: RunningServer) -> Iterator[ssl.SSLSocket]:
    with seed_server.connect("tls", "bob") as sock:
        yield sock


@pytest.fixture(autouse=True)
def _alive(seed_server: RunningServer) -> Iterator[None]:
    """Every test ends with a server that still runs and answers."""
    yield
    with seed_server.proxy("bob") as proxy:
        assert proxy.core.echo("alive") == "alive"
    assert seed_server.process.poll() is None
    assert "stopping" not in seed_server.log_text()


def _say(server: RunningServer, data: bytes) -> bytes:
    """Send `data` as Bob and end our side, which pyOpenSSL can do by itself; all that is answered."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.use_certificate_file(str(server.pki / "bob.pem"))
    context.use_privatekey_file(str(server.pki / "bob.key"))
    answers = b""
    with socket.create_connection(("127.0.0.1", server.ports["tls"])) as sock, contextlib.suppress(SSL.Error):
        client = SSL.Connection(context, sock)
        client.set_connect_state()
        client.do_handshake()
        with contextlib.suppress(SSL.Error):
            client.sendall(data)
            client.shutdown()
        while True:
            answers += client.recv(65_536)
    return answers


def _fault(body: bytes) -> tuple[int, str]:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        xmlrpc.client.loads(body)
    return caught.value.faultCode, caught.value.faultString


def _answer(sock: Any, document: bytes) -> tuple[int, bytes]:
    with contextlib.suppress(ConnectionError, ssl.SSLError):  # a refusal may come before all was sent
        sock.sendall(_post(document))
    status, _, body = read_response(sock)
    return status, body


def _document(method: str, *values: str) -> bytes:
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return f"<methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>".encode()


def _member(method: str, params: str = "<value><array><data/></array></value>", extra: str = "") -> str:
    return (
        f"<value><struct><member><name>methodName</name><value>{method}</value></member>"
        f"<member><name>params</name>{params}</member>{extra}</struct></value>"
    )


def _multicall(*members: str) -> bytes:
    return _document("system.multicall", f"<array><data>{''.join(members)}</data></array>")


# -- multicall --------------------------------------------------------------------------------------------------------

NESTED = _member(
    "system.multicall",
    f"<value><array><data><value><array><data>{_member('core.kill')}</data></array></value></data></array></value>",
)
NO_PARAMS = "<value><struct><member><name>methodName</name><value>core.kill</value></member></struct></value>"
TWO_NAMES = (
    "<value><struct><member><name>methodName</name><value>core.version</value></member>"
    "<member><name>methodName</name><value>core.kill</value></member>"
    "<member><name>params</name><value><array><data/></array></value></member></struct></value>"
)
MULTICALLS = {
    "alone": (_multicall(_member("core.kill")), "Access to core.kill denied"),
    "last": (_multicall(*[_member("core.version")] * 31, _member("core.kill")), "Access to core.kill denied"),
    "without params": (_multicall(NO_PARAMS), "Access to core.kill denied"),
    "with a signal": (
        _multicall(_member("core.kill", "<value><array><data><value><int>15</int></value></data></array></value>")),
        "Access to core.kill denied",
    ),
    "33 members": (_multicall(*[_member("core.version")] * 33), "32"),
    "33 members, kill past the bound": (_multicall(*[_member("core.version")] * 32, _member("core.kill")), "32"),
    "in a multicall": (_multicall(NESTED), "Invalid Multicall"),
    "behind a good one in a multicall": (_multicall(_member("core.version"), NESTED), "Invalid Multicall"),
    "members are strings": (_multicall("<value>core.kill</value>"), "Invalid Multicall"),
    "members are arrays": (_multicall("<value><array><data/></array></value>"), "Invalid Multicall"),
    "two method names": (_multicall(TWO_NAMES), ""),
    "a third member": (
        _multicall(_member("core.version", extra="<member><name>method</name><value>core.kill</value></member>")),
        "Invalid Multicall",
    ),
    "name is no string": (
        _multicall(_member("core.kill").replace("<value>core.kill</value>", "<value><int>1</int></value>")),
        "Invalid Multicall",
    ),
    "name is bytes": (
        _multicall(_member(f"<base64>{base64.b64encode(b'core.kill').decode()}</base64>")),
        "Invalid Multicall",
    ),
    "params are a string": (_multicall(_member("core.kill", "<value>x</value>")), "Invalid Multicall"),
    "params are a struct": (
        _multicall(_member("core.kill", "<value><struct></struct></value>")),
        "Invalid Multicall",
    ),
    "calls are a struct": (_document("system.multicall", _member("core.kill")[7:-8]), "Invalid Multicall"),
    "calls are a string": (_document("system.multicall", "core.kill"), "Invalid Multicall"),
    "no calls": (_document("system.multicall"), "Invalid Multicall"),
    "two arrays of calls": (
        _document("system.multicall", "<array><data/></array>", f"<array><data>{_member('core.kill')}</data></array>"),
        "Invalid Multicall",
    ),
}


@pytest.mark.parametrize(("document", "words"), MULTICALLS.values(), ids=MULTICALLS)
def test_kill_does_not_run_when_a_multicall_holds_it(
    seed_server: RunningServer, bob: ssl.SSLSocket, document: bytes, words: str
) -> None:
    status, body = _answer(bob, document)
    code, text = _fault(body)
    assert (status, code) == (200, 400)
    assert words in text


def test_no_member_runs_when_the_last_is_denied(seed_server: RunningServer) -> None:
    with seed_server.proxy("bob") as proxy:
        calls = [{"methodName": "core.echo", "params": []}] * 5 + [{"methodName": "core.kill", "params": [15]}]
        before = proxy.xmlrpc.stats()["dispatched"]  # type: ignore[index,call-overload]
        with pytest.raises(xmlrpc.client.Fault, match="Access to core\\.kill denied"):
            proxy.system.multicall(calls)
        assert proxy.xmlrpc.stats()["dispatched"] == before + 1  # type: ignore[index,call-overload,operator]


def test_multicall_without_harm_runs_in_order_and_a_members_fault_is_its_own(seed_server: RunningServer) -> None:
    with seed_server.proxy("bob") as proxy:
        many = xmlrpc.client.MultiCall(proxy)
        many.core.echo(1)
        many.no.such.method()
        many.core.echo("x")
        answers = iter(many())
        assert next(answers) == 1
        with pytest.raises(xmlrpc.client.Fault):
            next(answers)
    with seed_server.proxy("bob") as proxy:
        assert proxy.system.multicall([]) == []


# -- names ------------------------------------------------------------------------------------------------------------

NAMES = [
    "core.Kill", "Core.kill", "core.kill ", "core.kill\t", "core.kill\n", "core..kill", "core.kill.", ".core.kill",
    "core/kill", "core:kill", "corekill", "kill", "core_kill", "core.kill()", "core.kill;core.version", "core.kill,x",
    "system.core.kill", "xmlrpc.core.kill", "core.__kill__", "core.kill.__call__", "__class__", "core.host.stop",
    "core.k\u0456ll", "core.ki\u200bll", "\uff43ore.kill", "core.k\u0131ll", "c\u043ere.kill", "core.kill\u00a0",
    "core%2ekill",
    "core\\x2ekill", "{0}", "%s", "core.{kill}", "", "x" * 128, "x" * 129, "." * 128,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_kill_does_not_run_when_its_name_is_spelt_otherwise(bob: ssl.SSLSocket, name: str) -> None:
    status, body = _answer(bob, _document(name))
    assert status == 200
    code, text = _fault(body)
    assert code in (400, 500)
    assert "Traceback" not in text
    if name != "core.kill":
        status, body = _answer(bob, _multicall(_member(name)))
        assert _kill_did_not_run(body)


def _kill_did_not_run(body: bytes) -> bool:
    """A fault for the whole, or for the one member."""
    try:
        ((result,),), _ = xmlrpc.client.loads(body)
    except xmlrpc.client.Fault:
        return True
    return isinstance(result, dict) and result["faultCode"] >= 400


# -- documents that cost ----------------------------------------------------------------------------------------------

LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><methodCall><methodName>&j;</methodName></methodCall>"
)
DOCUMENTS = {
    "nested arrays": _document("core.echo", "<array><data><value>" * 50_000),
    "nested arrays that end": _document(
        "core.echo", "<array><data><value>" * 5_000 + "x" + "</value></data></array>" * 5_000
    ),
    "nested structs": _document("core.echo", "<struct><member><name>a</name><value>" * 20_000),
    "nested unknown elements": b"<methodCall>" + b"<a>" * 300_000,
    "billion laughs": LAUGHS,
    "entity of a file": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><methodCall><methodName>&a;</methodName></methodCall>'
    ),
    "entity of a host": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><methodCall/>',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % a "core.kill"> %a;]><methodCall/>',
    "quadratic attributes": b"<methodCall " + b" ".join(b"a%d='x'" % n for n in range(60_000)) + b"/>",
    "long element name": b"<" + b"m" * 1_000_000 + b"/>",
    "one large string": _document("core.echo", "x" * 262_145),
    "many values": _document("core.echo", "<array><data>" + "<value/>" * 20_001 + "</data></array>"),
    "many params": _document("core.echo", *["x"] * 65),
    "large comment": b"<!--" + b"x" * 1_000_000 + b"--><methodCall/>",
    "large integer": _document("core.echo", f"<int>{'9' * 4_000}</int>"),
    "large double": _document("core.echo", "<double>1e999999999</double>"),
    "not a number": _document("core.echo", "<double>nan</double>"),
    "processing instruction": b"<?xml-stylesheet href='x'?>" + KILL[21:],
    "UTF-7": b"<?xml version='1.0' encoding='utf-7'?>" + KILL[21:],
    "EBCDIC": "<?xml version='1.0' encoding='cp037'?>".encode("cp037") + KILL[21:].decode().encode("cp037"),
    "UTF-32": KILL.decode().encode("utf-32"),
    "two documents": KILL + KILL,
    "gzip": gzip.compress(VERSION),
    "gzip bomb": gzip.compress(b"x" * 50_000_000),
    "NULs": b"\0" * 1_000_000,
    "nothing": b"",
    "blanks": b" " * 1_000_000,
    "JSON": b'{"jsonrpc": "2.0", "method": "core.kill", "id": 1}',
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_document_is_refused_in_a_moment_when_it_was_made_to_cost(bob: ssl.SSLSocket, document: bytes) -> None:
    bob.settimeout(5)
    status, body = _answer(bob, document)
    if status == 200:
        code, text = _fault(body)
        assert code == 400
        assert len(text) < 600
    else:
        assert status in (400, 413, 415)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x-gzip", "gzip, identity"])
def test_coded_body_is_refused_and_not_unpacked(bob: ssl.SSLSocket, coding: str) -> None:
    body = gzip.compress(VERSION)
    bob.sendall(_post(body, HEAD + f"Content-Encoding: {coding}\r\n".encode()))
    status, _, answer = read_response(bob)
    if status == 200:
        assert _fault(answer)[0] == 400
    else:
        assert status == 415


def test_largest_body_is_read_and_one_byte_more_is_not(seed_server: RunningServer) -> None:
    for size, expected in ((1_048_576, 200), (1_048_577, 413)):
        with seed_server.connect("tls", "bob") as sock:
            document = VERSION + b" " * (size - len(VERSION))
            assert _answer(sock, document)[0] == expected


def test_values_come_back_as_they_were_when_echoed(seed_server: RunningServer) -> None:
    values: list[Any] = [
        0, -(2**31), 2**31 - 1, True, False, 0.0, -1.5, "", " ", "\n", "a\tb", "<&>\"']]>", "ž\U0001f600",
        "x" * 250_000,
        xmlrpc.client.Binary(bytes(range(256))), xmlrpc.client.DateTime("20261123T23:59:59"), [], {}, [[[]]],
        {" ": 1, "faultCode": 1, "faultString": "no fault"}, {"a": [{"b": [1, {"c": None}]}]},
    ]  # fmt: skip
    with seed_server.proxy("bob") as proxy:
        for value in values:
            assert proxy.core.echo(value) == value
        assert proxy.core.echo(*values) == values


def test_line_ends_come_back_as_they_were_when_the_document_says_them_by_number(bob: ssl.SSLSocket) -> None:
    """XML turns a bare CR LF into LF, so a document that means it writes a reference, and so does the answer."""
    for sent, value in (("a&#13;&#10;b&#13;c&#10;", "a\r\nb\rc\n"), ("a\r\nb\rc", "a\nb\nc")):
        status, body = _answer(bob, _document("core.echo", f"<string>{sent}</string>"))
        assert status == 200
        assert b"\r" not in body.partition(b"<value>")[2]
        assert xmlrpc.client.loads(body)[0] == (value,)


def test_many_faults_on_one_connection_change_nothing(bob: ssl.SSLSocket) -> None:
    bob.sendall(_post(KILL) * 200)
    for _ in range(200):
        status, _, body = read_response(bob)
        assert (status, _fault(body)) == (200, DENIED)


# -- a kill in the wrong place ----------------------------------------------------------------------------------------

HIDDEN = _post(KILL)
# Each leaves a call that is written as if a filter had not seen it; whatever is answered, core.kill is not.
FRAMINGS = {
    "pipelined behind a large body": _post(VERSION + b" " * 900_000) + HIDDEN,
    "behind a length that is too short": HEAD + b"Content-Length: 0\r\n\r\n" + HIDDEN,
    "behind half a document": HEAD + b"Content-Length: 20\r\n\r\n" + VERSION + HIDDEN,
    "in a chunk's extension": HEAD
    + b'Transfer-Encoding: chunked\r\n\r\n%x;x="%b"\r\n%b\r\n0\r\n\r\n' % (len(VERSION), KILL, VERSION),
    "in a chunk's extension with line ends": HEAD
    + b'Transfer-Encoding: chunked\r\n\r\n%x;x="\r\n%b"\r\n%b\r\n0\r\n\r\n' % (len(VERSION), HIDDEN, VERSION),
    "in a trailer": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\nX: %b\r\n\r\n" % (len(VERSION), VERSION, KILL),
    "behind the trailers": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\nContent-Length: 0\r\n\r\n" % (len(VERSION), VERSION)
    + HIDDEN,
    "in a chunk that overflows": HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n" + HIDDEN,
    "behind a negative chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + HIDDEN,
    "chunk size with a prefix": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + HIDDEN,
    "chunk ended by LF": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\n\n" + HIDDEN,
    "chunked and a length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(KILL) + KILL,
    "length with a sign": HEAD + b"Content-Length: +%d\r\n\r\n" % len(KILL) + KILL,
    "length folded": HEAD + b"Content-Length:\r\n %d\r\n\r\n" % len(KILL) + KILL,
    "length as SIP writes it": HEAD + b"l: %d\r\n\r\n" % len(KILL) + KILL,
    "length behind a blank": HEAD + b"Content-Length : %d\r\n\r\n" % len(KILL) + KILL,
    "chunked spelt oddly": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked, vertical tab": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "bare CR": HEAD + b"X: a\rContent-Length: 0\r\n\r\n" + HIDDEN,
    "bare LF": HEAD.replace(b"\r\n", b"\n") + b"Content-Length: 0\n\n" + HIDDEN,
    "NUL in a field": HEAD + b"X: \0\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "GET with a body": _post(KILL, HEAD.replace(b"POST", b"GET", 1)),
    "GET of a document": b"GET /RPC2?<methodCall><methodName>core.kill</methodName></methodCall> HTTP/1.1\r\n"
    b"Host: x\r\n\r\n",
    "HEAD": _post(KILL, HEAD.replace(b"POST", b"HEAD", 1)),
    "PUT": _post(KILL, HEAD.replace(b"POST", b"PUT", 1)),
    "PATCH": _post(KILL, HEAD.replace(b"POST", b"PATCH", 1)),
    "TRACE": _post(KILL, HEAD.replace(b"POST", b"TRACE", 1)),
    "CONNECT": b"CONNECT localhost:5061 HTTP/1.1\r\nHost: localhost:5061\r\n\r\n" + HIDDEN,
    "method in lower case": _post(KILL, HEAD.replace(b"POST", b"post", 1)),
    "method override": _post(KILL, HEAD + b"X-HTTP-Method-Override: OPTIONS\r\nX-Method-Override: OPTIONS\r\n"),
    "method given by a header": _post(KILL, HEAD + b"SOAPAction: core.version\r\nX-RPC-Method: core.version\r\n"),
    "absolute target": _post(KILL, HEAD.replace(b"/RPC2", b"https://localhost/RPC2")),
    "target with a user": _post(KILL, HEAD.replace(b"/RPC2", b"https://SER-Killer@localhost/RPC2")),
    "target with dots": _post(KILL, HEAD.replace(b"/RPC2", b"/x/../RPC2")),
    "target twice encoded": _post(KILL, HEAD.replace(b"/RPC2", b"/%52PC2")),
    "target of an address": _post(KILL, HEAD.replace(b"/RPC2", b"/RPC2/sip:bob@localhost")),
    "two hosts": _post(KILL, HEAD + b"Host: other\r\n"),
    "no host": _post(KILL, HEAD.replace(b"Host: localhost\r\n", b"")),
    "host with a path": _post(KILL, HEAD.replace(b"Host: localhost", b"Host: localhost/RPC2")),
    "forwarded certificate": _post(KILL, HEAD + b"X-SSL-Client-CN: SER-Killer\r\nX-Client-Verify: SUCCESS\r\n"),
    "forwarded for": _post(KILL, HEAD + b"X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n"),
    "a Via of its own": _post(KILL, HEAD + b"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK\r\n"),
    "authorization": _post(KILL, HEAD + b"Authorization: Basic U0VSLUtpbGxlcjp4\r\n"),
    "upgrade": _post(KILL, HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    "HTTP/0.9": b"POST /RPC2\r\n\r\n" + KILL,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "HTTP/1.10": HIDDEN.replace(b"HTTP/1.1", b"HTTP/1.10"),
    "as a form": _post(KILL, HEAD.replace(b"text/xml", b"text/plain")),
    "as parts": _post(
        b"--b\r\n\r\n" + KILL + b"\r\n--b--", HEAD.replace(b"text/xml", b"multipart/form-data; boundary=b")
    ),
    "in another charset": _post(KILL, HEAD.replace(b"text/xml", b"text/xml; charset=utf-16")),
    "behind a SIP request": options_request("TLS") + HIDDEN,
    "in a SIP request": options_request("TLS").replace(b"Length: 0", b"Length: %d" % len(HIDDEN)) + HIDDEN,
    "before a SIP request": _post(VERSION) + options_request("TLS") + HIDDEN,
    "as a SIP request": _post(KILL, HEAD.replace(b"HTTP/1.1", b"SIP/2.0")),
}  # fmt: skip


@pytest.mark.parametrize("data", FRAMINGS.values(), ids=FRAMINGS)
def test_kill_does_not_run_when_the_request_is_built_to_hide_it(seed_server: RunningServer, data: bytes) -> None:
    answers = _say(seed_server, data)
    assert b"<boolean>1</boolean>" not in answers
    assert b"Traceback" not in answers


@pytest.mark.parametrize(
    "name", ["pipelined behind a large body", "in a trailer", "behind the trailers", "absolute target"]
)
def test_answers_of_a_hidden_kill_are_seen_when_they_come(seed_server: RunningServer, name: str) -> None:
    """The test above would be worth nothing if it never read an answer."""
    assert b"methodResponse" in _say(seed_server, FRAMINGS[name])


def test_filter_and_server_agree_where_a_request_ends_when_a_kill_stands_behind(bob: ssl.SSLSocket) -> None:
    """The first is answered, the second is judged on its own: not one byte of one belongs to the other."""
    for first in (
        _post(VERSION + b" " * 900_000),
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n%x;x="y"\r\n%b\r\n0\r\nX: y\r\n\r\n' % (len(VERSION), VERSION),
    ):
        bob.sendall(first + HIDDEN + _post(VERSION))
        status, _, body = read_response(bob)
        assert (status, b"sertwist" in body) == (200, True)
        status, _, body = read_response(bob)
        assert (status, _fault(body)) == (200, DENIED)
        assert b"sertwist" in read_response(bob)[2]


# -- the log ----------------------------------------------------------------------------------------------------------

FORGED = "2026-01-01T00:00:00+0000 [sertwist#info] stopped"


@pytest.fixture(scope="module")
def naming_server(tmp_path_factory: pytest.TempPathFactory, pki: Path) -> Iterator[RunningServer]:
    """A server whose script refuses all but core.echo, so that its log holds names that a peer chose."""
    script = seed_script(pki).replace('@xmlrpc.method == "core.kill"', '@xmlrpc.method != "core.echo"')
    assert "core.echo" in script
    server = RunningServer.start(tmp_path_factory.mktemp("naming"), script, pki, ())
    yield server
    server.assert_unharmed()


UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e]")


def _assert_no_forgery(server: RunningServer) -> None:
    text = server.log_text()
    assert not re.search(r"(?m)^2026-01-01T00", text)
    assert not UNPRINTABLE.search(text)


@pytest.mark.parametrize(
    "name",
    [f"x&#13;&#10;{FORGED}", f"x\n{FORGED}", f"x\u2028{FORGED}", f"x&#133;{FORGED}", "x\u202ey", "x&#127;y",
     "x\x1b[31m", "x" * 128],
    ids=ascii,
)  # fmt: skip
def test_method_name_makes_no_log_line(naming_server: RunningServer, name: str) -> None:
    with naming_server.connect("tls", "bob") as sock:
        _answer(sock, _document(name))
        _answer(sock, _multicall(_member(name), _member("core.kill")))
    _assert_no_forgery(naming_server)


@pytest.mark.parametrize("name", ["x{log_source}", "x%(log_level)s", "x{0}", "x%s", "x.__class__"])
def test_method_name_is_no_format_when_it_is_logged(naming_server: RunningServer, name: str) -> None:
    with naming_server.connect("tls", "bob") as sock:
        assert _fault(_answer(sock, _document(name))[1]) == DENIED
    naming_server.wait_for(re.escape(f"call refused: 400 Access to core.kill denied; method '{name}', from "))


@pytest.mark.parametrize(
    "name",
    [f"x\u2028{FORGED}", f"x\u0085{FORGED}", f"x\n{FORGED}", "x\x1b[31m", "x\u202ey", "x{log_source}%s"],
    ids=ascii,
)
def test_certificates_name_makes_no_log_line(
    naming_server: RunningServer, pki: Path, tmp_path: Path, name: str
) -> None:
    certificate = write_credential(tmp_path, open_authority(pki), Profile(common_names=(name,)))
    with naming_server.connect("tls", certificate) as sock:
        source = "{}:{}".format(*sock.getsockname())
        assert _fault(_answer(sock, VERSION)[1])[0] == 400
    naming_server.wait_for(rf"call refused: 400 .*from {re.escape(source)}")
    _assert_no_forgery(naming_server)


@pytest.mark.parametrize(
    "data",
    [
        HEAD.replace(b"/RPC2", b"/\x1b[31m" + FORGED.encode()) + b"\r\n",
        HEAD.replace(b"POST", b"POST\x1b[31m") + b"\r\n",
        b"\r\n" * 3 + FORGED.encode() + b"\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nCall-ID: " + FORGED.encode() + b"\r\n\r\n",
    ],
)
def test_bytes_of_a_peer_make_no_log_line(seed_server: RunningServer, data: bytes) -> None:
    _say(seed_server, data)
    _assert_no_forgery(seed_server)
