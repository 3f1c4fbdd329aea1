"""What is said when all homes of a site fall silent together (TIHM, June 2019): by one site, and home by home.

python -m bench.detection.homes_outage --data DIR

The engine of a site sees that no home is heard (``rules/outage.py``); engines that hold one home each cannot.
"""

import argparse
import heapq
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bench.detection.homes_data import ZONE, Home, load
from rules.base import Finding
from rules.engine import Engine
from rules.inactivity import RULE
from rules.roster import AssignmentEntry, DeviceEntry, Roster

#: The silence, and the six hours in which the homes came back one by one.
SILENCE = (datetime(2019, 6, 15, 3, tzinfo=UTC), datetime(2019, 6, 17, 20, tzinfo=UTC))


def run(homes: Sequence[Home]) -> list[Finding]:
    """Feed homes to one engine in order of arrival; return all findings."""
    began = min(home.begins for home in homes)
    engine = Engine([RULE], roster_of(homes), began)
    streams = (home.observations() for home in homes)
    findings = []
    for index, observation in enumerate(heapq.merge(*streams, key=lambda one: one.received_at)):
        findings += engine.feed(msgspec.structs.replace(observation, id=index, device=observation.home))
    return findings


def raised_in_silence(findings: Sequence[Finding]) -> int:
    """Return how many homes were raised while all were silent or coming back."""
    return sum(1 for one in findings if one.code.startswith("inactivity") and SILENCE[0] <= one.time <= SILENCE[1])


def silences(findings: Sequence[Finding]) -> list[str]:
    """Return since when the site was called silent, each time that it was."""
    return [str(one.facts["since"]) for one in findings if one.code == "site_silent"]


def roster_of(homes: Sequence[Home]) -> Roster:
    """Return one device per home: which sensor it was does not matter here."""
    hour = timedelta(hours=1)
    return Roster(
        devices=tuple(DeviceEntry(id=home.name, since=home.begins - hour) for home in homes),
        assignments=tuple(AssignmentEntry(device=one.name, home=one.name, from_at=one.begins - hour) for one in homes),
        zone=ZONE,
    )


def main() -> None:
    """Print what was raised during the silence, and when the site was called silent at all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Activity.csv.xz")
    homes = load(parser.parse_args().data / "tihm")
    alone = sum(raised_in_silence(run([home])) for home in homes)
    together = run(homes)
    print(f"home by home: {alone} homes raised in the silence")
    print(f"as one site: {raised_in_silence(together)} homes raised; the site was silent since {silences(together)}")


if __name__ == "__main__":
    main()
