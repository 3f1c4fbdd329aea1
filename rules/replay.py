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
    engine: Engine | None = None
    findings: list[Finding] = []
    for observation in observations:
        if engine is None:
            engine = Engine(rules, roster, observation.received_at)
        findings += engine.feed(observation)
    if engine is not None and until is not None:
        findings += engine.advance(until)
    return findings
