"""How often the rules about life at home speak that staff switch on, on recorded homes in which nothing happened.

python -m bench.detection.homes_life --data DIR

Nothing on these days was an emergency that anybody knows of, so a finding is a false alarm or a change worth a visit.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.detection.homes_data import OUTAGES, Home, load, wall_date
from bench.detection.homes_outage import roster_of
from rules.engine import Engine
from rules.registry import all_rules
from rules.roster import SettingEntry

NAMES = ("night_wandering", "not_up", "bathroom", "gradual_change", "night_door")


def run(homes: Sequence[Home], names: Sequence[str] = NAMES) -> dict[tuple[str, str], Counter[str]]:
    """Return (rule, code) -> home -> number of findings that tell of something."""
    rules = [rule for rule in all_rules() if rule.name in names]
    told: dict[tuple[str, str], Counter[str]] = {}
    for home in homes:
        entries = tuple(SettingEntry(rule=name, settings={"enabled": True}, valid_from=home.begins) for name in names)
        engine = Engine(rules, msgspec.structs.replace(roster_of([home]), settings=entries), home.begins)
        for observation in home.observations():
            for finding in engine.feed(msgspec.structs.replace(observation, device=home.name)):
                if not finding.restores and wall_date(finding.time.timestamp()) not in OUTAGES:
                    told.setdefault((finding.rule, finding.code), Counter())[home.name] += 1
    return told


def main() -> None:
    """Print findings per home-day, and how they are spread over the homes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Activity.csv.xz")
    homes = load(parser.parse_args().data / "tihm")
    days = sum(len(home.days - OUTAGES) for home in homes)
    print(f"{len(homes)} homes, {days} home-days")
    for (rule, code), by_home in sorted(run(homes).items()):
        most = max(by_home.values()) / by_home.total()
        print(f"{rule:16} {code:20} {by_home.total() / days:.3f} per home-day; {most:.0%} of them in one home")


if __name__ == "__main__":
    main()
