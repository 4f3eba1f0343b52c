"""`XmlRpcCodec`: XML-RPC documents as a `Codec`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.rpc.codec import Reading
from sertwist.rpc.fault import Fault
from sertwist.rpc.known_calls import KnownCalls
from sertwist.rpc.xmlrpc_reader import read_call
from sertwist.rpc.xmlrpc_writer import DEFAULT_STYLE, Style, write_fault, write_response

if TYPE_CHECKING:
    from sertwist.limits import XmlRpcLimits
    from sertwist.rpc.call import Value
    from sertwist.rpc.http_request import HttpRequest
    from sertwist.rpc.registry import Registry

__all__ = ["XmlRpcCodec"]


class XmlRpcCodec:
    """Reads and writes XML-RPC."""

    content_type: Final = "text/xml; charset=utf-8"

    def __init__(
        self,
        registry: Registry,
        limits: XmlRpcLimits,
        style: Style = DEFAULT_STYLE,
        *,
        double_lf_to_crlf: bool = False,
    ) -> None:
        """`double_lf_to_crlf`: see `read_call`."""
        self._registry = registry
        self._limits = limits
        self._style = style
        self._double_lf_to_crlf = double_lf_to_crlf
        self._known = KnownCalls(limits)

    def read(self, request: HttpRequest) -> Reading:
        """See `Codec.read`."""
        call = self._known.get(request)
        if call is None:
            try:
                call = read_call(
                    request.body,
                    self._limits,
                    charset=request.charset,
                    double_lf_to_crlf=self._double_lf_to_crlf,
                )
            except Fault as fault:
                return Reading(fault)
            self._known.keep(request, call)
        return Reading(self._registry.canonical(call))

    def write_result(self, _reading: Reading, value: Value, _request: HttpRequest) -> bytes:
        """See `Codec.write_result`."""
        return write_response(value, self._style)

    def write_fault(self, _reading: Reading | None, fault: Fault) -> bytes:
        """See `Codec.write_fault`."""
        return write_fault(fault.code, fault.text)
