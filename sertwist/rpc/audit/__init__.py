"""The audit log: one record a management call, in a chain of hashes that shows what was changed, and who looks at it.

Values in, lines out: the file is behind `Store`, the clocks come in.
"""
