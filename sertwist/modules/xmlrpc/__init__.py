"""`xmlrpc`: management calls over HTTP on the SIP ports, judged by the script.

Read `sertwist.modules.management` (a call's way) first, then `module` (what the script can use).
"""

from sertwist.modules.xmlrpc.module import XmlRpcModule

__all__ = ["XmlRpcModule"]
