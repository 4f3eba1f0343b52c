"""SIP without I/O: messages from bytes, their headers, the checks before a script, replies (RFC 3261).

Read in this order: `grammar` (tokens, quoted lists), `header_names`, `scan` (a head into lines), `params`,
`uri`, `via`, `address`, `cseq` (one header family each), `header_fields` (look-ups, parsed on first use),
`message` (requests, responses, `parse_message`), `edits` (changes kept beside the bytes), `sanity`,
`reply`, `framer` (messages out of a stream).
"""
