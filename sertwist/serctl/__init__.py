"""`serctl`: the operator's client, XML-RPC over mutual TLS.

Read in this order: `cli` (options), `commands` (what each does), `session` (one call and how it can fail),
`connection` and `credentials` (TLS), `arguments` (text to typed values), `output` (values to text), `context`
(serctl.toml). It knows codecs and errors of this project, never Twisted.
"""
