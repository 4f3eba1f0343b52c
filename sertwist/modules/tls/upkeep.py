"""`Upkeep`: what goes on beside the connections: OCSP responses are kept fresh, what expires is warned about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sertwist.modules.tls.stapling import LOOK_SECONDS, Stapler
from sertwist.tls.expiry import ExpiryWatch, list_holdings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sertwist.modules.host import Host
    from sertwist.tls.domain import TLSDomain
    from sertwist.tls.staple import StapleBox

__all__ = ["Upkeep"]

EXPIRY_LOOK_SECONDS: Final = 3_600.0  # a CRL may live for hours only


class Upkeep:
    """For the domains in force.

    Attributes:
        stapler: of all server domains.
        warning_days: before a certificate's end it is warned about.
    """

    def __init__(self, boxes: dict[str, StapleBox], warning_days: float) -> None:
        """`boxes`: see `Stapler`."""
        self.stapler = Stapler(boxes)
        self.warning_days = warning_days
        self._watch = ExpiryWatch()
        self._domains: tuple[TLSDomain, ...] = ()

    def start(self, host: Host, domains: Iterable[TLSDomain]) -> None:
        """Begin, with `domains`."""
        self.use(host, domains)
        host.every(LOOK_SECONDS, partial(self.stapler.look, host))
        host.every(EXPIRY_LOOK_SECONDS, partial(self._warn, host))

    def use(self, host: Host, domains: Iterable[TLSDomain]) -> None:
        """Look after `domains` from now on."""
        self._domains = tuple(domains)
        self.stapler.use(self._domains, host)
        self._warn(host)

    def _warn(self, host: Host) -> None:
        now = host.environment.wall_clock()
        for warning in self._watch.look(list_holdings(self._domains), now, self.warning_days):
            host.environment.count("tls.expiry_warnings")
            host.log(warning.level, "tls: {what} ({fix})", what=warning.text, fix=warning.fix)
