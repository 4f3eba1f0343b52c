"""Edit a message's header lines and body as one text, and keep what comes of it a message (reference language 9.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.sip.header_text import check_lines
from sertwist.sip.scan import HEAD_END, split_lines
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.sip.edits import Edits
    from sertwist.sip.message import Message

__all__ = ["edit_body", "edit_head", "edit_text"]


def edit_text(edits: Edits, message: Message, change: Callable[[str], str | None]) -> bool:
    """Apply `change` to everything below the start line; False when it gives None.

    Raises:
        ValueError: what it gives is no header and body any more; nothing is changed then.
    """
    head, body = b"\r\n".join(edits.lines(message)), edits.body(message)
    changed = change(as_text(head + HEAD_END + body))
    if changed is None:
        return False
    new_head, end, new_body = as_bytes(changed).partition(HEAD_END)
    if not end:
        raise ValueError("no empty line ends the header")
    edits.rewrite_lines(_lines(new_head))
    if new_body != body:
        edits.replace_body(new_body)
    return True


def edit_head(edits: Edits, message: Message, change: Callable[[str], str | None]) -> bool:
    """Apply `change` to the header lines; False when it gives None.

    Raises:
        ValueError: what it gives are no header lines any more; nothing is changed then.
    """
    changed = change(as_text(b"\r\n".join(edits.lines(message)) + b"\r\n"))
    if changed is None:
        return False
    edits.rewrite_lines(_lines(as_bytes(changed).removesuffix(b"\r\n")))
    return True


def edit_body(edits: Edits, message: Message, change: Callable[[str], str | None]) -> bool:
    """Apply `change` to the body; False when it gives None."""
    changed = change(as_text(edits.body(message)))
    if changed is None:
        return False
    edits.replace_body(as_bytes(changed))
    return True


def _lines(head: bytes) -> list[bytes]:
    if head.count(b"\r") != head.count(b"\r\n") or head.count(b"\n") != head.count(b"\r\n"):
        raise ValueError("CR or LF alone in a header line")
    return list(check_lines(split_lines(head)))
