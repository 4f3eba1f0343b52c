"""The audit log of one server: what the script's settings make of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sertwist.modules.audit.settings import audit_settings
from sertwist.rpc.audit.level import AuditSettings
from sertwist.rpc.audit.log import AuditLog
from sertwist.rpc.audit.spool import Around
from sertwist.server.audit_store import FileStore

if TYPE_CHECKING:
    from sertwist.server.configuration import Configuration
    from sertwist.server.host import ServerHost

__all__ = ["make_audit"]


def make_audit(configuration: Configuration, host: ServerHost, reactor: Any) -> AuditLog:
    """The log that the `audit` parameters of module xmlrpc ask for; nothing is opened before it starts."""
    given = None if configuration.xmlrpc is None else configuration.xmlrpc.settings
    around = Around(
        wall_clock=host.environment.wall_clock,
        clock=time.monotonic,
        later=reactor.callLater,
        tell=lambda level, text: host.log(level, "{line}", line=text),
        count=host.environment.count,
    )
    path = configuration.path.resolve().parent / str(given["audit_file"] if given else "")
    settings = AuditSettings() if given is None else audit_settings(given)
    return AuditLog(settings, FileStore(path), around, host.registry.resolve)
