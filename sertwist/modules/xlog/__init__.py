"""Module xlog: lines in the log with the values of variables in them (reference language 8.6, 9.8)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from sertwist.modules.declare import Module, function
from sertwist.modules.log_levels import ALERT, BUG, CRIT, DBG, ERR, INFO, NOTICE, WARN, Level, read_level, severity
from sertwist.printable import escape_controls
from sertwist.script.declare import Argument, Kind, Parameter, RouteKind

if TYPE_CHECKING:
    from sertwist.modules.host import Host
    from sertwist.script.context import RouteContext

__all__ = ["XlogModule"]

Format = Callable[[Any], str]

_FORMAT = Argument(name="text", kind=Kind.FORMAT)
_LEVEL = Argument(name="level", prepare=read_level, help="`L_INFO` ..., or a number")
_FACILITY = Argument(name="facility", help="no effect")
_WAYS = ((_LEVEL, _FORMAT), (_FACILITY, _LEVEL, _FORMAT))
_NO_COLOURS = "the log has no colours"


class XlogModule(Module):
    """Writes log lines; what is not written is not even made."""

    name = "xlog"
    help = "Log lines with variables in them."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            name="buf_size",
            kind=Kind.NUMBER,
            default=4096,
            minimum=64,
            maximum=1_048_576,
            unit="characters",
            help="Longer lines are cut.",
        ),
        Parameter(name="prefix", default="<script>: ", help="What each line begins with."),
        Parameter(name="long_format", kind=Kind.BOOLEAN, default=False, help="Each line says which line wrote it."),
        Parameter(name="auto_newline", ignored="each entry is one line"),
        Parameter(name="force_color", ignored=_NO_COLOURS),
        Parameter(name="log_colors", ignored=_NO_COLOURS),
        Parameter(name="log_facility", ignored="twistd's own options decide this"),
        Parameter(name="methods_filter", ignored="write is_method() in the script"),
    )

    def start(self, host: Host) -> None:
        """See `Module.start`."""
        self._host = host

    @function("xlog", _FORMAT, forms=_WAYS, routes=RouteKind.ANY)
    def xlog(self, ctx: RouteContext, *arguments: Any) -> int:
        r"""Write `text` at `level`, by default L_ERR, if the setting `debug` lets it pass.

        It becomes one line, whatever stands in it: control characters are written as `\n`, `\x1b`.
        """
        self._write(ctx, arguments[-2] if len(arguments) > 1 else ERR, arguments[-1])
        return 1

    @function("xlogl", _FORMAT, forms=_WAYS, routes=RouteKind.ANY)
    def xlogl(self, ctx: RouteContext, *arguments: Any) -> int:
        """Write as `xlog` does, with the file and line of the script."""
        self._write(ctx, arguments[-2] if len(arguments) > 1 else ERR, arguments[-1], place=True)
        return 1

    @function("xlogm", _FORMAT, forms=_WAYS, routes=RouteKind.ANY)
    def xlogm(self, ctx: RouteContext, *arguments: Any) -> int:
        """Write as `xlog` does, each line of the text as one of its own, `$mb` say."""
        level = arguments[-2] if len(arguments) > 1 else ERR
        if level[ctx.environment.log_scale] <= ctx.environment.debug:
            for line in arguments[-1](ctx).splitlines():
                self._put(ctx, level, line, place=False)
        return 1

    @function("xdbg", _FORMAT, routes=RouteKind.ANY)
    def xdbg(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_DBG."""
        self._write(ctx, DBG, text)
        return 1

    @function("xinfo", _FORMAT, routes=RouteKind.ANY)
    def xinfo(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_INFO."""
        self._write(ctx, INFO, text)
        return 1

    @function("xnotice", _FORMAT, routes=RouteKind.ANY)
    def xnotice(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_NOTICE."""
        self._write(ctx, NOTICE, text)
        return 1

    @function("xwarn", _FORMAT, routes=RouteKind.ANY)
    def xwarn(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_WARN."""
        self._write(ctx, WARN, text)
        return 1

    @function("xerr", _FORMAT, routes=RouteKind.ANY)
    def xerr(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_ERR."""
        self._write(ctx, ERR, text)
        return 1

    @function("xcrit", _FORMAT, routes=RouteKind.ANY)
    def xcrit(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_CRIT."""
        self._write(ctx, CRIT, text)
        return 1

    @function("xbug", _FORMAT, routes=RouteKind.ANY)
    def xbug(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_BUG."""
        self._write(ctx, BUG, text)
        return 1

    @function("xalert", _FORMAT, routes=RouteKind.ANY)
    def xalert(self, ctx: RouteContext, text: Format) -> int:
        """Write `text` at L_ALERT."""
        self._write(ctx, ALERT, text)
        return 1

    def _write(self, ctx: RouteContext, level: Level, text: Format, *, place: bool = False) -> None:
        if level[ctx.environment.log_scale] <= ctx.environment.debug:
            self._put(ctx, level, text(ctx).rstrip("\r\n"), place=place or self.settings["long_format"])

    def _put(self, ctx: RouteContext, level: Level, line: str, *, place: bool) -> None:
        most = self.settings["buf_size"]
        shown = escape_controls(line if len(line) <= most else f"{line[:most]}...")
        where = f"{_place()}: " if place else ""
        scale = ctx.environment.log_scale
        self._host.log(severity(level[scale], scale), "{words}", words=f"{self.settings['prefix']}{where}{shown}")


def _place() -> str:
    """File and line of the script: its compiled functions carry them."""
    frame = sys._getframe(1)  # noqa: SLF001 (nothing else tells who called)
    while frame.f_back is not None and frame.f_code.co_filename.endswith(".py"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
