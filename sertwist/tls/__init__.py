"""TLS without sockets: domains, contexts, and what a handshake proves about a peer.

Read in this order: `domain` (one row of settings), `domain_table` (which row serves a connection), `loading` (from a
script's parameters and tls.cfg to the table), `openssl_context` and `context` (a row at work), `handshake` (what is
recorded while one runs), `identity` (the verdict on the peer), `revocation` (what changes it later), `session` (what
the script sees), `sip_identity` and `server_check` (whether the server is the one called), `ocsp` and `staple`,
`expiry`, `failure` (refusals in words).
"""
