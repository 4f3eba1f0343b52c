"""What an HTTP answer says about the call: its value, a fault, a refusal, or nothing that is understood."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sertwist.client.failure import BadAnswerError, DeniedError, Failure, FaultError, NotFoundError, OutcomeUnknownError
from sertwist.client.json_codec import HintedFault
from sertwist.errors import PeerError
from sertwist.rpc.fault import Fault

if TYPE_CHECKING:
    from sertwist.client.endpoint import Endpoint
    from sertwist.client.exchange import Answer
    from sertwist.rpc.call import Value

__all__ = ["bad_answer", "fault_failure", "read_answer"]

# Servers and scripts of twenty years say "denied" in the text of a fault 400 (reference rpc 8.1).
DENIED: Final = re.compile(r"Unauthori[sz]ed|Access to .* denied", re.DOTALL)
METHOD_NOT_FOUND: Final = "Method Not Found"
NO_SUCH_METHOD: Final = -32601  # JSON-RPC's and the fault interoperability convention's


def read_answer(answer: Answer, endpoint: Endpoint) -> Value:
    """The value that the server returned.

    Raises:
        FaultError: the server answered a fault, or another status than 200.
        OutcomeUnknownError: a gateway between answered.
        BadAnswerError: the body is no response.
    """
    try:
        value = endpoint.protocol.read(answer.body)
    except Fault as fault:  # it may come with any status
        raise fault_failure(fault) from fault
    except PeerError as error:
        if answer.status == HTTPStatus.OK:
            raise bad_answer(str(error)) from error
        raise _status_failure(answer, endpoint) from error
    if answer.status != HTTPStatus.OK:
        raise _status_failure(answer, endpoint)
    return value


def bad_answer(message: str, number: int | None = None) -> Failure:
    """The failure for an answer that can't be understood; `number` is its HTTP status if it has one."""
    return BadAnswerError(message, code="bad-answer", number=number)


def fault_failure(fault: Fault) -> FaultError:
    """The exception for a fault that the server answered."""
    code, text = fault.code, fault.text
    hint = fault.hint if isinstance(fault, HintedFault) else ""
    if code in {401, 403} or DENIED.fullmatch(text):
        return DeniedError(text, code="denied", number=code, hint=hint)
    if code == NO_SUCH_METHOD or text == METHOD_NOT_FOUND:
        return NotFoundError(text, code="no-method", number=code, hint=hint)
    if code == HTTPStatus.NOT_FOUND:
        return NotFoundError(text, code="not-found", number=code, hint=hint)
    return FaultError(text, code="fault", number=code, hint=hint)


def _status_failure(answer: Answer, endpoint: Endpoint) -> Failure:
    status = answer.status
    said = f"{endpoint.address} answered {status} {answer.reason}".rstrip()
    if 300 <= status < 400:
        location = answer.fields.get("Location", "an unnamed place")
        return bad_answer(f"{said}: a redirect to {location}, which is not followed", status)
    if status in {401, 403}:
        return DeniedError(said, code="denied", number=status)
    if status == HTTPStatus.NOT_FOUND:
        message, hint = f"{said} to the path {endpoint.path}", "Is the URL's path right?"
        return NotFoundError(message, code="not-found", number=status, hint=hint)
    if status in {502, 504}:
        message = f"{said}: a gateway stands between, and what the server did is not known"
        return OutcomeUnknownError(message, code="gateway", number=status)
    if status >= 400:
        return FaultError(said, code="http-error", number=status)
    return bad_answer(f"{said} and no {endpoint.protocol.words} response", status)
