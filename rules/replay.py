"""Recorded observations through the same engine: what would have been found, with these rules and settings."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from devices.observation import Observation
from rules.base import Finding, Rule
from rules.engine import Engine
from rules.roster import Roster


def replay(
    observations: Iterable[Observation], roster: Roster, rules: Sequence[Rule], until: datetime | None = None
) -> list[Finding]:
    """Return all findings, in order, of ``observations`` in order of their ids.

    The engine starts with the first observation, and looks at ``roster`` as of the times of RESUMED and ROSTER
    observations, as the live engine did. ``until`` goes on with silence after the last observation.
    """
    (findings,) = replay_each(observations, [roster], rules, until)
    return findings


def replay_each(
    observations: Iterable[Observation],
    rosters: Sequence[Roster],
    rules: Sequence[Rule],
    until: datetime | None = None,
) -> list[list[Finding]]:
    """Replay the same observations with each of ``rosters``, in one pass; return the findings of each."""
    engines: list[Engine] = []
    findings: list[list[Finding]] = [[] for _ in rosters]
    for observation in observations:
        if not engines:
            engines = [Engine(rules, roster, observation.received_at) for roster in rosters]
        for engine, found in zip(engines, findings, strict=True):
            found.extend(engine.feed(observation))
    if until is not None:
        for engine, found in zip(engines, findings, strict=False):
            found.extend(engine.advance(until))
    return findings
