"""What is spoken over HTTP: XML-RPC or JSON-RPC 2.0, each as the pair of its writer and its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from sertwist.client.json_codec import read_json_response, write_json_call
from sertwist.rpc.fault import Fault
from sertwist.rpc.xmlrpc_reader import read_response
from sertwist.rpc.xmlrpc_writer import write_call

if TYPE_CHECKING:
    from sertwist.rpc.call import Value

__all__ = ["JSONRPC", "XMLRPC", "Params", "Protocol"]

#: In order; by name, which only JSON-RPC carries.
Params: TypeAlias = "Sequence[Value] | Mapping[str, Value]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How calls are written and answers are read.

    Attributes:
        name: as options call it.
        words: as people call it.
        path: where servers have it.
        content_type: of requests and answers.
        ends: what a whole answer ends with; tells it from a cut one where HTTP gave no length.
        write: the document of a call; raises `Fault` for what it cannot carry.
        read: the value of an answer's body; raises `Fault` for a fault, `PeerError` for what is no response.
    """

    name: str
    words: str
    path: str
    content_type: str
    ends: tuple[bytes, ...]
    write: Callable[[str, Params], bytes]
    read: Callable[[bytes], Value]


def _write_xml(method: str, params: Params) -> bytes:
    if isinstance(params, Mapping):
        raise Fault(400, "parameters have an order and no names there")
    return write_call(method, params)


XMLRPC: Final = Protocol(
    name="xmlrpc",
    words="XML-RPC",
    path="/RPC2",
    content_type="text/xml",
    ends=(b"</methodResponse>",),
    write=_write_xml,
    read=read_response,
)

JSONRPC: Final = Protocol(
    name="jsonrpc",
    words="JSON-RPC",
    path="/jsonrpc",
    content_type="application/json",
    ends=(b"}",),
    write=write_json_call,
    read=read_json_response,
)
