"""The audit log's parameters, which module xmlrpc declares (reference rpc 5, 14.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sertwist.rpc.audit.level import AuditSettings, Level
from sertwist.script.declare import Kind, Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sertwist.modules.setup import Setup

__all__ = ["AUDIT_PARAMETERS", "audit_settings", "check_audit_settings"]

_LEVELS: Final = {level.name.lower(): level for level in Level}
_WORDS: Final = {"audit": tuple(_LEVELS), "audit_failure": ("refuse", "continue")}


def _number(name: str, default: int, bounds: tuple[int, int], unit: str, text: str) -> Parameter:
    least, most = bounds
    return Parameter(name=name, kind=Kind.NUMBER, default=default, minimum=least, maximum=most, unit=unit, help=text)


AUDIT_PARAMETERS: Final = (
    Parameter(
        name="audit_file",
        default="",
        help="The audit log, from the script's folder; its head and older files stand beside it. Empty: there is none.",
    ),
    Parameter(
        name="audit",
        default="write",
        help="Which management calls it records: `none`, `denied` (refused ones), `write` (also those that change "
        "something), `all`.",
    ),
    Parameter(
        name="audit_failure",
        default="refuse",
        help="While it can not be written, calls that change something are refused (`refuse`), or run unrecorded "
        "(`continue`).",
    ),
    _number(
        "audit_rotate_size", 67_108_864, (0, 1 << 40), "bytes", "A file of this size is followed by another; 0: never."
    ),
    _number(
        "audit_rotate_days", 1, (0, 3_650), "days", "A file that old is followed by another at midnight UTC; 0: never."
    ),
    _number("audit_keep", 90, (1, 100_000), "files", "Older files that are kept; then the oldest is removed."),
)


def check_audit_settings(settings: Mapping[str, Any], setup: Setup) -> None:
    """Tell what is wrong with them."""
    for name, words in _WORDS.items():
        if str(settings[name]) not in words:
            setup.error("bad-setting", name, f"{name}: {settings[name]!r} is none of {', '.join(words)}")


def audit_settings(settings: Mapping[str, Any]) -> AuditSettings:
    """What they mean; without a file nothing is recorded."""
    return AuditSettings(
        level=_LEVELS[str(settings["audit"])] if settings["audit_file"] else Level.NONE,
        refuse=settings["audit_failure"] == "refuse",
        rotate_bytes=settings["audit_rotate_size"],
        rotate_days=settings["audit_rotate_days"],
        keep=settings["audit_keep"],
    )
