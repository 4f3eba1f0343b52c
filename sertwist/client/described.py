"""What a server says about its methods: parameters, effect, whether a call may be repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from sertwist.client.failure import Failure, OutcomeUnknownError, UnreachableError

if TYPE_CHECKING:
    from sertwist.client.protocol import Params
    from sertwist.rpc.call import Value

__all__ = ["Described", "Parameter", "Signature", "describe", "key_memory"]

Signature: TypeAlias = tuple[str, ...]  # the result's type, then the parameters'

EFFECTS: Final = ("read", "write", "destructive")


class Calls(Protocol):
    """Who can call one method of one server."""

    def call(self, method: str, params: Params = (), *, key: str = "") -> Value:
        """The result of `method`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter, as the server declares it; `type` is XML-RPC's word for it."""

    name: str
    type: str = "undef"
    is_optional: bool = False
    is_repeated: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is known of one method; a server that says nothing leaves all of it empty.

    Attributes:
        name: canonical, if the server said so.
        parameters: in order, if the server names them.
        signatures: the ways to call it, by types.
        effect: `read`, `write` or `destructive`; empty if that is not known.
        is_idempotent: does running it twice do the same as once?
        words: its help.
        said: the server's whole answer.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    signatures: tuple[Signature, ...] = ()
    effect: str = ""
    is_idempotent: bool = False
    words: str = ""
    said: Mapping[str, Value] | None = None

    @property
    def is_known(self) -> bool:
        """Does the server say anything of it?"""
        return self.said is not None or bool(self.signatures)

    def types(self, count: int) -> list[str | None]:
        """The type of each of `count` arguments, None where the server leaves it open.

        Signatures of that many parameters decide; if there is none (a call that the server will refuse, or one of a
        method that takes any number), those with more or fewer decide the places that they have.
        """
        if self.parameters:
            return [_declared_type(self.parameters, at) for at in range(count)]
        exact = [each[1:] for each in self.signatures if len(each) == count + 1]
        return [_agreed(exact or [each[1:] for each in self.signatures], at) for at in range(count)]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return next((each for each in self.parameters if each.name == name), None)


def describe(server: Calls, method: str) -> Described:
    """What `server` says of `method`, by system.methodInfo, or by system.methodSignature of an older one.

    Raises:
        UnreachableError: it can't be reached; whatever became of this question, `method` itself was not sent.
    """
    said = _ask(server, "system.methodInfo", method)
    if isinstance(said, Mapping):
        return _read_info(method, said)
    return Described(name=method, signatures=_read_signatures(_ask(server, "system.methodSignature", method)))


def key_memory(server: Calls) -> str:
    """The name of the memory in which `server` keeps the idempotency keys of our calls; empty if it keeps none.

    It has another name once it is another, after a restart.

    Raises:
        UnreachableError: it can't be reached.
    """
    said = _ask(server, "system.getCapabilities")
    keys = said.get("idempotency") if isinstance(said, Mapping) else None
    name = keys.get("memory") if isinstance(keys, Mapping) else None
    return name if isinstance(name, str) else ""


def _ask(server: Calls, question: str, *params: str) -> Value:
    """The answer; None if the server does not tell."""
    try:
        return server.call(question, params)
    except UnreachableError:
        raise
    except OutcomeUnknownError as failure:
        about = params[0] if params else "the method"
        message = f"{question} was not answered; {about} was not sent"
        raise UnreachableError(message, code=failure.code) from failure
    except Failure:
        return None


def _read_info(method: str, said: Mapping[str, Value]) -> Described:
    """An answer of system.methodInfo, in which nothing is taken on trust."""
    effect, words, name = said.get("effect"), said.get("help"), said.get("name")
    found = said.get("params")
    return Described(
        name=name if isinstance(name, str) and name else method,
        parameters=tuple(_read_parameter(each) for each in found if isinstance(each, Mapping))
        if isinstance(found, list | tuple)
        else (),
        effect=effect if isinstance(effect, str) and effect in EFFECTS else "",
        is_idempotent=said.get("idempotent") is True,
        words=words if isinstance(words, str) else "",
        said=said,
    )


def _read_parameter(said: Mapping[str, Value]) -> Parameter:
    return Parameter(
        name=str(said.get("name", "")),
        type=str(said.get("type", "undef")),
        is_optional=said.get("optional") is True,
        is_repeated=said.get("repeated") is True,
        words=str(said.get("description", "")),
    )


def _read_signatures(value: Value) -> tuple[Signature, ...]:
    """An array of arrays of type names; anything else says nothing."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        return ()
    found = []
    for each in value:
        if isinstance(each, Sequence) and not isinstance(each, str | bytes) and each:
            names = tuple(name for name in each if isinstance(name, str))
            if len(names) == len(each):
                found.append(names)
    return tuple(found)


def _declared_type(parameters: Sequence[Parameter], at: int) -> str | None:
    if at < len(parameters):
        return parameters[at].type
    return parameters[-1].type if parameters[-1].is_repeated else None


def _agreed(parameters: Sequence[Signature], at: int) -> str | None:
    types = {each[at] for each in parameters if at < len(each)}
    return types.pop() if len(types) == 1 else None
