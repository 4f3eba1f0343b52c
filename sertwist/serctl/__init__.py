"""`serctl`: the operator's client, XML-RPC over mutual TLS.

Read in this order: `cli` (options), `commands` (what each does), `sertwist.client` (one call and how it can fail),
`arguments` (text to typed values), `output` (values to text), `context` (serctl.toml). It knows codecs and errors of
this project, never Twisted.
"""
