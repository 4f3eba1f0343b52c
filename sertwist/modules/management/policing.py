"""`Policing`: the script asks a policy file, and about the calls themselves: `rpc_policy`, `rpc_allow`, `@rpc.*`.

The script stays the judge: what these functions say counts for what the script makes of it. With `default_policy` set
to `deny` a call runs only when the policy was asked, too, and allows it.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sertwist.modules.declare import Module, function, method, select
from sertwist.modules.management.context import ManagementContext
from sertwist.modules.management.decision import PlainStatus
from sertwist.modules.management.method_list import MethodList
from sertwist.rpc.declare import Effect, Type
from sertwist.rpc.fault import Fault
from sertwist.script.declare import Argument, Index, Kind, Parameter, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sertwist.modules.host import Host
    from sertwist.modules.management.sip_calls import SipCall, SipCalls
    from sertwist.modules.setup import Setup
    from sertwist.rpc.call import Call
    from sertwist.rpc.declare import Method
    from sertwist.rpc.http_digest import DigestGate
    from sertwist.rpc.policy import Policy, Reading
    from sertwist.script.context import RouteContext

__all__ = ["Policing"]

_DEFAULTS: Final = ("script", "deny")
_SEALED: Final = ("TLS", "UNIX")  # ways on which nobody listens


def _realm(text: str) -> str:
    """A realm as it stands between quotes; ValueError: it can't."""
    if not text or not text.isprintable() or not text.isascii() or set(text) & set('"\\:@'):
        raise ValueError("a realm is visible ASCII without quotes, backslashes, colons and @")
    return text


class Policing(Module):
    """What a script and its operators ask of a policy file.

    Attributes:
        policy: in force; None: the script names none.
        policy_path: its file, absolute; None likewise.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="policy", help="TOML file that says who may call what; rpc_policy() asks it."),
        Parameter(name="digest_file", help="Users for rpc_digest(): lines of user:realm:HA1, as htdigest writes them."),
        Parameter(
            name="sip_calls",
            kind=Kind.BOOLEAN,
            default=False,
            help="Let dispatch_rpc() run the XML-RPC document in the body of a SIP request.",
        ),
        Parameter(
            name="default_policy",
            default="script",
            help="`script`: the script alone decides; `deny`: a call needs rpc_policy()'s consent too.",
        ),
    )

    _host: Host
    digest: DigestGate | None = None  # asks for digest credentials, when there are users
    sip_calls: SipCalls | None = None  # runs the calls in SIP requests, where the script allows them

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.policy: Policy | None = None
        self.policy_path: Path | None = None

    def load_policy(self, folder: Path, methods: Iterable[Method]) -> Reading | None:
        """Read the policy file, and take it when it has no error; None: the script names none.

        Args:
            folder: file names that are not absolute start there.
            methods: every method of the server.

        Raises:
            OSError: it can't be read.
        """
        name = self.settings["policy"]
        if not name:
            return None
        self.policy_path = folder / str(name)
        reading = _read_policy_file(self.policy_path, str(name), methods)
        self.policy = reading.policy or self.policy
        return reading

    def set_up(self, setup: Setup) -> None:
        """See `Module.set_up`."""
        self._read_digest_users(setup)
        if self.settings["default_policy"] not in _DEFAULTS:
            setup.error("bad-setting", "default_policy", "default_policy is script or deny")
        elif self.settings["default_policy"] == "deny" and not self.settings["policy"]:
            setup.error("bad-setting", "default_policy", "default_policy is deny and there is no policy", "set policy")

    def _read_digest_users(self, setup: Setup) -> None:
        name = self.settings["digest_file"]
        if not name:
            return
        from sertwist.rpc.http_digest import DigestGate, read_digest_users  # noqa: PLC0415 (few scripts pay for it)

        path = setup.folder / str(name)
        try:
            if path.stat().st_mode & 0o004:
                setup.warning("digest-file", "digest_file", f"everybody can read {path}", f"chmod 640 {path}")
            users = read_digest_users(path.read_bytes().decode("utf-8", "replace"))
        except OSError as error:
            setup.error("digest-file", "digest_file", f"digest_file {path} can't be read: {error.strerror}")
        except ValueError as error:
            setup.error("digest-file", "digest_file", f"{path}: {error}")
        else:
            self.digest = DigestGate(users, secrets.token_bytes(32))

    def asked(self, ctx: RouteContext) -> ManagementContext | SipCall | None:
        """The call that `ctx` is about, and who makes it; None when it is about none."""
        if isinstance(ctx, ManagementContext):
            return ctx
        return None if self.sip_calls is None or ctx.message is None else self.sip_calls.of(ctx)

    def call_of(self, ctx: RouteContext) -> Call | None:
        """The call itself; None when there is none."""
        asked = self.asked(ctx)
        return None if asked is None else asked.call

    # -- script functions ---------------------------------------------------------------------------------------------

    @function("rpc_policy", proof=Proof.VERIFIED)
    def rpc_policy(self, ctx: RouteContext) -> int:
        """Whether the policy file lets the caller make this call, all members of a multicall among it.

        Returns 1 when it does, -1 when it does not, or there is no policy, no call, or nobody who is proved to call.
        """
        asked = self.asked(ctx)
        if asked is None or self.policy is None:
            return -1
        call = asked.call
        if call is None:
            return -1
        verdict = self.policy.decide_all(call, self._host.registry, asked.caller, ctx.environment.wall_clock())
        asked.verdict = verdict
        return 1 if verdict.allowed else -1

    @function("rpc_digest", Argument(name="realm", constant=True, prepare=_realm), proof=Proof.VERIFIED)
    def rpc_digest(self, ctx: RouteContext, realm: str) -> int:
        """Whether digest credentials prove who calls: 1 when they do; the policy and the log know the user then.

        Otherwise the request is answered 401 with a challenge, and -1 is given. Over TLS and Unix sockets only; users
        are those of `digest_file`.
        """
        if not isinstance(ctx, ManagementContext) or self.digest is None or ctx.protocol not in _SEALED:
            return -1
        if ctx.caller.user.endswith(f"@{realm}"):  # a multicall's member: its request was judged before
            return 1
        now = ctx.environment.wall_clock()
        field = ctx.request.field(b"authorization")
        target = (ctx.request.method, ctx.request.target)
        proved = self.digest.check(field, target, realm, now) if field is not None else None
        if proved is not None and proved.user:
            ctx.caller = replace(ctx.caller, user=f"{proved.user}@{realm}", words=f"user {proved.user!a} of {realm!a}")
            return 1
        stale = proved is not None and proved.is_stale
        ctx.decide(PlainStatus(401, "Unauthorized", tuple(self.digest.challenge(realm, now, stale=stale))))
        return -1

    @function("rpc_allow", Argument(name="methods", prepare=MethodList))
    def rpc_allow(self, ctx: RouteContext, methods: MethodList) -> int:
        """Whether every call in the request is of one of the methods: names or patterns (`core.*`), joined by commas.

        Returns 1 or -1; -1 too when the request is no call.
        """
        call = self.call_of(ctx)
        if call is None:
            return -1
        resolve = self._host.registry.resolve
        return 1 if all(methods.has(name, resolve(name)) for name in call.methods) else -1

    @select("rpc.param", Index(after=2, default=1))
    def rpc_param(self, ctx: RouteContext, number: int) -> str | None:
        """Parameter `number` (from 1) of a call as text; undefined for a multicall, an array, a struct, or none."""
        call = self.call_of(ctx)
        if call is None or not 1 <= number <= len(call.params):
            return None
        value = call.params[number - 1]
        if isinstance(value, bool):
            return "1" if value else "0"
        return str(value) if isinstance(value, str | int | float) else None

    @select("rpc.uid", proof=Proof.IDENTITY)
    def rpc_uid(self, ctx: RouteContext) -> str | None:
        """Number of the Unix user who calls; undefined unless the call came by the Unix socket."""
        asked = self.asked(ctx)
        return None if asked is None or asked.caller.uid is None else str(asked.caller.uid)

    # -- methods ------------------------------------------------------------------------------------------------------

    @method("rpc.policy_reload", result=Type.STRUCT, effect=Effect.WRITE)
    async def policy_reload(self, _request: object) -> dict[str, Any]:
        """Read the policy file again and put it in force, or change nothing and tell every reason (fault 500)."""
        if self.policy_path is None:
            raise Fault(404, "No Policy: the script names no policy file")
        path, name, methods = self.policy_path, str(self.settings["policy"]), list(self._host.registry)
        try:
            reading = await self._host.in_thread(lambda: _read_policy_file(path, name, methods))
        except OSError as error:
            raise Fault(500, f"policy not reloaded, the old one stays: {error.strerror}") from None
        if reading.policy is None:
            raise Fault(500, f"policy not reloaded, the old one stays:\n{reading.text}")
        self.policy = reading.policy
        return {"file": name, "findings": [each.text for each in reading.findings]}

    def hang_up(self) -> None:
        """SIGHUP: read the policy again, and log the outcome."""
        if self.policy_path is not None:
            self._host.begin(self._reload_and_log())

    async def _reload_and_log(self) -> None:
        try:
            await self.policy_reload(None)
        except Fault as fault:
            self._host.log("error", "{fault}", fault=fault.text)
        else:
            self._host.log("info", "policy reloaded: {path}", path=str(self.policy_path))


def _read_policy_file(path: Path, name: str, methods: Iterable[Method]) -> Reading:
    """The policy in the file `path`, which people know as `name`.

    It may speak of methods of modules that this script does not load: several servers may share a policy.

    Raises:
        OSError: it can't be read.
    """
    from sertwist.rpc.policy.load import load_policy  # noqa: PLC0415 (scripts without a policy do not pay for it)

    declared = list(methods)
    reading = load_policy(path, name, declared)
    if reading.findings:  # of a method that this script has not, perhaps
        from sertwist.modules.known_methods import known_methods  # noqa: PLC0415 (it imports every module)

        reading = load_policy(path, name, known_methods(declared))
    return reading
