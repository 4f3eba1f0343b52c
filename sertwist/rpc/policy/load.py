"""Read a policy from its file; the users of Unix sockets are this host's."""

from __future__ import annotations

import os
import pwd
import stat
from typing import TYPE_CHECKING

from sertwist.limits import MAX_POLICY_FILE
from sertwist.rpc.policy.finding import Finding, Severity
from sertwist.rpc.policy.reader import read_policy, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sertwist.rpc.declare import Method
from sertwist.rpc.policy.reader import Reading

__all__ = ["load_policy", "uid_of"]


def load_policy(path: Path, name: str, methods: Iterable[Method]) -> Reading:
    """The policy in the file `path`, which is called `name` for people; see `read_policy`.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        data = file.read(MAX_POLICY_FILE + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return unreadable(name, line, "no TOML: it is not UTF-8", "policy-toml")
    reading = read_policy(text, name, methods, uid_of)
    if mode & stat.S_IWOTH:
        message, fix = "every user of this host may change the file", f"chmod o-w {path}"
        return reading.with_finding(
            Finding(code="policy-file", severity=Severity.WARNING, file=name, line=1, message=message, fix=fix)
        )
    return reading


def uid_of(name: str) -> int | None:
    """The number of the user `name` of this host; None when there is none."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None
