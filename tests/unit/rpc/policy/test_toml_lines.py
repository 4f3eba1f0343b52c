"""Lines of keys: documents are written by a writer that counts its own lines, and read back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertwist.rpc.policy.toml_lines import Path, key_lines

#: What looks like the begin or end of something, and is not.
TRAPS = ["[a]", "[[b]]", "# no", "=", "{", "}", "]", ",", "\\", "'", '"', "\n", "\n[x]\n", "é", "a.b", " ", '""', "''"]
texts = st.lists(st.sampled_from(TRAPS), max_size=5).map("".join)
names = st.one_of(st.sampled_from(["a", "b", "c-d", "0"]), texts.filter(lambda each: "\n" not in each))


@dataclass
class Writer:
    """Writes TOML and knows where it put what."""

    lines: dict[Path, int] = field(default_factory=dict)
    text: str = ""

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def put(self, text: str) -> None:
        self.text += text


def quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join(escapes.get(each, each) for each in text) + '"'


def key(draw: Any, name: str) -> str:
    ways = [quoted(name)]
    if name and all(each.isascii() and (each.isalnum() or each in "-_") for each in name):
        ways.append(name)
    if "'" not in name and "\n" not in name:
        ways.append(f"'{name}'")
    return draw(st.sampled_from(ways))


def text_value(draw: Any, text: str) -> str:
    ways = [quoted(text), '"""\n' + text.replace("\\", "\\\\").replace('"""', '""\\"').replace('"', '\\"') + '"""']
    if "'" not in text and "\n" not in text:
        ways.append(f"'{text}'")
    if "'''" not in text and not text.endswith("'"):
        ways.append(f"'''{text}'''")
    if '"""' not in text and "\\" not in text and not text.endswith('"'):
        ways += [f'"""{text}"""', f'"""{text}""""', f'"""{text}"""""']
    return draw(st.sampled_from(ways))


blanks = st.sampled_from(["", " ", "\n", "  # ] , } [x]\n", "\n\n\t"])


def write_value(draw: Any, out: Writer, path: Path, depth: int, *, one_line: bool) -> None:
    kind = draw(st.sampled_from(["text", "plain", "list", "table"] if depth else ["text", "plain"]))
    gap = st.just(" ") if one_line else blanks
    if kind == "text":
        text = draw(texts)
        out.put(quoted(text) if one_line else text_value(draw, text))
    elif kind == "plain":
        out.put(draw(st.sampled_from(["1", "0x1F", "true", "1.5e3", "1979-05-27 07:32:00", "07:32:00", "inf"])))
    elif kind == "list":
        out.put("[")
        count = draw(st.integers(0, 3))
        for number in range(count):
            out.put(draw(gap))
            out.lines[*path, number] = out.line
            write_value(draw, out, (*path, number), depth - 1, one_line=one_line)
            out.put(draw(gap))
            if number < count - 1 or (not one_line and draw(st.booleans())):
                out.put(",")
        out.put(draw(gap) + "]")
    else:
        out.put("{ ")
        for number, name in enumerate(draw(st.lists(names, max_size=3, unique=True))):
            out.put(", " if number else "")
            write_pair(draw, out, (*path, name), name, depth - 1, one_line=True)
        out.put(" }")


def write_pair(draw: Any, out: Writer, path: Path, name: str, depth: int, *, one_line: bool = False) -> None:
    out.lines[path] = out.line
    out.put(key(draw, name))
    if not one_line and draw(st.booleans()):
        (last,) = draw(st.lists(names, min_size=1, max_size=1))
        path = (*path, last)
        out.lines[path] = out.line
        out.put(draw(st.sampled_from([".", " . "])) + key(draw, last))
    out.put(draw(st.sampled_from(["=", " =\t"])))
    write_value(draw, out, path, depth, one_line=one_line)


@st.composite
def documents(draw: Any) -> Writer:
    out = Writer()
    free = draw(st.lists(names, min_size=4, max_size=6, unique=True))
    top, tables, arrays = free[0], free[1:3], free[3:]
    write_pair(draw, out, (top,), top, 2)
    out.put("\n")
    for name in tables:
        out.put(draw(st.sampled_from(["", "\n", "# [x]\n", "\t"])))
        out.lines[(name,)] = out.line
        out.put(f"[ {key(draw, name)} ]" + draw(st.sampled_from(["\n", " # [[x]]\n"])))
        for inner in draw(st.lists(names, max_size=3, unique=True)):
            write_pair(draw, out, (name, inner), inner, 2)
            out.put(draw(st.sampled_from(["\n", " # x = 1\n", "\r\n"])))
    for name in arrays:
        for number in range(draw(st.integers(0, 3))):
            out.lines.setdefault((name,), out.line)
            out.lines[name, number] = out.line
            out.put(f"[[{key(draw, name)}]]\n")
            inner = draw(names)
            write_pair(draw, out, (name, number, inner), inner, 2)
            out.put("\n")
            below = draw(names.filter(lambda each, inner=inner: each != inner))
            out.lines[name, number, below] = out.line
            out.put(f"[{key(draw, name)}.{key(draw, below)}]\n")
    return out


def paths(value: Any, path: Path = ()) -> set[Path]:
    """Every path of what `tomllib` has read."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} - {()} | {found for name, each in pairs for found in paths(each, (*path, name))}


@given(documents())
def test_every_key_has_its_line_and_nothing_else_has_one(document: Writer) -> None:
    assert key_lines(document.text) == document.lines
    assert key_lines(document.text).keys() == paths(tomllib.loads(document.text))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ("# only\n\n", {}),
        ("a = '''\n[x]\n'''\nb = 1", {("a",): 1, ("b",): 4}),
        ('a = """\n\\"""\nb = 1\n"""\nc = 1', {("a",): 1, ("c",): 5}),
        ("[a.b]\nc = 1\n[a]\nd = 1", {("a",): 3, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "d"): 4}),
        ('"\\u0061\\t" = 1', {("a\t",): 1}),
        ("[[a]]\n[[a]]\n[a.b]\nc = 1", {("a",): 1, ("a", 0): 1, ("a", 1): 2, ("a", 1, "b"): 3, ("a", 1, "b", "c"): 4}),
        ("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\nc=1", {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 0, "b", 0): 2,
            ("a", 1): 3, ("a", 1, "b"): 4, ("a", 1, "b", 0): 4, ("a", 1, "b", 0, "c"): 5}),
    ],
)  # fmt: skip
def test_lines_of_a_document(text: str, lines: dict[Path, int]) -> None:
    assert key_lines(text) == lines
