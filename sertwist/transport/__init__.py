"""Everything that touches a socket. Read `listen` and `udp` (listeners), then a connection from the bottom up.

A connection is a `stream_socket` (bytes, deadline, end), a `handshake_socket` (what comes before messages) and a
`stream` (messages in order), or an `outbound` one that `connector` opened. It is made of a `channel` (its bytes, plain
or TLS), `tls_accept` or `tls_connect` (the handshake, which a `record_handshake` feeds), `outgoing` (what the peer has
yet to take) and a `phase` (what it waits for, how long). `connection_table` bounds who may hold one, `handshake_queue`
and `backlog` keep strangers and pipelined messages from crowding out the others, `receiver` is the seam to the server,
`reactor` to Twisted; `ready` watches all sockets for it, `turn` orders what those do that are ready together.
"""
