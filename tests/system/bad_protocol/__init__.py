"""The reference's list of bad TLS protocol input over real sockets (tls 11.2)."""
