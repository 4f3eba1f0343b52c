"""A script tried without a network: one message or call through the real receiver, script and forwarder.

`sertwist trace` shows what one message does, `sertwist test` runs a user's own cases, the project's own tests use it
too. `played` stands in for sockets, connections, names and clocks; nothing is opened and nothing waits.
"""
