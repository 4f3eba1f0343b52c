"""`python -m tests.fuzz`: change the seeds at random for a while; what fails becomes a seed, and the exit status 1."""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
import time
import traceback
import warnings

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import SEEDS, TARGETS, Target

BATCH = 100  # inputs between two looks at the clock


def main() -> int:
    """Run every target for its share of the time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    parser.add_argument("--target", choices=[each.name for each in TARGETS], help="one alone")
    parser.add_argument("--seed", type=int, help="of the random numbers; default: a new one each time")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the library's, about odd certificates
    chosen = [each for each in TARGETS if options.target in (None, each.name)]
    number = secrets.randbits(32) if options.seed is None else options.seed
    say(f"seed {number}")
    failed = [each.name for each in chosen if not fuzz(each, options.seconds / len(chosen), number)]
    say(f"found something in: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def fuzz(target: Target, seconds: float, number: int) -> bool:
    """Try inputs of `target` for `seconds`; false when one fails, which is then among its seeds."""
    tried = 0
    failing = b""

    def check(data: bytes) -> None:
        nonlocal tried, failing
        tried += 1
        try:
            target.check(data)
        except BaseException:
            failing = data  # the last one that fails is the smallest found
            raise

    started = time.monotonic()
    while time.monotonic() < started + seconds:
        number += 1
        try:
            _batch(target, number, check)
        except Exception:  # noqa: BLE001
            path = SEEDS / target.name / f"found-{hashlib.sha256(failing).hexdigest()[:12]}"
            path.write_bytes(failing)
            traceback.print_exc()
            say(f"{target.name}: {path} fails, after {tried} inputs (--seed {number - 1})")
            return False
    say(f"{target.name}: {tried} inputs in {time.monotonic() - started:.0f} s")
    return True


def _batch(target: Target, number: int, check) -> None:  # type: ignore[no-untyped-def]
    run = given(target.inputs())(check)
    run = settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )(run)
    seed(number)(run)()


if __name__ == "__main__":
    sys.exit(main())
