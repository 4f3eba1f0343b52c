"""What scripts read of a message: one function a value, which selects, variables and operands share.

`None` is undefined. What a peer sent is text with odd octets as lone surrogates (`sip.text`), and never raises.
"""
