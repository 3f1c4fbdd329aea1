"""What a site says when all its homes fall silent together (TIHM, June 2019), with and without ``rules/outage.py``.

python -m bench.detection.homes_outage --data DIR
"""

import argparse
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.detection.homes_data import ZONE, Home, load
from devices.observation import Observation
from rules import outage
from rules.base import Enrolment, Finding, Moment, Scope
from rules.inactivity import RULE, InactivitySettings
from rules.inactivity.state import InactivityState

#: How often deadlines are looked at here; the engine keeps them on a heap.
TICK = timedelta(minutes=5)
SILENCE = (datetime(2019, 6, 15, 3, tzinfo=UTC), datetime(2019, 6, 17, 14, tzinfo=UTC))


@dataclass
class Loop:
    """A site: the rule over its homes, and the site's own watch when ``watched``."""

    homes: list[Home]
    watched: bool
    site: outage.Site = field(default_factory=outage.Site)
    findings: list[Finding] = field(default_factory=list)
    states: dict[str, InactivityState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.moment = Moment(resumed_at=min(home.begins for home in self.homes))
        self.enrolments = {home.name: _enrolment(home) for home in self.homes}

    def run(self) -> list[Finding]:
        """Feed everything in order of arrival; look at deadlines between."""
        now = self.moment.resumed_at
        for observation in self._observations():
            while now + TICK < observation.received_at:
                now += TICK
                self._advance(now)
            self._hear(observation)
        return self.findings

    def _observations(self) -> Iterator[Observation]:
        return heapq.merge(*(home.observations() for home in self.homes), key=lambda one: one.received_at)

    def _hear(self, observation: Observation) -> None:
        if self.watched:
            since = outage.deaf_since(self.site)
            over = outage.hear(self.site, observation.home, observation.received_at)
            if over is not None and since is not None:
                self.findings.append(over)
                unheard = (*self.moment.unheard, (since, observation.received_at))
                self.moment = Moment(resumed_at=observation.received_at, unheard=unheard)
                self._advance(observation.received_at)
        enrolment = self.enrolments[observation.home]
        state = self.states.setdefault(observation.home, RULE.begin(enrolment))
        self.findings += RULE.observe(state, observation, enrolment)

    def _advance(self, now: datetime) -> None:
        at = outage.look_at(self.site) if self.watched else None
        if at is not None and at <= now and (silent := outage.look(self.site, now)) is not None:
            self.findings.append(silent)
            self.moment = Moment(
                resumed_at=self.moment.resumed_at,
                unheard=self.moment.unheard,
                deaf_since=outage.deaf_since(self.site),
            )
        for name, state in self.states.items():
            enrolment = self.enrolments[name]
            while (due := RULE.deadline(state, enrolment, self.moment)) is not None and due <= now:
                self.findings += RULE.expire(state, now, enrolment, self.moment)


def raised_in_silence(findings: list[Finding]) -> int:
    """Return how many homes were raised while all were silent, or in the six hours in which they came back."""
    end = SILENCE[1] + timedelta(hours=6)
    return sum(1 for one in findings if one.code.startswith("inactivity") and SILENCE[0] <= one.time <= end)


def _enrolment(home: Home) -> Enrolment:
    return Enrolment(scope=Scope.HOME, subject=home.name, since=home.begins, zone=ZONE, settings=InactivitySettings())


def main() -> None:
    """Print what was raised during the silence, and when the site was called silent at all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Activity.csv.xz")
    homes = load(parser.parse_args().data / "tihm")
    for watched in (False, True):
        findings = Loop(homes, watched=watched).run()
        silent = [one.facts["since"] for one in findings if one.code == "site_silent"]
        title = "with the site watch" if watched else "without it"
        print(f"{title}: {raised_in_silence(findings)} homes raised in the silence; site silent: {silent}")


if __name__ == "__main__":
    main()
