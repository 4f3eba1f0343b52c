"""A corpus of routing scripts of all dialects, written for this project.

Each `NAME.cfg` has `NAME.txt` beside it: what the checker says about it, a finding a line, reviewed by a person.
Those in `broken` have errors, all others have none. `NAME.test.toml` is how the script behaves. After a change that is
meant:

    python -m tests.scripts.update

and read the difference before it is committed.
"""
