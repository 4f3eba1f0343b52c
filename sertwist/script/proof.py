"""`Known`: what a path through the script has proved about the peer, and what is left where paths come together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sertwist.script.declare import Proof

__all__ = ["Known", "Outcomes", "Path", "join"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known on one path.

    Attributes:
        proof: VERIFIED, ASKED (somebody looked) or NOTHING.
        excluded: the `!=` that let this path pass, as written; empty when none did.
    """

    proof: Proof = Proof.NOTHING
    excluded: str = ""

    def asked(self) -> Known:
        """Somebody has looked at the peer."""
        return replace(self, proof=max(self.proof, Proof.ASKED))

    def verified(self) -> Known:
        """The peer is verified."""
        return replace(self, proof=Proof.VERIFIED)

    def named(self) -> Known:
        """The peer is verified, and is who was asked for: what it is not does not matter any more."""
        return Known(Proof.VERIFIED)

    def passed_by(self, inequality: str) -> Known:
        """The peer is not the one who was asked for."""
        return replace(self, excluded=inequality)


Path = Known | None  # None: no path goes on here
Outcomes = tuple[Path, Path]  # of a condition: when it is true, when it is false


def join(*paths: Path) -> Path:
    """What is known where `paths` come together: the least of all."""
    known = [each for each in paths if each is not None]
    if not known:
        return None
    excluded = {each.excluded for each in known}
    return Known(min(each.proof for each in known), excluded.pop() if len(excluded) == 1 else "")
