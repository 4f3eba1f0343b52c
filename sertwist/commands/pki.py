"""`sertwist pki`: the authority's commands, and the check of a script's certificates."""

from __future__ import annotations

from sertwist.pki.commands import pki
from sertwist.server.pki_check import check_certificates

__all__ = ["pki"]

pki.add_command(check_certificates)  # it needs the server's loader, which the authority's own code knows nothing of
