"""Values of headers read one by one: `@hf_value.route[2].uri.host` (reference language 7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.modules.declare import select
from sertwist.modules.reading.address_parts import address_name, address_uri
from sertwist.modules.reading.headers import main_value, read_name
from sertwist.modules.reading.tails import ADDRESS_TAIL, URI_TAIL
from sertwist.script.declare import ANY_NAME, Index, Kind, Step, Tail
from sertwist.sip.grammar import split_commas, split_semicolons, unquote
from sertwist.sip.header_values import Commas, HeaderValues, Semicolons
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from sertwist.script.context import RouteContext

__all__ = ["HeaderValueSelects"]

_INDEX = Index(after=2, default=1)


def _uri(value: str | None) -> str | None:
    """Its URI, or what stands before its parameters when it has none."""
    found = address_uri(value)
    return main_value(value) if found is None else found


def _param(value: str | None, name: str) -> str | None:
    """One of its parameters: empty without a value, undefined when it is not there."""
    return None if value is None else _named(Semicolons.parts(as_bytes(value))[1:], name)


def _param_among_commas(value: str | None, name: str) -> str | None:
    """One of its parameters, those with commas between them."""
    return None if value is None else _named(Commas.parts(as_bytes(value))[1:], name)


def _of_params(params: str | None, name: str) -> str | None:
    """One of the parameters."""
    return None if params is None else _named(split_semicolons(as_bytes(params)), name)


def _of_params_among_commas(params: str | None, name: str) -> str | None:
    """One of the parameters."""
    return None if params is None else _named(split_commas(as_bytes(params)), name)


def _named(params: list[bytes], name: str) -> str | None:
    wanted = as_bytes(name).lower()
    for part in params:
        key, _, found = part.partition(b"=")
        if key.strip().lower() in {wanted, wanted.replace(b"_", b"-")}:
            return as_text(unquote(found.strip()))
    return None


def _params(value: str | None) -> str | None:
    """All of its parameters, `a=1;b`."""
    return None if value is None else as_text(b";".join(Semicolons.parts(as_bytes(value))[1:]))


def _params_among_commas(value: str | None) -> str | None:
    """All of its parameters, `a=1, b=2`."""
    return None if value is None else as_text(b", ".join(Commas.parts(as_bytes(value))[1:]))


def _same(value: str | None) -> str | None:
    """The value as an address."""
    return value


def _step(get: object, tail: Tail | None = None) -> Step:
    assert callable(get)  # noqa: S101 (a declaration)
    return Step(get=get, tail=tail or {}, help=(get.__doc__ or "").partition("\n")[0])


_PARAMS: Final = _step(_params, {ANY_NAME: _step(_of_params)})
_VALUE_TAIL: Final[Tail] = {
    "uri": _step(_uri, URI_TAIL),
    "name": _step(address_name),
    "nameaddr": _step(_same, ADDRESS_TAIL),
    "params": _PARAMS,
    "param": _PARAMS,
    "p": _PARAMS,
    ANY_NAME: _step(_param),
}
_COMMAS: Final = _step(_params_among_commas, {ANY_NAME: _step(_of_params_among_commas)})
_COMMA_TAIL: Final[Tail] = {
    "params": _COMMAS,
    "param": _COMMAS,
    "p": _COMMAS,
    ANY_NAME: _step(_param_among_commas),
}


def _name_and_value(name: str, value: str) -> tuple[str, bytes]:
    return read_name(name), as_bytes(value)


class HeaderValueSelects:
    """The selects."""

    @select("hf_value.*", _INDEX, prepare=read_name, tail=_VALUE_TAIL)
    def hf_value(self, ctx: RouteContext, name: str, index: int) -> str | None:
        """One of the values that stand in all lines of a header with commas between: 1 the first, -1 the last."""
        return _value(ctx, name, index, Semicolons)

    @select("hf_value2.*", _INDEX, prepare=read_name, tail=_COMMA_TAIL)
    def hf_value2(self, ctx: RouteContext, name: str, index: int) -> str | None:
        """The value of one line of a header whose parameters have commas between them (WWW-Authenticate)."""
        return _value(ctx, name, index, Commas)

    @select("hf_value_exists.*.*", kind=Kind.BOOLEAN, prepare=_name_and_value)
    def hf_value_is_there(self, ctx: RouteContext, wanted: tuple[str, bytes]) -> bool:
        """Whether a header has this value, in any case: `@hf_value_exists.supported.path`."""
        name, value = wanted
        message = ctx.message
        if message is None or name not in message.first:
            return False
        values = HeaderValues(message.lines, name)
        return values.has(value) or (b"_" in value and values.has(value.replace(b"_", b"-")))


def _value(ctx: RouteContext, name: str, index: int, shape: type[Semicolons | Commas]) -> str | None:
    message = ctx.message
    if message is None or name not in message.first:
        return None
    values = [value for line in message.header_values(name) for value in shape.values(line)]
    at = max(index - 1, 0) if index >= 0 else index
    return as_text(values[at]) if -len(values) <= at < len(values) else None
