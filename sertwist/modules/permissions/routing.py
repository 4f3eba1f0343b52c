"""`allow_routing`, `allow_register`, `allow_uri`, `allow_refer_to`: by an allow file and a deny file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.declare import Module, function, method
from sertwist.modules.permissions.files import read_file
from sertwist.modules.permissions.rules import Rule, RuleSet, read_rules
from sertwist.modules.permissions.uris import contacts_of, from_of, plain, refer_to_of, to_of
from sertwist.rpc.declare import Param, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Argument, Function, Kind, MissingFileError, Parameter, RouteKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.modules.setup import Setup
    from sertwist.script.context import RouteContext

__all__ = ["Routing"]

_BASE: Final = Argument(name="basename", constant=True)
_ALLOW: Final = Argument(name="allow_file", constant=True)
_DENY: Final = Argument(name="deny_file", constant=True)
_FORMS: Final = ((_BASE,), (_ALLOW, _DENY))
_ROUTES: Final = RouteKind.REQUEST | RouteKind.FAILURE


class Routing(Module):
    """Pairs of URIs that may pass. Files are read once, when the script is loaded."""

    host: Host
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="default_allow_file", default="permissions.allow", help="Of functions without arguments."),
        Parameter(name="default_deny_file", default="permissions.deny", help="Likewise."),
        Parameter(name="allow_suffix", default=".allow", help="Behind a basename."),
        Parameter(name="deny_suffix", default=".deny", help="Behind a basename."),
        Parameter(
            name="check_all_branches",
            kind=Kind.BOOLEAN,
            default=True,
            live=True,
            help="`allow_routing` looks at all branches, not only at the Request-URI.",
        ),
    )

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._folder: Path | None = None
        self._read: dict[str, tuple[Rule, ...] | None] = {}
        self._default: RuleSet | None = None

    def set_up(self, setup: Setup) -> None:
        """Read the default files; without any of both nothing is allowed."""
        super().set_up(setup)
        self._folder = setup.folder
        try:
            self._default = self._pair(self.settings["default_allow_file"], self.settings["default_deny_file"])
        except ValueError as error:
            setup.error("bad-rules", "default_allow_file", str(error))

    def _rules(self, name: str) -> tuple[Rule, ...] | None:
        """The rules of a file, read once; None when there is no such file."""
        if name not in self._read:
            if self._folder is None:
                return None
            text = read_file(self._folder / name)
            self._read[name] = None if text is None else read_rules(text, name)
        return self._read[name]

    def _pair(self, allow: str, deny: str) -> RuleSet | None:
        """Both files; one that is not there is empty; None when neither is."""
        allowed, denied = self._rules(allow), self._rules(deny)
        return None if allowed is None and denied is None else RuleSet(allowed or (), denied or ())

    def _by_basename(self, base: str) -> RuleSet:
        names = base + self.settings["allow_suffix"], base + self.settings["deny_suffix"]
        found = self._pair(*names)
        if found is None:
            raise MissingFileError(f"there is neither {names[0]!r} nor {names[1]!r}: nothing is allowed", None)
        return found

    def _by_file(self, name: str) -> tuple[Rule, ...]:
        found = self._rules(name)
        if found is None:
            raise MissingFileError(f"there is no file {name!r}: nothing is allowed", None)
        return found

    def functions(self) -> list[Function]:
        """See `Module.functions`; files are read when the script is loaded."""
        prepare: dict[str, Callable[[str], object]] = {
            _BASE.name: self._by_basename,
            _ALLOW.name: self._by_file,
            _DENY.name: self._by_file,
        }

        def bound(arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
            return tuple(replace(each, prepare=prepare.get(each.name, each.prepare)) for each in arguments)

        return [
            replace(each, arguments=bound(each.arguments), forms=tuple(bound(form) for form in each.forms))
            for each in super().functions()
        ]

    @function("allow_routing", forms=_FORMS, routes=_ROUTES)
    def allow_routing(self, ctx: RouteContext, *files: Any) -> int:
        """Whether the request may go from its From URI to its Request-URI and to every branch.

        Without argument by the default files, with one by `basename.allow` and `basename.deny`, with two by these
        files. An unreadable URI may not. Neither may anything when there are no files.
        """
        branches = ctx.wishes.branches if ctx.wishes is not None and self.settings["check_all_branches"] else ()
        targets = [ctx.uri, *(each.uri for each in branches)]
        return self._judge(ctx, files, from_of(ctx), [plain(each.encode("utf-8", "replace")) for each in targets])

    @function("allow_register", forms=_FORMS, routes=_ROUTES)
    def allow_register(self, ctx: RouteContext, *files: Any) -> int:
        """Whether the To URI may be registered at every Contact; `Contact: *` and none at all may be.

        Arguments as of `allow_routing`.
        """
        return self._judge(ctx, files, to_of(ctx), contacts_of(ctx))

    @function("allow_refer_to", forms=_FORMS, routes=_ROUTES)
    def allow_refer_to(self, ctx: RouteContext, *files: Any) -> int:
        """Whether the From URI may refer to the Refer-To URI. Arguments as of `allow_routing`."""
        return self._judge(ctx, files, from_of(ctx), [refer_to_of(ctx)])

    @function("allow_uri", _BASE, Argument(name="uri"), routes=_ROUTES)
    def allow_uri(self, ctx: RouteContext, rules: RuleSet, uri: str) -> int:
        """Whether the From URI may go to `uri`, by `basename.allow` and `basename.deny`."""
        return self._judge(ctx, (rules,), from_of(ctx), [plain(uri.encode("utf-8", "replace"))])

    def _judge(self, ctx: RouteContext, files: tuple[Any, ...], left: str | None, right: Iterable[str | None]) -> int:
        rules = self._default if not files else files[0] if len(files) == 1 or None in files else RuleSet(*files)
        if rules is None or None in files:
            ctx.environment.count("permissions.no_files")
            return -1
        if left is None or any(each is None or not rules.allows(left, each) for each in right):
            ctx.environment.count("permissions.denied")
            return -1
        return 1

    @method(
        "permissions.testUri",
        Param(name="basename", type=Type.STRING),
        Param(name="uri", type=Type.STRING),
        Param(name="contact", type=Type.STRING),
        aliases=("permissions.allowUri",),
    )
    def judge_pair(self, _request: object, base: str, uri: str, contact: str) -> str:
        """Whether `uri` may go to `contact` by the files of `basename`, which the script must use itself."""
        names = base + self.settings["allow_suffix"], base + self.settings["deny_suffix"]
        found = [self._read.get(name) for name in names]
        if found == [None, None]:
            raise Fault(404, "No such files are in use")
        rules = RuleSet(found[0] or (), found[1] or ())
        return "Allowed" if rules.allows(uri, contact) else "Denied"
