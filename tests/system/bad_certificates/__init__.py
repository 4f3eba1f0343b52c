"""The reference's list of bad client certificates over real sockets (tls 11.1)."""
