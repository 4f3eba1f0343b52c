"""sertwist: a SIP and XML-RPC server whose behaviour is a routing script, and serctl, its client.

Read in this order: `sip` (messages), `tls` (who is the peer), `rpc` (management calls), `script` (ser.cfg to
functions), `modules` (what a script can use), `transport` (sockets), `server` (the whole, as a Twisted service).
`serctl` stands apart.
"""

__version__ = "0.1.0"
