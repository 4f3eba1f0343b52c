"""TLS without sockets: domains, contexts, and what a handshake proves about a peer.

Read in this order: `domain` (one row of settings), `domain_table` (which row serves an address), `settings` and
`loading` (from `modparam` values to the table, all problems at once), `context` (a row as an OpenSSL context),
`handshake` (what is recorded while it runs), `identity` (the verdict on the peer), `session` (what the script
sees), `failure` (refusals in words).
"""
