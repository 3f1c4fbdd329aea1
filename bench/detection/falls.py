"""Measure the fall detector: ``python -m bench.detection.falls --data DIR [--describe FILE.yaml ...]``.

Every recording of a person the shipped model was fitted on is judged by a model fitted without that person; all others
by the shipped model itself. Prints a table, writes ``falls.json`` and ``falls.svg``.
"""

import argparse
import json
from functools import cache
from pathlib import Path

from bench.detection import falls_report
from bench.detection.falls_data import Trial, describe, load_folder
from bench.detection.falls_score import JudgeOf, Tally, by_position, score
from bench.detection.train_falls import MODEL, fit, impacts
from rules.fall.detector import Judge
from rules.fall.model import shipped


def judges(trials: list[Trial], model_file: Path = MODEL) -> JudgeOf:
    """Return the judge of each trial: without its person if the shipped model knows that person, else as shipped."""
    fitted_on: dict[str, list[str]] = json.loads(model_file.read_text(encoding="utf-8"))["fitted_on"]
    known = [trial for trial in trials if trial.subject in fitted_on.get(trial.dataset, ())]
    examples = impacts(known)

    @cache
    def without(position: str, subject: str) -> Judge:
        return Judge(fit(examples, position, without=subject))

    def judge_of(trial: Trial) -> Judge:
        if trial.subject in fitted_on.get(trial.dataset, ()):
            return without(trial.position, f"{trial.dataset}/{trial.subject}")
        return Judge(shipped()[trial.position])

    return judge_of


def main() -> None:
    """Score and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--describe", type=Path, action="append", default=[], help="YAML of a dataset unknown so far")
    parser.add_argument(
        "--shipped", action="store_true", help="judge everybody by the shipped model, also those it knows"
    )
    parser.add_argument("--output", type=Path, default=Path("bench/results"))
    arguments = parser.parse_args()
    trials = list(load_folder(arguments.data, *map(describe, arguments.describe)))
    judge_of = (lambda trial: Judge(shipped()[trial.position])) if arguments.shipped else judges(trials)
    tallies = score(trials, judge_of, curve=True)
    print(falls_report.table(tallies | by_position(tallies)))
    _write(arguments.output, tallies)


def _write(folder: Path, tallies: dict[tuple[str, str], Tally]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {" ".join(key): tally.figures() | {"curve": tally.curve()} for key, tally in sorted(tallies.items())}
    (folder / "falls.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (folder / "falls.svg").write_text(falls_report.chart(tallies), encoding="utf-8")
    print(f"written: {folder}/falls.json, {folder}/falls.svg")


if __name__ == "__main__":
    main()
