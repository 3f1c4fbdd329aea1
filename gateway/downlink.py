"""Where the intake meets what is said to devices.

What findings ask of residents goes down once, after the commit, and never in the way of an alarm: a question that gets
lost is one that nobody answers, and then the rule that asked tells staff at its deadline. What is kept until a device
has heard it (``devices/downlink``) is sent by the speaker; here its confirmations come in.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from devices.downlink import queue, settings
from devices.downlink.kinds import Down
from devices.downlink.queue import Heard
from devices.family import Address, Family
from devices.observation import Kind, Observation
from gateway import metrics
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
            channel = Down(finding.asks.value)
            request = by_name[address.family].request(address, channel.value, _said(finding))
            found += [] if request is None else [request]
    return found


def heard(connection: Connection, observed: Iterable[Observation], now: datetime) -> None:
    """Take in what devices have heard, and what follows from it, in the transaction that stores their word."""
    said = [
        Heard(device=one.device, message=int(one.text), number=int(one.value))
        for one in observed
        if one.kind is Kind.HEARD and one.value is not None
    ]
    for device, kind, body in queue.hear(connection, said, now) if said else ():
        metrics.DOWNLINK.labels(kind.value, "heard").inc()
        if kind is Down.SETTINGS:
            settings.confirmed(connection, device, body)


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
