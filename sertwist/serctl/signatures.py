"""What `system.methodSignature` says about a method's parameters, and which type that gives to each argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from sertwist.serctl.exit_codes import ExitCode, Failure

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.session import Session

__all__ = ["Signature", "declared_types", "fetch_signatures"]

Signature: TypeAlias = tuple[str, ...]  # the result's type, then the parameters'


def fetch_signatures(session: Session, method: str) -> list[Signature]:
    """The ways to call `method`, none if the server does not say.

    Raises:
        Failure: the server can't be reached; whatever became of this question, `method` itself was not sent.
    """
    try:
        return _read(session.call("system.methodSignature", method))
    except Failure as failure:
        if failure.exit_code == ExitCode.UNREACHABLE:
            raise
        if failure.exit_code == ExitCode.UNKNOWN_OUTCOME:
            message = f"the signature of {method} was not answered; {method} was not sent"
            raise Failure(ExitCode.UNREACHABLE, message, code=failure.code) from failure
        return []


def declared_types(signatures: Sequence[Signature], count: int) -> list[str | None]:
    """The type of each of `count` arguments, None where the signatures leave it open.

    Signatures of that many parameters decide; if there is none (a call that the server will refuse, or one of a method
    that takes any number), those with more or fewer decide the places that they have.
    """
    exact = [signature[1:] for signature in signatures if len(signature) == count + 1]
    return [_agreed(exact or [signature[1:] for signature in signatures], at) for at in range(count)]


def _agreed(parameters: Sequence[Signature], at: int) -> str | None:
    types = {signature[at] for signature in parameters if at < len(signature)}
    return types.pop() if len(types) == 1 else None


def _read(value: Value) -> list[Signature]:
    """An array of arrays of type names; anything else says nothing."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        return []
    found = []
    for each in value:
        if isinstance(each, Sequence) and not isinstance(each, str | bytes) and each:
            names = tuple(name for name in each if isinstance(name, str))
            if len(names) == len(each):
                found.append(names)
    return found
