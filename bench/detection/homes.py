"""Inactivity on recorded homes: false alarms per home-day against the delay of a collapse.

python -m bench.detection.homes --data DIR [--out DIR]
"""

import argparse
import json
import time
from collections.abc import Container
from dataclasses import asdict
from pathlib import Path

from bench.detection.homes_chart import chart
from bench.detection.homes_data import Home, load
from bench.detection.homes_score import COLLAPSES, Score, Summary, score, summarise
from rules.inactivity import InactivitySettings

#: Days between two foreseen false alarms: the trade-off curve.
SWEEP = (2, 4, 8, 12, 20, 30, 50, 80, 150)


def variants() -> dict[str, InactivitySettings]:
    """Return what is compared: fixed limits, as they are sold, and the learned rhythm."""
    fixed = {
        f"{hours} h fixed": InactivitySettings(
            learning=False, day_limit_h=hours, night_limit_h=hours, away_limit_h=hours
        )
        for hours in (4, 6, 8, 12)
    }
    night = InactivitySettings(learning=False)
    sweep = {f"learned, {days} days between": InactivitySettings(days_between=days) for days in SWEEP}
    return fixed | {"6 h day, 10 h night, 24 h after a door": night} | sweep


def run(homes: list[Home], seed: int = 1, names: Container[str] | None = None) -> dict[str, Summary]:
    """Score every variant, or those of ``names``, on all homes."""
    compared = {name: settings for name, settings in variants().items() if names is None or name in names}
    found: dict[str, list[Score]] = {name: [] for name in compared}
    for home in homes:
        for name, one in score(home, compared, seed).items():
            found[name].append(one)
    return {name: summarise(scores, seed) for name, scores in found.items()}


def main() -> None:
    """Print the table, write JSON and the chart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Activity.csv.xz")
    parser.add_argument("--out", type=Path, help="folder for homes.json and homes.svg")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.perf_counter()
    homes = load(given.data / "tihm")
    results = run(homes, given.seed)
    events = sum(len(home.times) for home in homes)
    print(f"{len(homes)} homes, {events} activations, {COLLAPSES} collapses per home, seed {given.seed}")
    print(f"{'rule':40} {'false alarms/home-day (95 %)':30} {'mean delay h (95 %)':24} p90 h")
    for name, one in results.items():
        alarms = f"{one.per_day:.3f} ({one.per_day_interval[0]:.3f}-{one.per_day_interval[1]:.3f})"
        delay = f"{one.mean_h:.2f} ({one.mean_interval[0]:.2f}-{one.mean_interval[1]:.2f})"
        print(f"{name:40} {alarms:30} {delay:24} {one.p90_h:.1f}")
    print(f"{time.perf_counter() - began:.0f} s")
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "homes.json").write_text(
            json.dumps({name: asdict(one) for name, one in results.items()}, indent=1)
        )
        (given.out / "homes.svg").write_text(chart(results))


if __name__ == "__main__":
    main()
