"""Everything that touches a socket: `listen` and `udp` (listeners), `stream` (one connection), `channel` (its bytes).

`connection_table` bounds who may hold a connection; `reactor` says what is needed of Twisted's.
"""
