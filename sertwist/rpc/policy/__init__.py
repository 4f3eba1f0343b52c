"""The role policy: a TOML file says who may call what (reference rpc 14, docs/policy.md).

Read `reader` (from text to `Policy`), `policy` and `holder` (from a call to a `Verdict`), `condition` (what a rule may
depend on), then `review` (what is wrong with a policy as a whole). Nothing here does I/O.
"""

from sertwist.rpc.policy.policy import Policy
from sertwist.rpc.policy.reader import Reading, read_policy
from sertwist.rpc.policy.verdict import Bound, Confirm, Verdict

__all__ = ["Bound", "Confirm", "Policy", "Reading", "Verdict", "read_policy"]
