"""Requests that change something, mutated so that a careless reader lets them pass: documents, and framings of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

__all__ = ["READS", "WRITES", "Attack", "attacks"]

#: What must never run, by any of its names.
WRITES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("core.kill", ()),
    ("core.kill", (9,)),
    ("htable.sets", ("victim", "new", "ran")),
    ("htable.seti", ("victim", "new", 7)),
    ("htable.setxs", ("victim", "new", "ran", 60)),
    ("htable.delete", ("victim", "kept")),
    ("htable.flush", ("victim",)),
    ("htable.reload", ("victim",)),
    ("cfg.set_now_int", ("probe", "level", 2)),
    ("cfg.seti", ("probe", "level", 2)),
    ("cfg.set", ("probe", "level", 2)),
    ("cfg.set_delayed", ("probe", "level", 2)),
    ("cfg.commit", ()),
    ("tls.reload", ()),
    ("tls.kill", (1,)),
    ("script.reload", ()),
    ("rpc.policy_reload", ()),
    ("rpc.confirm", ("0123456789abcdef",)),
    ("core.trace", ()),
)
READS = ("core.version", "core.echo", "core.ps", "core.uptime", "htable.listTables", "tls.certs", "pike.top")
XML_HEAD = "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
JSON_HEAD = "POST /jsonrpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
END = f"{XML_HEAD}Connection: close\r\nContent-Length: 65\r\n\r\n" + (
    "<methodCall><methodName>core.version</methodName>".ljust(52) + "</methodCall>"
)
CONFUSABLE = {"c": "\u0441", "o": "\u043e", "e": "\u0435", "k": "\u212a", "i": "\u0131", "s": "\u017f", "l": "\u217c"}


@dataclass(frozen=True, slots=True)
class Attack:
    """Bytes for one connection; `framed`: they are no plain request, so the connection is given up afterwards."""

    what: str
    data: bytes
    framed: bool = False


def attacks(random: random.Random, count: int) -> list[Attack]:
    """`count` of them, each kind about as often as the others."""
    kinds: tuple[Callable[[random.Random], Attack], ...] = (*XML_KINDS, *JSON_KINDS, *FRAMED_KINDS)
    return [kinds[at % len(kinds)](random) for at in range(count)]


# -- pieces -----------------------------------------------------------------------------------------------------------


def value(each: Any) -> str:
    return f"<value><int>{each}</int></value>" if isinstance(each, int) else f"<value><string>{each}</string></value>"


def params(values: tuple[Any, ...]) -> str:
    return "<params>" + "".join(f"<param>{value(each)}</param>" for each in values) + "</params>"


def name_element(name: str) -> str:
    return f"<methodName>{name}</methodName>"


def struct(*members: tuple[str, str]) -> str:
    found = "".join(f"<member><name>{name}</name>{text}</member>" for name, text in members)
    return f"<value><struct>{found}</struct></value>"


def array(*texts: str) -> str:
    return f"<value><array><data>{''.join(texts)}</data></array></value>"


def member(name: str, values: tuple[Any, ...]) -> str:
    return struct(("methodName", value(name)), ("params", array(*map(value, values))))


def multicall(*members: str) -> str:
    return f"{name_element('system.multicall')}<params><param>{array(*members)}</param></params>"


def xml(what: str, inner: str, head: str = XML_HEAD) -> Attack:
    body = f"<?xml version='1.0'?><methodCall>{inner}</methodCall>".encode("utf-8", "surrogatepass")
    return Attack(what, head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def json_text(what: str, text: str, head: str = JSON_HEAD) -> Attack:
    body = text.encode("utf-8", "surrogatepass")
    return Attack(what, head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def called(name: str, values: tuple[Any, ...], **more: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "method": name, "params": list(values), "id": 1, **more})


def disguised(random: random.Random, name: str) -> str:
    """`name` in other letters, or with something around it."""
    at = random.randrange(len(name))
    spellings = (
        name.upper(),
        name.title(),
        name.swapcase(),
        name[:at] + name[at:].upper(),
        name[:at] + CONFUSABLE.get(name[at], name[at] + "\u200b") + name[at + 1 :],
        f" {name}",
        f"{name} ",
        f"{name}\n",
        f"\t{name}",
        f"{name}\u00a0",
        name.replace(".", "\uff0e"),
        name.replace(".", ".."),
        name.replace(".", "/"),
        name[:at] + "\u00ad" + name[at:],
        f"{name}.",
        f".{name}",
        f"core.version,{name}",
        f"{name}()",
        name,
    )
    return random.choice(spellings)


def written(random: random.Random, name: str) -> str:
    """`name` as XML may write it: references, CDATA, comments, instructions, elements."""
    at = random.randrange(1, len(name))
    first, rest = name[:at], name[at:]
    spellings = (
        "".join(f"&#{ord(each)};" for each in name),
        "".join(f"&#x{ord(each):X};" if random.random() < 0.5 else each for each in name),
        f"{first}&#{ord(rest[0])};{rest[1:]}",
        f"<![CDATA[{name}]]>",
        f"{first}<![CDATA[{rest}]]>",
        f"{first}<!-- core.version -->{rest}",
        f"<!-- core.version -->{name}",
        f"core.version<!-- {name} -->",
        f"{first}<?x y?>{rest}",
        f"{first}<b>{rest}</b>",
        f"<string>{name}</string>",
        f"{first}&nbsp;{rest}",
        f"{first}&#0;{rest}",
        f"{first}&#8203;{rest}",
        f"&kill;{name}",
    )
    return random.choice(spellings)


# -- XML documents ----------------------------------------------------------------------------------------------------


def plain(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    return xml("plain", name_element(name) + params(values))


def other_letters(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    return xml("other letters", name_element(disguised(random, name)) + params(values))


def other_markup(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    return xml("other markup", name_element(written(random, name)) + params(values))


def two_names(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    names = [name_element(random.choice(READS)), name_element(written(random, name))]
    random.shuffle(names)
    places = [*names, params(values)]
    if random.random() < 0.5:
        random.shuffle(places)
    return xml("two names", "".join(places))


def two_params(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    blocks = [params(values), params(("victim", "kept")), "<params/>"]
    random.shuffle(blocks)
    return xml("two blocks of params", name_element(name) + "".join(blocks[: random.choice((2, 3))]))


def declared_entity(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    body = (
        f'<?xml version="1.0"?><!DOCTYPE methodCall [<!ENTITY k "{name}">]>'
        f"<methodCall><methodName>&k;</methodName>{params(values)}</methodCall>"
    )
    body = body if random.random() < 0.5 else body.replace("<!DOCTYPE", "<!DOCTYPE".lower())
    return json_text("declared entity", body, XML_HEAD)


def around_the_root(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    bad, good = (
        f"<methodCall>{name_element(each)}{block}</methodCall>"
        for each, block in ((name, params(values)), (random.choice(READS), ""))
    )
    spellings = (
        good + bad,
        f"<x>{bad}</x>",
        f"{good}<!-- {bad} -->{bad}",
        bad.replace("methodCall", "METHODCALL"),
        bad.replace("<methodCall>", '<methodCall xmlns="urn:x">'),
        bad.replace("<methodCall>", '<m:methodCall xmlns:m="urn:x">').replace("</methodCall>", "</m:methodCall>"),
        bad.replace("methodName>", "methodname>"),
        bad.replace("<methodName>", f'<methodName name="{random.choice(READS)}">'),
        f"<methodResponse>{bad}</methodResponse>",
        "\ufeff" + bad,
    )
    return json_text("around the root", random.choice(spellings), XML_HEAD)


def other_encoding(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    encoding = random.choice(("utf-16", "utf-7", "utf-32", "cp037", "iso-8859-1"))
    body = f"<?xml version='1.0' encoding='{encoding}'?><methodCall>{name_element(name)}{params(values)}</methodCall>"
    data = body.encode(encoding)
    return Attack("other encoding", XML_HEAD.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data)


def in_a_multicall(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    good = [member(random.choice(READS), ()) for _ in range(random.randrange(4))]
    good.insert(random.randrange(len(good) + 1), member(disguised(random, name), values))
    return xml("in a multicall", multicall(*good))


def nested(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    inner = array(member(name, values))
    for _ in range(random.randrange(1, 4)):
        inner = array(struct(("methodName", value("system.multicall")), ("params", array(inner))))
    return xml("nested multicall", f"{name_element('system.multicall')}<params><param>{inner}</param></params>")


def odd_member(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    good, bad = ("methodName", value(random.choice(READS))), ("methodName", value(name))
    arguments = ("params", array(*map(value, values)))
    members = (
        (good, bad, arguments),
        (bad, good, arguments),
        (bad, arguments, ("params", array())),
        (good, ("methodName ", value(name)), arguments),
        (good, ("methodname", value(name)), arguments),
        (good, ("method", value(name)), arguments),
        (good, ("method<![CDATA[Name]]>", value(name)), arguments),
        (("methodName", f"<value>{name}</value>"), arguments),
        (("methodName", "<value><base64>Y29yZS5raWxs</base64></value>"), arguments),
        (("methodName", array(value(name))), arguments),
        (bad,),
    )
    return xml("odd member", multicall(struct(*random.choice(members))))


def imitating_params(random: random.Random) -> Attack:
    """Parameters that look like a call, or like another's parameters."""
    name, values = random.choice(WRITES)
    text = name_element(name).replace("<", "&lt;")
    spellings = (
        name_element("core.echo") + f"<params><param><value>{text}</value></param></params>",
        name_element("core.echo") + f"<params><param>{struct(('methodName', value(name)))}</param></params>",
        name_element("system.can") + params((name,)),
        name_element("rpc.explain") + params((name,)),
        name_element("rpc.watch") + params((name,)),
        name_element("rpc.watch") + f"<params><param>{value(name)}</param><param>{array(*map(value, values))}</param>"
        "<param><value><int>1</int></value></param></params>",
        name_element("htable.sets") + params(("bob\0victim", "new", "ran")),
        name_element("htable.sets") + params(("bob", "victim", "new", "ran")),
        name_element("htable.sets") + f"<params><param>{array(value('bob'), value('victim'))}</param></params>",
        name_element("htable.get") + params(("victim", "kept;new=ran")),
        name_element("htable.sets") + params(("VICTIM", "new", "ran")),
    )
    return xml("imitating parameters", random.choice(spellings))


# -- JSON documents ---------------------------------------------------------------------------------------------------


def json_letters(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    spelt = random.choice((disguised(random, name), "".join(f"\\u{ord(each):04x}" for each in name)))
    return json_text("JSON, other letters", called("NAME", values).replace("NAME", spelt.replace("\n", "\\n")))


def json_duplicated(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    read = random.choice(READS)
    member_name = random.choice(("method", "m\\u0065thod", "Method"))
    names = [f'"method": "{read}"', f'"{member_name}": "{name}"']
    random.shuffle(names)
    rest = ['"jsonrpc": "2.0"', f'"params": {json.dumps(values)}', '"id": 1']
    if random.random() < 0.3:
        rest.append('"params": []')
    text = [*names, *rest]
    random.shuffle(text)
    return json_text("JSON, duplicated names", "{" + ", ".join(text) + "}")


def json_batch(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    items = [called(random.choice(READS), (), id=at) for at in range(random.randrange(4))]
    bad = called(name, values)
    wrapped = random.choice(
        (
            bad,
            f"[{bad}]",
            called("system.multicall", ([{"methodName": name, "params": list(values)}],)),
            called("system.multicall", ([{"jsonrpc": "2.0", "method": name, "params": list(values), "id": 1}],)),
            bad.replace('"jsonrpc": "2.0", ', ""),
        )
    )
    items.insert(random.randrange(len(items) + 1), wrapped)
    return json_text("JSON, batch", f"[{', '.join(items)}]")


def json_notification(random: random.Random) -> Attack:
    """Nobody would hear what became of it."""
    name, values = random.choice(WRITES)
    told: dict[str, Any] = {"jsonrpc": "2.0", "method": name, "params": list(values)}
    texts = (
        json.dumps(told),
        f"[{json.dumps(told)}]",
        f"[{called('core.version', ())}, {json.dumps(told)}]",
        json.dumps({**told, "id": None}),
        json.dumps({**told, "jsonrpc": "1.0", "id": None}),
    )
    return json_text("JSON, notification", random.choice(texts))


def json_shapes(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    texts = (
        called(name, values)[:-1],
        called(name, values) + called("core.version", ()),
        called("core.version", ()) + "\n" + called(name, values),
        called("core.version", (), method_=name),
        json.dumps({"jsonrpc": "2.0", "method": [name], "params": list(values), "id": 1}),
        json.dumps({"jsonrpc": "2.0", "method": {"name": name}, "params": list(values), "id": 1}),
        called("rpc.watch", (name, list(values), 1)),
        called("system.can", (name, list(values))),
        json.dumps({"jsonrpc": "2.0", "method": name, "params": {"signal": 15, "table": "victim"}, "id": 1}),
        json.dumps({"jsonrpc": "2.0", "method": "core.version", "params": {"method": name}, "id": 1}),
        "\ufeff" + called(name, values),
        called(name, values).replace('"2.0"', "2.0"),
        f'{{"jsonrpc": "2.0", "method": "{name}\\u0000", "id": 1}}',
    )
    return json_text("JSON, shapes", random.choice(texts))


def keyed(random: random.Random) -> Attack:
    """With the idempotency key that an operator's write had used, in either protocol."""
    name, values = random.choice((WRITES[2], WRITES[5], ("htable.sets", ("victim", "kept", "as it was"))))
    key = random.choice(("operator", '"operator"', "operator\r\nIdempotency-Key: mine"))
    if random.random() < 0.5:
        head = JSON_HEAD + f"Idempotency-Key: {key}\r\n"
        return json_text("another's key", called(name, values), head)
    return xml("another's key", name_element(name) + params(values), XML_HEAD + f"Idempotency-Key: {key}\r\n")


def wrong_way(random: random.Random) -> Attack:
    """A document of one protocol as one of the other, to other targets, and with other heads."""
    name, values = random.choice(WRITES)
    heads = (
        JSON_HEAD.replace("/jsonrpc", "/RPC2"),
        JSON_HEAD.replace("application/json", "text/xml"),
        JSON_HEAD.replace("application/json", "text/plain"),
        JSON_HEAD.replace("/jsonrpc", f"/jsonrpc?method={name}"),
        JSON_HEAD.replace("POST", "GET"),
        JSON_HEAD + "Origin: https://example.net\r\n",
        JSON_HEAD + "Sec-Fetch-Site: cross-site\r\n",
        JSON_HEAD + "X-HTTP-Method-Override: OPTIONS\r\n",
        JSON_HEAD + "X-SSL-Client-CN: SER-Killer\r\nX-Forwarded-For: 127.0.0.1\r\n",
        JSON_HEAD + "Authorization: Basic U0VSLUtpbGxlcjp4\r\n",
    )
    return json_text("another way", called(name, values), random.choice(heads))


# -- framings ---------------------------------------------------------------------------------------------------------


def _chunked(body: str, random: random.Random) -> str:
    pieces, rest = [], body
    while rest:
        at = random.randrange(1, len(rest) + 1)
        pieces.append(f"{at:x}\r\n{rest[:at]}\r\n")
        rest = rest[at:]
    return "".join(pieces) + "0\r\n\r\n"


def smuggled(random: random.Random) -> Attack:
    """A write behind a read, where two readers disagree on the read's length."""
    name, values = random.choice(WRITES)
    good = f"<methodCall>{name_element(random.choice(READS))}</methodCall>"
    bad = f"<methodCall>{name_element(name)}{params(values)}</methodCall>"
    hidden = f"{XML_HEAD}Content-Length: {len(bad)}\r\n\r\n{bad}"
    length, chunks = f"Content-Length: {len(good)}\r\n", _chunked(good, random)
    spellings = (
        f"{XML_HEAD}{length}Transfer-Encoding: chunked\r\n\r\n{chunks}{hidden}",
        f"{XML_HEAD}Transfer-Encoding: chunked\r\n{length}\r\n{chunks}{hidden}",
        f"{XML_HEAD}{length}Content-Length: {len(good) + len(hidden)}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}{length}{length}\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length: {len(good)}, {len(bad)}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length: 0\r\nContent-Length: {len(bad)}\r\n\r\n{bad}",
        f"{XML_HEAD}Transfer-Encoding: x{'chunked'}\r\n{length}\r\n{good}{hidden}",
        f"{XML_HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{chunks}{hidden}",
        f"{XML_HEAD}Transfer-Encoding : chunked\r\n{length}\r\n{good}{hidden}",
        f"{XML_HEAD}Transfer-Encoding:\tchunked\r\n\r\n{chunks}{hidden}",
        f"{XML_HEAD}l: {len(good)}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length: 0x{len(good):x}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length: +{len(good)}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length:\r\n {len(good)}\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}Content-Length: 5\r\n\r\n{good}{hidden}",
        f"{XML_HEAD}{length}\r\n{good}{hidden}",
        f"{XML_HEAD}X: y\rContent-Length: 0\r\n\r\n{hidden}",
        f"{XML_HEAD.replace(chr(13), '')}Content-Length: 0\n\n{hidden}",
        f"{XML_HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks[:-7]}0\r\nContent-Length: 0\r\n\r\n{hidden}",
        f"{XML_HEAD}Expect: 100-continue\r\n{length}\r\n{good}{hidden}",
    )
    return Attack("smuggled", (random.choice(spellings) + END).encode(), framed=True)


def pipelined(random: random.Random) -> Attack:
    """A write behind refusals, all sent at once."""
    made = [random.choice((*XML_KINDS, *JSON_KINDS))(random).data for _ in range(random.randrange(2, 6))]
    return Attack("pipelined", b"".join([*made, END.encode()]), framed=True)


def chunked(random: random.Random) -> Attack:
    name, values = random.choice(WRITES)
    body = f"<methodCall>{name_element(name)}{params(values)}</methodCall>"
    return Attack(
        "chunked", (f"{XML_HEAD}Transfer-Encoding: chunked\r\n\r\n{_chunked(body, random)}{END}").encode(), framed=True
    )


def flipped(random: random.Random) -> Attack:
    """Some bytes of a plain one are others."""
    data = bytearray(random.choice((plain, in_a_multicall, json_batch, json_notification))(random).data)
    for _ in range(random.randrange(1, 4)):
        data[random.randrange(len(data))] = random.choice(b"<>&;/\"'{}[],:. \r\n\tabc019\0\x80\xff")
    return Attack("flipped bytes", bytes(data) + END.encode(), framed=True)


XML_KINDS = (
    plain, other_letters, other_markup, two_names, two_params, declared_entity, around_the_root, other_encoding,
    in_a_multicall, nested, odd_member, imitating_params,
)  # fmt: skip
JSON_KINDS = (
    json_letters, json_duplicated, json_batch, json_notification, json_shapes, keyed, wrong_way,
)  # fmt: skip
FRAMED_KINDS = (smuggled, pipelined, chunked, flipped)
