"""A domain's `ocsp_stapling`: where the responses come from, and whether its certificates can be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sertwist.tls.domain import StapleSource
from sertwist.tls.loading.loader import resolve_path
from sertwist.tls.ocsp import must_staple, responder_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sertwist.tls.domain import OwnCertificate
    from sertwist.tls.loading.loader import DomainLoader

__all__ = ["load_staple"]

_FILE: Final = "file:"


def load_staple(loader: DomainLoader, own: Sequence[OwnCertificate]) -> tuple[StapleSource, Path | None]:
    """Where responses for the certificates `own` come from, and the file when it is one.

    The file is not one of the domain's: it changes every few days, and that is no reason to load anything else again.
    """
    given = loader.settings.one("ocsp_stapling")
    text = given.text if given is not None else StapleSource.OFF.value
    where = given.where if given is not None else None
    if text.lower().startswith(_FILE) and text[len(_FILE) :].strip():
        return StapleSource.FILE, resolve_path(text[len(_FILE) :].strip(), loader.base_directory)
    if text.lower() == StapleSource.FETCH.value:
        for each in own:
            if not responder_url(each.chain[0]):
                loader.warn(
                    where,
                    f"ocsp_stapling: certificate {each.certificate_file} names no OCSP responder (http://...)",
                    f"write off, or {_FILE}PATH for responses that come another way",
                )
        return StapleSource.FETCH, None
    if text.lower() != StapleSource.OFF.value:
        loader.error(where, f"ocsp_stapling can't be {text!r}", f"write off, fetch or {_FILE}PATH")
    for each in own:
        if must_staple(each.chain[0]):
            loader.warn(
                where,
                f"certificate {each.certificate_file} demands a stapled OCSP response (must-staple): clients refuse it",
                "set ocsp_stapling to fetch",
            )
    return StapleSource.OFF, None
