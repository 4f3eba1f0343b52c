"""What an HTTP answer says about the call: its value, a fault, a refusal, or nothing that is understood."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sertwist.errors import PeerError
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_response
from sertwist.serctl.exit_codes import ExitCode, Failure

if TYPE_CHECKING:
    from sertwist.rpc.call import Value
    from sertwist.serctl.endpoint import Endpoint
    from sertwist.serctl.exchange import Answer

__all__ = ["bad_answer", "read_answer"]

# Servers and scripts of twenty years say "denied" in the text of a fault 400 (reference rpc 8.1).
DENIED: Final = re.compile(r"Unauthori[sz]ed|Access to .* denied", re.DOTALL)
METHOD_NOT_FOUND: Final = "Method Not Found"
NO_SUCH_METHOD: Final = -32601  # JSON-RPC's and the fault interoperability convention's


def read_answer(answer: Answer, endpoint: Endpoint) -> Value:
    """The value that the server returned.

    Raises:
        Failure: a fault, another status than 200, or a body that is no XML-RPC response.
    """
    try:
        value = read_response(answer.body)
    except Fault as fault:  # it may come with any status
        raise _fault_failure(fault) from fault
    except PeerError as error:
        if answer.status == HTTPStatus.OK:
            raise bad_answer(str(error)) from error
        raise _status_failure(answer, endpoint) from error
    if answer.status != HTTPStatus.OK:
        raise _status_failure(answer, endpoint)
    return value


def bad_answer(message: str, number: int | None = None) -> Failure:
    """The failure for an answer that can't be understood; `number` is its HTTP status if it has one."""
    return Failure(ExitCode.BAD_ANSWER, message, code="bad-answer", number=number)


def _fault_failure(fault: Fault) -> Failure:
    code, text = fault.code, fault.text
    if code in {401, 403} or DENIED.fullmatch(text):
        return Failure(ExitCode.DENIED, text, code="denied", number=code)
    if code in {404, NO_SUCH_METHOD} or text == METHOD_NOT_FOUND:
        return Failure(ExitCode.NOT_FOUND, text, code="not-found", number=code)
    return Failure(ExitCode.FAULT, text, code="fault", number=code)


def _status_failure(answer: Answer, endpoint: Endpoint) -> Failure:
    status = answer.status
    said = f"{endpoint.address} answered {status} {answer.reason}".rstrip()
    if 300 <= status < 400:
        location = answer.fields.get("Location", "an unnamed place")
        return bad_answer(f"{said}: a redirect to {location}, which is not followed", status)
    if status in {401, 403}:
        return Failure(ExitCode.DENIED, said, code="denied", number=status)
    if status == HTTPStatus.NOT_FOUND:
        message, hint = f"{said} to the path {endpoint.path}", "Is the URL's path right?"
        return Failure(ExitCode.NOT_FOUND, message, code="not-found", number=status, hint=hint)
    if status in {502, 504}:
        message = f"{said}: a gateway stands between, and what the server did is not known"
        return Failure(ExitCode.UNKNOWN_OUTCOME, message, code="gateway", number=status)
    if status >= 400:
        return Failure(ExitCode.FAULT, said, code="http-error", number=status)
    return bad_answer(f"{said} without an XML-RPC response", status)
