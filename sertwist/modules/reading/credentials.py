"""Credentials that a request carries: `@authorization["realm"]`, `$au` (nothing here checks them)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sertwist.sip.credentials import parse_credentials
from sertwist.sip.errors import BadHeaderError
from sertwist.sip.text import as_bytes, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sertwist.script.context import RouteContext
    from sertwist.sip.credentials import Credentials

__all__ = ["credentials_part", "credentials_text", "first_credentials_part"]

_HEADERS = ("proxy-authorization", "authorization")


def _found(ctx: RouteContext, header: str, realm: str) -> tuple[bytes, Credentials] | None:
    wanted = as_bytes(realm)
    for value in ctx.header_values(header):
        try:
            parsed = parse_credentials(value)
        except BadHeaderError:
            continue
        if parsed.param(b"realm") == wanted:
            return value, parsed
    return None


def credentials_text(header: str) -> Callable[[RouteContext, str], str | None]:
    """What reads the whole value of the credentials for a realm."""

    def get(ctx: RouteContext, realm: str) -> str | None:
        found = _found(ctx, header, realm)
        return None if found is None else as_text(found[0])

    return get


def credentials_part(header: str, part: str) -> Callable[[RouteContext, str], str | None]:
    """What reads one part of the credentials for a realm: a parameter, or `user` and `domain` of the username."""

    def get(ctx: RouteContext, realm: str) -> str | None:
        found = _found(ctx, header, realm)
        return None if found is None else _part(found[1], part)

    return get


def first_credentials_part(part: str) -> Callable[[RouteContext], str | None]:
    """What reads one part of the first credentials, whatever their realm; undefined when it is not there."""

    def get(ctx: RouteContext) -> str | None:
        for header in _HEADERS:
            for value in ctx.header_values(header):
                try:
                    return _part(parse_credentials(value), part) or None
                except BadHeaderError:
                    continue
        return None

    return get


def _part(found: Credentials, part: str) -> str:
    if part in ("user", "domain"):
        user, _, domain = as_text(found.param(b"username") or b"").partition("@")
        return user if part == "user" else domain
    return as_text(found.param(part.encode("ascii")) or b"")
