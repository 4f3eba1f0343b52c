"""Module tls: domains from `modparam`, `@tls.*`, `tls.list` and `tls.info`, and CRLs that reach live connections."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.tls.asking import why_never_verified
from sertwist.modules.tls.connecting import TlsConnecting
from sertwist.modules.tls.functions import TlsFunctions
from sertwist.modules.tls.generation import GenerationSource
from sertwist.modules.tls.keylog import KeyLog, check_keylog, choose_keylog
from sertwist.modules.tls.other_ages import check_other_ages
from sertwist.modules.tls.parameters import PARAMETERS, table_values
from sertwist.modules.tls.reload import Reloads
from sertwist.modules.tls.reload_answer import problem_line
from sertwist.modules.tls.renewal import Renewal
from sertwist.modules.tls.selects import tls_selects
from sertwist.modules.tls.standing import judge_connections, judge_expired
from sertwist.modules.tls.upkeep import Upkeep
from sertwist.modules.tls.variables import tls_variables
from sertwist.tls.loading.problem import Problem, has_errors
from sertwist.tls.loading.table import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.modules.tls.reload import ReloadOutcome
    from sertwist.script.declare import Parameter, Select, Variable
    from sertwist.tls.context import ServerContextFactory

__all__ = ["TlsModule"]

EXPIRY_SECONDS: Final = 1.0  # how soon an open connection hears that its peer's certificate has expired
RENEW_SECONDS: Final = 86_400.0  # ticket keys live no longer (reference tls 9.3)


class TlsModule(TlsConnecting, TlsFunctions):
    """TLS for every `listen = tls:...`, and what a script can ask about a connection."""

    name: ClassVar[str] = "tls"
    help: ClassVar[str] = "TLS domains, the verified identity of peers, and the tls.* calls"
    parameters: ClassVar[tuple[Parameter, ...]] = PARAMETERS

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._renewal: Renewal | None = None
        self._keylog: KeyLog | None = None

    def configure(
        self,
        base_directory: Path,
        tls_listeners: Sequence[tuple[str, int]],
        now: float | None = None,
        locate: Callable[[object], str] = str,
    ) -> list[Problem]:
        """Build every domain and its context, before any listener opens.

        Args:
            base_directory: folder of the main script.
            tls_listeners: address and port of each `listen = tls:...`.
            now: seconds since the epoch; by default what the machine's clock says.
            locate: a problem's `where` as file and line, for later reloads.

        Returns:
            Every problem found; with an error among them nothing was built.
        """
        now = dt.datetime.now(dt.UTC).timestamp() if now is None else now
        options = LoadOptions(
            insecure_key_files=self.settings["insecure_key_files"],
            expiry_warning=self.settings["expiry_warning_days"],
            describe=locate,
        )
        self._keylog = choose_keylog(self.settings, base_directory)
        keylog = self._keylog.write if self._keylog is not None else None
        source = GenerationSource(table_values(self.settings), base_directory, tls_listeners, options, keylog)
        first, problems = source.build(1, now)
        problems += check_other_ages(self.settings)
        problems += check_keylog(self.settings)
        if first is not None and not has_errors(problems):
            self.reloads = Reloads(source, first, locate)
            self.upkeep = Upkeep(source.staples, float(self.settings["expiry_warning_days"]))
        return problems

    def why_never_verified(self) -> tuple[str, str]:
        """Why no peer can ever be verified, and what to write; empty when some can, or nothing was configured."""
        return ("", "") if self.reloads is None else why_never_verified(self.in_force.table)

    def factory_for(self, local_ip: str, local_port: int, server_name: str = "") -> ServerContextFactory:
        """What makes TLS connections of those accepted on `local_ip`:`local_port` that ask for `server_name`.

        Raises:
            ConfigError: `configure` has not succeeded, or no domain with a certificate serves this address.
        """
        return self.in_force.server_for(local_ip, local_port, server_name)

    def connection_limits(self) -> dict[str, Any]:
        """Fields of `ConnectionLimits` that the script sets by parameters of this module."""
        default = self.in_force.table.default_server
        given = {
            "handshake_timeout": default.handshake_timeout,
            "write_timeout": default.send_timeout,
            "idle_timeout": default.idle_timeout,
            "max_write_queue": self.settings["con_ct_wq_max"],
            "max_write_queues": self.settings["ct_wq_max"],
        }
        return {name: value for name, value in given.items() if value is not None}

    def start(self, host: Host) -> None:
        """Begin to look at files and at certificates that expire."""
        super().start(host)
        assert self.reloads is not None  # noqa: S101 (a server starts only when `configure` has succeeded)
        if self.settings["reload_on_change"]:
            self._renewal = Renewal(self.reloads, self._report)
        assert self.upkeep is not None  # noqa: S101
        self.reloads.on_change = self._changed
        self.upkeep.start(host, self.in_force.table)
        if self._keylog is not None:
            self._keylog.start(host)
        host.every(float(self.settings["crl_check_interval"]), self.check_files)
        host.every(EXPIRY_SECONDS, self._check_expiry)
        host.every(RENEW_SECONDS, partial(self.reloads.renew_contexts, host))

    async def check_files(self) -> None:
        """Look once at the files of every domain; take changed ones that are whole and good.

        CA certificates and CRLs always, the rest with `reload_on_change`.
        """
        assert self.reloads is not None  # noqa: S101 (called by its timer)
        changed = self.reloads.take_changed_files()
        await self.reloads.refresh_trust(self.host, changed)
        if self._renewal is not None:
            trust = {path for domain in self.in_force.table for path in (*domain.ca_files, *domain.crl_files)}
            await self._renewal.take(self.host, changed - trust)

    def hang_up(self) -> None:
        """SIGHUP: reload, and log the outcome."""
        self.host.begin(self._reload_and_log())

    async def _reload_and_log(self) -> None:
        assert self.reloads is not None  # noqa: S101 (called once the server runs)
        self._report(await self.reloads.reload(self.host))

    def _report(self, outcome: ReloadOutcome) -> None:
        assert self.reloads is not None  # noqa: S101 (called once the server runs)
        for problem in outcome.problems:
            level = "error" if problem.severity == "error" else "warn"
            self.host.log(level, "tls: {problem}", problem=problem_line(problem, self.reloads.locate))
        word = "reloaded" if outcome.taken else "not reloaded, everything stays"
        self.host.log("info", "tls: {word}; generation {number}", word=word, number=outcome.generation)

    def _changed(self) -> None:
        assert self.upkeep is not None  # noqa: S101 (called once the server runs)
        self._judge_connections()
        self.upkeep.use(self.host, self.in_force.table)

    def _judge_connections(self) -> None:
        self.host.in_turns(judge_connections(self.host, lambda: self.in_force))

    def _check_expiry(self) -> None:
        if judge_expired(self.host, lambda: self.in_force):
            self._judge_connections()

    def selects(self) -> list[Select]:
        """Every `@tls.*`."""
        return tls_selects()

    def variables(self) -> list[Variable]:
        """Every `$tls_*`."""
        return tls_variables(tls_selects())
