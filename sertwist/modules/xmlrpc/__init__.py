"""`xmlrpc`: XML-RPC calls over HTTP on the SIP ports, judged by the script.

Read `management` (one call on its way through the script), then `carriage` (from an HTTP request to its answer), then
`module` (what the script can use).
"""

from sertwist.modules.xmlrpc.module import XmlRpcModule

__all__ = ["XmlRpcModule"]
