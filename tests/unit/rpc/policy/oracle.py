"""Who may, told once more: plainly, from the TOML as it was read, sharing nothing with the policy's own code."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import Any

WHO = ("uri", "cn", "organisation", "unix", "digest")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def decide(raw: dict[str, Any], who: dict[str, Any], call: dict[str, Any]) -> tuple[bool, int, bool]:
    """Whether the call may run, how many others must confirm it, and whether secrets are shown."""
    held = {name for name, role in raw["role"].items() if any(is_met(each, who, raw) for each in role.get("who", []))}
    for _ in raw["role"]:
        held |= {included for name in held for included in raw["role"][name].get("includes", [])}
    allowed, confirmations, reveal = False, 0, False
    for kind, rule in ((word, each) for word in ("allow", "deny", "confirm") for each in raw.get(word, [])):
        for role in [name for name in rule["roles"] if name in held] if "roles" in rule else [None]:
            truths = conditions(rule, raw["role"][role].get("variables", {}) if role else {}, call)
            if not concerns(rule, call):
                continue
            if kind == "deny" and False not in truths:
                return False, 0, False
            if kind == "allow" and truths <= {True}:
                allowed, reveal = True, reveal or rule.get("reveal", False)
            if kind == "confirm" and False not in truths:
                confirmations = max(confirmations, rule.get("confirmations", 1))
    return (True, confirmations, reveal) if allowed else (False, 0, False)


def is_met(entry: dict[str, Any], who: dict[str, Any], raw: dict[str, Any]) -> bool:
    ca = raw.get("ca", {}).get(entry.get("ca"), {}).get("subject")
    return all(entry[key] == who.get(key) for key in WHO if key in entry) and ca in {None, who.get("issuer")}


def concerns(rule: dict[str, Any], call: dict[str, Any]) -> bool:
    named = any(like(pattern.replace("*", "**"), name) for pattern in rule["methods"] for name in call["names"])
    return (
        named
        and call["effect"] in rule.get("effects", [call["effect"]])
        and rule.get("params", {}).keys() <= call["params"].keys()
    )


def conditions(rule: dict[str, Any], variables: dict[str, Any], call: dict[str, Any]) -> set[bool | None]:
    truths: set[bool | None] = {
        value(call["params"].get(name), wanted, variables) for name, wanted in rule.get("params", {}).items()
    }
    if "when" in rule:
        at = dt.datetime.fromtimestamp(call["now"], dt.UTC)
        begin, end = rule["when"]["hours"].split("-")
        late, clock = begin >= end, f"{at:%H:%M}"
        day = DAYS[(at - dt.timedelta(days=1 if late and clock < end else 0)).weekday()]
        truths.add(day in rule["when"]["days"] and ((clock >= begin) + (clock < end) == (1 if late else 2)))
    if "source" in rule:
        networks = [ipaddress.ip_network(each) for each in rule["source"] if each != "unix"]
        if call["protocol"] == "UDP":
            truths.add(None)
        elif call["protocol"] == "UNIX":
            truths.add("unix" in rule["source"])
        else:
            truths.add(any(ipaddress.ip_address(call["source"]) in each for each in networks))
    return truths


def value(given: Any, wanted: Any, variables: dict[str, Any]) -> bool | None:
    """Whether a parameter has a value that is wanted; None: it is not given, is of another kind, or differs in case."""
    if given is None:
        return None
    if isinstance(given, list):
        each = {value(one, wanted, variables) for one in given}
        return each.pop() if len(each) == 1 else None
    patterns = wanted if isinstance(wanted, list) else [wanted]
    for name, values in variables.items():
        patterns = [str(p).replace(f"{{{name}}}", v) if isinstance(p, str) else p for p in patterns for v in values]
    kinds = [each for each in patterns if isinstance(each, str) is isinstance(given, str)]
    exact, loose = (any(like(f(str(p)), f(str(given))) for p in kinds) for f in (str, str.lower))
    return exact or (None if loose or len(kinds) < len(patterns) else False)


def like(pattern: str, text: str) -> bool:
    """Star for star, letter for letter."""
    if not pattern:
        return not text
    if pattern.startswith("**"):
        return any(like(pattern[2:], text[at:]) for at in range(len(text) + 1))
    if pattern.startswith("*"):
        stop = next((at for at, c in enumerate(text) if c in "@;?&,<>\"' "), len(text))
        return any(like(pattern[1:], text[at:]) for at in range(stop + 1))
    return bool(text) and pattern[0] == text[0] and like(pattern[1:], text[1:])
