"""Cipher suites: how each is described, and which words of a list are refused (reference tls 1.3, 11.3)."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["TLS13_SUITES", "check_cipher_words", "cipher_words", "describe_cipher", "is_bare"]

_GCM128, _GCM256, _CHACHA = "AESGCM(128)", "AESGCM(256)", "CHACHA20/POLY1305(256)"

# name: (version that introduced it, key exchange, authentication, encryption, MAC)
_SUITES: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "TLS_AES_128_GCM_SHA256": ("TLSv1.3", "any", "any", _GCM128, "AEAD"),
    "TLS_AES_256_GCM_SHA384": ("TLSv1.3", "any", "any", _GCM256, "AEAD"),
    "TLS_CHACHA20_POLY1305_SHA256": ("TLSv1.3", "any", "any", _CHACHA, "AEAD"),
    "TLS_AES_128_CCM_SHA256": ("TLSv1.3", "any", "any", "AESCCM(128)", "AEAD"),
    "TLS_AES_128_CCM_8_SHA256": ("TLSv1.3", "any", "any", "AESCCM8(128)", "AEAD"),
    "ECDHE-ECDSA-AES128-GCM-SHA256": ("TLSv1.2", "ECDH", "ECDSA", _GCM128, "AEAD"),
    "ECDHE-RSA-AES128-GCM-SHA256": ("TLSv1.2", "ECDH", "RSA", _GCM128, "AEAD"),
    "ECDHE-ECDSA-AES256-GCM-SHA384": ("TLSv1.2", "ECDH", "ECDSA", _GCM256, "AEAD"),
    "ECDHE-RSA-AES256-GCM-SHA384": ("TLSv1.2", "ECDH", "RSA", _GCM256, "AEAD"),
    "ECDHE-ECDSA-CHACHA20-POLY1305": ("TLSv1.2", "ECDH", "ECDSA", _CHACHA, "AEAD"),
    "ECDHE-RSA-CHACHA20-POLY1305": ("TLSv1.2", "ECDH", "RSA", _CHACHA, "AEAD"),
    "AES128-SHA": ("SSLv3", "RSA", "RSA", "AES(128)", "SHA1"),
    "AES256-SHA": ("SSLv3", "RSA", "RSA", "AES(256)", "SHA1"),
    "ECDHE-RSA-AES128-SHA": ("TLSv1", "ECDH", "RSA", "AES(128)", "SHA1"),
    "ECDHE-RSA-AES256-SHA": ("TLSv1", "ECDH", "RSA", "AES(256)", "SHA1"),
    "ECDHE-RSA-AES128-SHA256": ("TLSv1.2", "ECDH", "RSA", "AES(128)", "SHA256"),
    "ECDHE-RSA-AES256-SHA384": ("TLSv1.2", "ECDH", "RSA", "AES(256)", "SHA384"),
}
TLS13_SUITES: Final = frozenset(name for name in _SUITES if name.startswith("TLS_"))

_LEVEL = re.compile(r"@SECLEVEL=[2-5]")

# No authentication, no encryption, or broken: words that no list of ours may add.
_REFUSED = frozenset(
    {
        "ENULL",
        "ANULL",
        "NULL",
        "ADH",
        "AECDH",
        "RC4",
        "RC2",
        "DES",
        "3DES",
        "MD5",
        "EXP",
        "EXPORT",
        "LOW",
        "COMPLEMENTOFALL",
    }
    | {"ALL", "COMPLEMENTOFDEFAULT"}
)


def describe_cipher(name: str, version: str, bits: int) -> str:
    """One line on suite `name`; for a suite outside our table only what the connection itself said."""
    since, exchange, authentication, encryption, mac = _SUITES.get(name, (version, "?", "?", f"({bits})", "?"))
    return f"{name} {since} Kx={exchange} Au={authentication} Enc={encryption} Mac={mac}"


def cipher_words(cipher_list: str) -> list[str]:
    """The elements of an OpenSSL cipher list, in order."""
    return [word for word in re.split(r"[:,;\s]+", cipher_list) if word]


def check_cipher_words(cipher_list: str) -> list[tuple[str, str]]:
    """What is wrong with words of `cipher_list`, as (text, fix); spelling is the library's to judge."""
    found: list[tuple[str, str]] = []
    for word in cipher_words(cipher_list):
        if word in TLS13_SUITES:
            found.append((f"{word} is a TLS 1.3 suite", "name it in ciphersuites"))
        elif word.upper().startswith("@SECLEVEL") and not _LEVEL.fullmatch(word):
            found.append((f"{word} lowers the security level", "leave it out"))
        elif word[0] not in "!-@" and any(_is_refused(part) for part in word.lstrip("+").split("+")):
            found.append((f"{word} adds suites that protect nothing", "leave it out"))
    return found


def is_bare(suite: str) -> bool:
    """Whether `suite`, as the library names it, encrypts nothing or authenticates nobody."""
    return "NULL" in suite or suite.startswith(("ADH-", "AECDH-"))


def _is_refused(part: str) -> bool:
    part = part.upper()
    return part in _REFUSED or part.startswith(("NULL-", "ADH-", "AECDH-", "EXP-", "RC4-")) or "-RC4-" in part
