"""`Document`: the handlers that follow one XML-RPC document through the tables of `xmlrpc_grammar` and make its values.

It holds every bound of `XmlRpcLimits` while the document is read, so that nothing large is built before it is
refused.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final

from sertwist.rpc import fault
from sertwist.rpc import xmlrpc_grammar as grammar
from sertwist.rpc.fault import Fault, limit_passed
from sertwist.rpc.xmlrpc_scalars import SCALAR_READERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.parsers.expat import XMLParserType

    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Value

__all__ = ["Document"]

# Clients that write `ex:i8` and `ex:nil` must declare the prefix; this is the only attribute that means
# anything.
_EXTENSION_NAMESPACE: Final = {"xmlns:ex": "http://ws.apache.org/xmlrpc/namespaces/extensions"}


class Document:
    """The state of one reading; its methods are expat's handlers and raise `Fault` 400.

    Attributes:
        method: the method's name, once it was read.
        method_bytes: where the methodName element stands in the document, from its start tag to before its
        end tag. values: the params of a call, or the one value of a response. is_fault: the response is a
        fault. started: a root element was seen.
    """

    __slots__ = (
        "_after",
        "_containers",
        "_count",
        "_lf_to_crlf",
        "_limits",
        "_names",
        "_parser",
        "_parts",
        "_room",
        "_state",
        "_value",
        "is_fault",
        "method",
        "method_bytes",
        "started",
        "values",
    )

    def __init__(self, parser: XMLParserType, start: str, limits: XmlRpcLimits, *, lf_to_crlf: bool = False) -> None:
        self._parser: XMLParserType | None = parser
        self._state = start
        self._limits = limits
        self._lf_to_crlf = lf_to_crlf
        self._after: list[str] = []  # for each open element: the state after its end
        self.values: list[Value] = []
        self._containers: list[list[Value] | dict[str, Value]] = [self.values]
        self._names: list[str] = []  # of the struct members that are open
        self._parts: list[str] = []  # text of the open element
        self._room = 0  # characters that it may still take
        self._count = 0  # values so far
        self._value: Value = None
        self.method = ""
        self.method_bytes = (0, 0)
        self.is_fault = False
        self.started = False

    def start_element(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        state = self._state
        step = grammar.TRANSITIONS.get(state, _NOWHERE).get(tag)
        if step is None:
            raise _refusal(state)
        if attributes and (self.started or attributes != _EXTENSION_NAMESPACE):
            raise Fault(400, fault.INVALID_DOCUMENT)
        self.started = True
        if state is grammar.VALUE and self._parts:
            self._refuse_text("".join(self._parts), grammar.TYPED_VALUE)
        self._state, after = step
        self._after.append(after)
        begin = self._BEGIN.get(self._state)
        if begin is not None:
            begin(self)

    def end_element(self, _tag: str) -> None:
        """The innermost element ends (expat has seen to it that the tags match)."""
        state = self._state
        if state not in grammar.ENDS:
            raise _refusal(state)
        finish = self._FINISH.get(state)
        if finish is not None:
            finish(self)
        self._state = self._after.pop()

    def character_data(self, text: str) -> None:
        """Text, in pieces."""
        if self._state not in grammar.TEXT_STATES:
            self._refuse_text(text, self._state)
            return
        self._room -= len(text)
        if self._room < 0:
            if self._state == grammar.METHOD_NAME:
                raise limit_passed("max_method_name", self._limits.max_method_name)
            raise limit_passed("max_string", self._limits.max_string)
        self._parts.append(text)

    def comment(self, _text: str) -> None:
        """A comment: harmless between elements, but where text may stand it could split what another reader joins."""
        if self._state in grammar.TEXT_STATES:
            raise _refusal(self._state)

    def _refuse_text(self, text: str, state: str) -> None:
        if text.strip(" \t\r\n"):
            raise _refusal(state)

    def close(self) -> None:
        """Let go of the parser, which holds this object's methods: nothing is left for the garbage collector."""
        self._parser = None

    # -- what the start of an element does, by the state inside it -------------------------------------------

    def _begin_param(self) -> None:
        if len(self.values) >= self._limits.max_params:
            raise limit_passed("max_params", self._limits.max_params)

    def _begin_value(self) -> None:
        self._count += 1
        if self._count > self._limits.max_values:
            raise limit_passed("max_values", self._limits.max_values)
        self._begin_text()

    def _begin_text(self) -> None:
        self._parts = []
        self._room = self._limits.max_string

    def _begin_base64(self) -> None:
        self._parts = []
        self._room = 2 * self._limits.max_string + 8  # four characters for three bytes, and line ends

    def _begin_method_name(self) -> None:
        self._parts = []
        self._room = self._limits.max_method_name
        self.method_bytes = (self._byte_index(), 0)

    def _begin_struct(self) -> None:
        self._open_container({})

    def _begin_array(self) -> None:
        self._open_container([])

    def _open_container(self, container: list[Value] | dict[str, Value]) -> None:
        if len(self._containers) > self._limits.max_depth:
            raise limit_passed("max_depth", self._limits.max_depth)
        self._containers.append(container)

    def _begin_fault(self) -> None:
        self.is_fault = True

    def _byte_index(self) -> int:
        assert self._parser is not None  # noqa: S101 (handlers run while the document is open)
        return self._parser.CurrentByteIndex

    # -- what its end does, by the state it ends in ----------------------------------------------------------

    def _finish_method_name(self) -> None:
        self.method = "".join(self._parts)
        self.method_bytes = (self.method_bytes[0], self._byte_index())

    def _finish_member_name(self) -> None:
        name = "".join(self._parts)
        if not name:
            raise Fault(400, fault.EMPTY_MEMBER_NAME)
        if name in self._containers[-1]:
            raise Fault(400, fault.INVALID_STRUCT)
        self._names.append(name)

    def _finish_string(self) -> None:
        self._value = self._text()

    def _finish_untyped(self) -> None:
        self._value = self._text()
        self._finish_value()

    def _text(self) -> str:
        text = "".join(self._parts)
        return text.replace("\n\n", "\r\n") if self._lf_to_crlf else text

    def _finish_scalar(self) -> None:
        self._value = SCALAR_READERS[self._state]("".join(self._parts), self._limits)

    def _finish_struct(self) -> None:
        struct = self._containers.pop()
        assert isinstance(struct, dict)  # noqa: S101 (pushed by _begin_struct)
        self._value = MappingProxyType(struct)

    def _finish_array(self) -> None:
        self._value = tuple(self._containers.pop())

    def _finish_value(self) -> None:
        container = self._containers[-1]
        if isinstance(container, list):
            container.append(self._value)
        else:
            container[self._names.pop()] = self._value

    # -- the steps' tables --------------------------------------------------------------------------------------------

    _BEGIN: ClassVar[dict[str, Callable[[Document], None]]] = {
        **dict.fromkeys(grammar.SCALARS, _begin_text),
        grammar.VALUE: _begin_value,
        grammar.MEMBER_NAME: _begin_text,
        grammar.METHOD_NAME: _begin_method_name,
        grammar.STRUCT: _begin_struct,
        grammar.FAULT: _begin_fault,
        "base64": _begin_base64,
        "array": _begin_array,
        "param": _begin_param,
    }

    _FINISH: ClassVar[dict[str, Callable[[Document], None]]] = {
        **dict.fromkeys(grammar.SCALARS, _finish_scalar),
        "string": _finish_string,
        grammar.VALUE: _finish_untyped,
        grammar.TYPED_VALUE: _finish_value,
        grammar.METHOD_NAME: _finish_method_name,
        grammar.MEMBER_NAME: _finish_member_name,
        grammar.STRUCT: _finish_struct,
        "finished-array": _finish_array,
    }


def _refusal(state: str) -> Fault:
    return Fault(400, grammar.REFUSALS.get(state, fault.INVALID_DOCUMENT))


_NOWHERE: Final[dict[str, tuple[str, str]]] = {}
