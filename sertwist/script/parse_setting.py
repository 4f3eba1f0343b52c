"""Read what stands outside of route blocks: settings, modules and their parameters, flags (reference language 2, 3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.script.literals import CONSTANT_WORDS
from sertwist.script.nodes import FlagName, FlagNames, Global, GroupSetting, Item, LoadModule, ModParam
from sertwist.script.parse_address import AddressParser
from sertwist.script.source import Span
from sertwist.script.tokens import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.stream import TokenStream
    from sertwist.script.tokens import Token

__all__ = ["SETTING_WORDS", "SettingParser"]

_PATHS: Final = frozenset({"loadpath", "mpath"})
_ALIASES: Final = frozenset({"alias", "domain"})
_LISTENS: Final = frozenset({"listen", "socket"})
_DESCRIPTIONS: Final = frozenset({"desc", "descr", "description"})
_FLAGS: Final = frozenset({"flags", "bool", "avpflags"})
_BLANKS: Final = re.compile(r" ?([^\w ]) ?")  # around signs they mean nothing
#: Of OpenSER and OpenSIPS: settings with a block behind them.
_WITH_BLOCKS: Final = frozenset({"tls_server_domain", "tls_client_domain", "dst_blacklist"})
_SCALING: Final = "auto_scaling_profile"
_WITH_MORE: Final = _WITH_BLOCKS | {_SCALING}
_OF_SCALING: Final = frozenset({"up", "down", "to", "on", "for", "cycles", "within", "%"})
_NAMES: Final = frozenset({TokenKind.NAME, TokenKind.STRING})

#: Words that begin an item without an `=` behind them.
SETTING_WORDS: Final = (
    frozenset({"loadmodule", "loadmodulex", "modparam", "modparamx"}) | _PATHS | _FLAGS | _WITH_BLOCKS
)


class SettingParser:
    """Reads settings from a stream."""

    def __init__(self, stream: TokenStream, at_start: Callable[[str], str] = str) -> None:
        """`at_start` replaces variables by what they are before anything runs; its `ValueError` says which are none."""
        self.stream = stream
        self._at_start = at_start
        self.addresses = AddressParser(stream)

    def setting(self) -> list[Item]:
        """Read what one of `SETTING_WORDS` begins."""
        word = self.stream.now.text
        if word in {"loadmodule", "loadmodulex"}:
            return [self._loadmodule()]
        if word in {"modparam", "modparamx"}:
            return [self._modparam()]
        if word in _WITH_BLOCKS:
            return [self._block(self.stream.take())]
        return [self._path() if word in _PATHS else self._flags()]

    # -- modules --------------------------------------------------------------------------------------------------

    def _loadmodule(self) -> LoadModule:
        stream = self.stream
        start = stream.take()
        opened = stream.accept("(")
        name = stream.expect_kind(TokenKind.STRING, f"after {start.text!r}")
        options = ""
        if opened:
            if stream.accept(","):
                options = stream.expect_kind(TokenKind.STRING, "as the options of 'loadmodule'").text
            stream.expect(")", "after the module's name")
        expands = start.text == "loadmodulex" and "$" in name.text
        meant = self._known(name.text, name.span) if expands else name.text
        return LoadModule(meant, Span(start.start, stream.last.end), name.span, options, name.text if expands else "")

    def _known(self, written: str, span: Span) -> str:
        """A text with variables as it is before anything runs."""
        try:
            return self._at_start(written)
        except ValueError as error:
            self.stream.diagnostics.error("not-at-start", span, str(error))
            return written

    def _modparam(self) -> ModParam:
        stream = self.stream
        start = stream.take()
        expands = start.text == "modparamx"
        stream.expect("(", f"after {start.text!r}")
        module = stream.expect_kind(TokenKind.STRING, "as the module's name")
        stream.expect(",", "after the module's name")
        parameter = stream.expect_kind(TokenKind.STRING, "as the parameter's name")
        stream.expect(",", "after the parameter's name")
        if expands and stream.now.kind is TokenKind.VARIABLE:
            variable = stream.take()
            value: int | str = variable.text
            value_span = variable.span
        else:
            value, value_span = self._constant()
        end = stream.expect(")", "after the value")
        span = Span(start.start, end.end)
        places = (span, module.span, parameter.span, value_span)
        if not expands:
            return ModParam(module.text, parameter.text, value, *places)
        known = self._known(value, value_span) if isinstance(value, str) else value
        return ModParam(module.text, parameter.text, known, *places, expands=True, written=value)

    def _path(self) -> Global:
        name = self.stream.take()
        self.stream.accept("=")
        value = self.stream.expect_kind(TokenKind.STRING, f"after {name.text!r}")
        return Global(name.text, value.text, Span(name.start, value.end), name.span, value.span)

    # -- values ---------------------------------------------------------------------------------------------------

    def at_global(self) -> bool:
        """Whether `name =` stands here."""
        return self.stream.now.kind is TokenKind.NAME and self.stream.following.mark == "="

    def global_(self) -> list[Item]:
        """Read `name = value`."""
        stream = self.stream
        name = stream.take()
        stream.take()
        if name.text in _LISTENS:
            return [*self.addresses.listens(name)]
        if name.text in _ALIASES:
            return [
                Global(name.text, value, name.span.to(value_span), name.span, value_span)
                for value, value_span in self.addresses.aliases()
            ]
        if name.text in _WITH_MORE:
            return [self._scaling(name) if name.text == _SCALING else self._block(name)]
        token = stream.now
        if token.kind is TokenKind.NAME and stream.following.mark == ":" and stream.following.touches:
            sockets = self.addresses.aliases()
            span = Span(token.start, stream.last.end)
            value = " ".join(text for text, _ in sockets)
            return [Global(name.text, value, name.span.to(span), name.span, span, is_word=True)]
        if token.kind is TokenKind.NAME and not self.at_global():
            word = self.addresses.host()
            span = Span(token.start, stream.last.end)
            return [Global(name.text, word, name.span.to(span), name.span, span, is_word=True)]
        constant, value_span = self._value("a number, a string or a word")
        return [Global(name.text, constant, name.span.to(value_span), name.span, value_span)]

    def _block(self, name: Token) -> Global:
        """Read a setting with a block behind it as one word: `tls_server_domain[10.0.0.1:5061] { ... }`."""
        stream = self.stream
        first = stream.now
        while stream.now.mark not in {"{", ";"} and stream.now.kind is not TokenKind.END:
            stream.take()
        stream.expect("{", f"after {name.text!r}")
        while stream.now.mark != "}" and stream.now.kind is not TokenKind.END:
            stream.take()
        stream.expect("}", f"at the end of {name.text!r}")
        span = Span(first.start, stream.last.end)
        value = _BLANKS.sub(r"\1", " ".join(stream.source.written(span).split()))
        return Global(name.text, value, name.span.to(span), name.span, span, is_word=True)

    def _scaling(self, name: Token) -> Global:
        """Read OpenSIPS's `auto_scaling_profile = NAME scale up to 6 on 70% for 4 cycles ... scale down to ...`."""
        stream = self.stream
        profile = stream.expect_kind(TokenKind.NAME, "as the name of a profile")
        while stream.now.text == "scale":
            stream.take()
            while stream.now.text in _OF_SCALING or stream.now.kind is TokenKind.NUMBER:
                stream.take()
        span = Span(profile.start, stream.last.end)
        value = " ".join(stream.source.written(span).split())
        return Global(name.text, value, name.span.to(span), name.span, span, is_word=True)

    def _constant(self) -> tuple[int | str, Span]:
        """Read a number, a string, or one of the words that are numbers."""
        token = self.stream.now
        if token.kind is TokenKind.NAME and token.text in CONSTANT_WORDS:
            self.stream.take()
            return CONSTANT_WORDS[token.text], token.span
        return self._value("a number or a string")

    def _value(self, what: str) -> tuple[int | str, Span]:
        stream = self.stream
        token = stream.now
        sign = stream.accept("-")
        if sign or stream.now.kind is TokenKind.NUMBER:
            number = stream.expect_kind(TokenKind.NUMBER, "after '-'")
            return (-number.number if sign else number.number), token.span.to(number.span)
        if token.kind is not TokenKind.STRING and token.kind is not TokenKind.ADDRESS:
            raise stream.failure(f"{what} expected as the value, found {token.described()}")
        stream.take()
        return token.text, token.span

    # -- variables of groups, flags -------------------------------------------------------------------------------

    def at_group(self) -> bool:
        """Whether `group.name` or `group[3].name` stands here."""
        stream = self.stream
        if stream.now.kind is not TokenKind.NAME:
            return False
        return stream.following.mark == "." or (stream.following.mark == "[" and stream.peek(4).mark == ".")

    def group(self) -> GroupSetting:
        """Read `group[3].name = value desc "text"`."""
        stream = self.stream
        group = stream.take()
        stream.check_name(group)
        instance: int | None = None
        if stream.accept("["):
            instance = stream.expect_kind(TokenKind.NUMBER, "as the instance of the group").number
            stream.expect("]", "after the instance of the group")
        stream.expect(".", "after the group")
        name = stream.expect_kind(TokenKind.NAME, "after the group")
        stream.expect("=", f"after {group.text}.{name.text}")
        value, value_span = self._constant()
        description = ""
        if stream.now.mark in _DESCRIPTIONS and stream.following.kind is TokenKind.STRING:
            stream.take()
            description = stream.take().text
        span = Span(group.start, stream.last.end)
        return GroupSetting(group.text, instance, name.text, value, description, span, name.span, value_span)

    def _flags(self) -> FlagNames:
        """Read `flags a:1, b, "c"`."""
        stream = self.stream
        start = stream.take()
        of_attributes = start.text == "avpflags"
        flags = [self._flag(of_attributes=of_attributes)]
        while stream.accept(","):
            flags.append(self._flag(of_attributes=of_attributes))
        return FlagNames(tuple(flags), of_attributes, Span(start.start, stream.last.end))

    def _flag(self, *, of_attributes: bool) -> FlagName:
        stream = self.stream
        token = stream.now
        if token.kind not in _NAMES:
            raise stream.name_failure("the name of a flag")
        stream.take()
        stream.check_name(token)
        number: int | None = None
        if not of_attributes and stream.accept(":"):
            number = stream.expect_kind(TokenKind.NUMBER, "as the number of the flag").number
        return FlagName(token.text, number, Span(token.start, stream.last.end))
