"""`Known`: what a path through the script has proved about the peer, and what is left where paths come together."""

from __future__ import annotations

from dataclasses import replace

from sertwist.record import record
from sertwist.script.declare import Proof

__all__ = ["Known", "Outcomes", "Path", "join"]


@record
class Known:
    """What is known on one path.

    Attributes:
        proof: VERIFIED, ASKED (somebody looked) or NOTHING.
        excluded: the `!=` that let this path pass, as written; empty when none did.
        is_private: nobody can listen on the way: it came over TLS, or from this machine.
        denied: the comparison of the called method that this path did not fulfil, as written; empty when there is none.
    """

    proof: Proof = Proof.NOTHING
    excluded: str = ""
    is_private: bool = False
    denied: str = ""

    def asked(self) -> Known:
        """Somebody has looked at the peer."""
        return replace(self, proof=max(self.proof, Proof.ASKED))

    def verified(self) -> Known:
        """The peer is verified."""
        return replace(self, proof=Proof.VERIFIED, is_private=True)

    def named(self) -> Known:
        """The peer is verified, and is who was asked for: what it is not does not matter any more."""
        return Known(Proof.VERIFIED, is_private=True, denied=self.denied)

    def passed_by(self, inequality: str) -> Known:
        """The peer is not the one who was asked for."""
        return replace(self, excluded=inequality)

    def over_tls(self) -> Known:
        """It came over TLS."""
        return replace(self, is_private=True)

    def local(self) -> Known:
        """It came from this machine: somebody looked, and nobody else could listen."""
        return replace(self.asked(), is_private=True)

    def method_is(self, comparison: str) -> Known:
        """The called method is none of those that `comparison` names; empty: it is one of them."""
        return replace(self, denied=comparison)


Path = Known | None  # None: no path goes on here
Outcomes = tuple[Path, Path]  # of a condition: when it is true, when it is false


def join(*paths: Path) -> Path:
    """What is known where `paths` come together: the least of all."""
    known = [each for each in paths if each is not None]
    if not known:
        return None
    excluded = {each.excluded for each in known}
    return Known(
        min(each.proof for each in known),
        excluded.pop() if len(excluded) == 1 else "",
        all(each.is_private for each in known),
        next((each.denied for each in known if each.denied), ""),
    )
