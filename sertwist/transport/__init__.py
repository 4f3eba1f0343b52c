"""Everything that touches a socket. Read `listen` and `udp` (listeners), then `stream` (one connection).

A connection is made of a `channel` (its bytes, plain or TLS), `tls_accept` (the handshake), `outgoing` (what the peer
has yet to take) and a `phase` (what it waits for, how long). `connection_table` bounds who may hold one, `backlog`
keeps pipelined messages from crowding out the others, `receiver` is the seam to the server, `reactor` to Twisted;
`ready` watches all sockets for it, `turn` orders what those do that are ready together.
"""
