"""Measurements of the running server: `make bench`. Server on one core, load on another, a peer in the same minute."""
