"""Load how a domain speaks: versions, cipher suites, groups, protocols, times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sertwist.errors import ConfigError
from sertwist.limits import DEFAULT_DEPTH, NEVER
from sertwist.tls._ossl import accepts_groups
from sertwist.tls.ciphers import TLS13_SUITES, check_cipher_words, cipher_words, is_bare
from sertwist.tls.domain import CIPHER_LIST, CIPHERSUITES, ProtocolVersion
from sertwist.tls.loading.methods import METHOD_NAMES, parse_method
from sertwist.tls.openssl_context import offered_ciphers

if TYPE_CHECKING:
    from sertwist.tls.loading.loader import DomainLoader

__all__ = [
    "load_alpn",
    "load_cipher_list",
    "load_ciphersuites",
    "load_depth",
    "load_groups",
    "load_idle_timeout",
    "load_timeout",
    "load_versions",
]

# Mozilla's "intermediate" of guideline 5.8, the first that the library takes: with OpenSSL 3.5 the two best groups'
# key shares are both sent, and names that it does not know are left out; the last entry is what it allows by itself.
_GROUPS: Final = ("?*X25519MLKEM768/?*X25519:?P-256:?P-384", "X25519:P-256:P-384", "")
MAX_DEPTH: Final = 100
_MAX_SECONDS = 2**31 - 1
_MILLISECONDS_LIKELY = 1_000  # a timeout of this size was meant in milliseconds, as one descendant of SER has them
_PROTOCOL = re.compile(r"[!-+\--~]{1,255}")  # visible, no comma; RFC 7301 3.1


def load_versions(loader: DomainLoader) -> tuple[ProtocolVersion, ProtocolVersion]:
    """Oldest and newest protocol version."""
    given = loader.settings.one("method")
    if given is not None:
        try:
            minimum, maximum, warning = parse_method(given.text)
        except ConfigError as error:
            loader.error(given.where, str(error), f"write one of {', '.join(METHOD_NAMES)}")
        else:
            if warning:
                loader.warn(given.where, f"method {given.text} {warning}", "write TLSv1.2+")
            return minimum, maximum
    return ProtocolVersion.TLS_1_2, ProtocolVersion.TLS_1_3


def load_depth(loader: DomainLoader) -> int:
    """Intermediates that a peer's chain may have."""
    depth = loader.number("verify_depth", 0, MAX_DEPTH)
    return DEFAULT_DEPTH if depth is None else depth


def load_cipher_list(loader: DomainLoader) -> str:
    """Suites for TLS 1.2."""
    given = loader.settings.one("cipher_list")
    if given is None:
        return CIPHER_LIST
    refused = check_cipher_words(given.text)
    for text, fix in refused:
        loader.error(given.where, f"cipher_list: {text}", fix)
    if refused:
        return given.text
    # The library passes over a word it does not know when others are good.
    unknown = [word for word in cipher_words(given.text) if not _is_known(word)]
    offered = offered_ciphers(given.text)
    if not offered:
        why = f": {unknown[0]} names no suite of this library" if unknown else ""
        loader.error(given.where, f"cipher_list leaves no cipher suite{why}", "leave it out for the default list")
        return given.text
    bare = [name for name in offered if is_bare(name)]
    if bare:
        loader.error(given.where, f"cipher_list: {bare[0]} protects nothing", "add !aNULL:!eNULL")
    for word in unknown:
        loader.warn(given.where, f"cipher_list: {word} names no suite of this library", "check its spelling")
    return given.text


def _is_known(word: str) -> bool:
    return word[0] in "!-@" or bool(offered_ciphers(word.lstrip("+")))


def load_ciphersuites(loader: DomainLoader) -> str:
    """Suites for TLS 1.3."""
    given = loader.settings.one("ciphersuites")
    if given is None:
        return CIPHERSUITES
    words = cipher_words(given.text)
    known = f"known: {', '.join(sorted(TLS13_SUITES))}"
    for word in words:
        if word not in TLS13_SUITES:
            loader.error(given.where, f"ciphersuites: {word} is no TLS 1.3 suite", known)
    if not words:
        loader.error(given.where, "ciphersuites leaves no cipher suite", known)
    return ":".join(words)


def load_groups(loader: DomainLoader) -> str:
    """Groups for the key exchange, empty where the library's can't be changed."""
    given = loader.settings.one("groups")
    if given is None:
        return next(groups for groups in _GROUPS if not groups or accepts_groups(groups))
    words = cipher_words(given.text)
    unknown = [word for word in words if not accepts_groups(word)]
    for word in unknown:
        loader.error(given.where, f"groups: {word} is no group of this library", "write such as X25519:P-256")
    if not words:
        loader.error(given.where, "groups names none", "leave it out for X25519MLKEM768:X25519:P-256:P-384")
    return "" if unknown else ":".join(words)


def load_alpn(loader: DomainLoader) -> tuple[str, ...]:
    """Protocols to agree on."""
    given = loader.settings.one("alpn")
    if given is None:
        return ()
    words = tuple(word.strip() for word in given.text.split(","))
    for word in words:
        if not _PROTOCOL.fullmatch(word):
            loader.error(given.where, f"alpn: {word!r} is no protocol name", "write such as sip/2,http/1.1")
    return words


def load_timeout(loader: DomainLoader, name: str) -> float | None:
    """A bound in seconds, None when it is not set."""
    seconds = loader.number(name, 1, _MAX_SECONDS)
    if seconds is None:
        return None
    given = loader.settings.one(name)
    if seconds >= _MILLISECONDS_LIKELY and given is not None:
        loader.warn(given.where, f"{name} is {seconds}: it counts seconds", "write 10 for ten seconds")
    return float(seconds)


def load_idle_timeout(loader: DomainLoader) -> float | None:
    """Seconds without a message, None when it is not set; -1 is never."""
    seconds = loader.number("connection_timeout", -1, _MAX_SECONDS)
    if seconds == 0:
        given = loader.settings.one("connection_timeout")
        loader.error(given and given.where, "connection_timeout can't be 0", "write -1 for never")
    return NEVER if seconds == -1 else seconds
