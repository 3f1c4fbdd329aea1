"""What findings ask of residents goes down to their devices: once, after the commit, and never in the way of an alarm.

It is sent with QoS 0 and not repeated: a question that gets lost is one that nobody answers, and then the rule that
asked tells staff at its deadline.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from devices.family import Address, Family
from gateway.rosters import Known, Loaded
from rules.base import Asks, Finding, Scope
from rules.sentences import explain


def requests(
    findings: Iterable[Finding], loaded: Loaded, families: Sequence[Family], now: datetime
) -> list[tuple[str, bytes]]:
    """Return topic and payload for every device that is to ask its wearer or remind its resident."""
    by_name = {family.name: family for family in families}
    found = []
    for finding in findings:
        if finding.asks is None or finding.shadow:
            continue
        for address in _devices(finding, loaded, now):
            request = by_name[address.family].request(address, finding.asks.value, _said(finding))
            found += [] if request is None else [request]
    return found


def _devices(finding: Finding, loaded: Loaded, now: datetime) -> Iterator[Address]:
    for address, known in loaded.register.items():
        if _is_meant(finding, known, now):
            yield address


def _is_meant(finding: Finding, known: Known, now: datetime) -> bool:
    """Say whether a device is the one that felt it, or one by which the resident or the home can be reached."""
    if finding.scope is Scope.DEVICE:
        return known.id == finding.subject
    place = known.place(now)
    return finding.subject == (place.resident if finding.scope is Scope.RESIDENT else place.home)


def _said(finding: Finding) -> dict[str, str | float]:
    texts: dict[str, str | float] = {
        language: explain(finding.rule, finding.code, finding.facts, language) for language in ("sv", "en")
    }
    if finding.asks is Asks.PROMPT:
        return {"prompt": finding.key, "within_s": finding.facts.get("ask_s", 0.0), **texts}
    # By these a device knows when to stop reminding.
    done: dict[str, str | float] = {name: finding.facts[name] for name in ("measure", "until") if name in finding.facts}
    return {"reminder": finding.key, **done, **texts}
