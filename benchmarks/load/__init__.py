"""Load: two generators in C (closed loops, percentiles) and peers that misbehave in Python."""
