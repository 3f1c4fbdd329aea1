"""The scorer runs the gateway's own detector over any folder of recordings, described or known, and counts honestly."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from bench.detection.falls import judges
from bench.detection.falls_data import KNOWN, Description, Trial, describe, load_folder
from bench.detection.falls_report import chart, table
from bench.detection.falls_score import Tally, by_position, score, wilson
from bench.detection.train_falls import NAMES, Impacts, fit
from rules.fall.detector import Judge
from rules.fall.model import Model, shipped
from tests.rules.fall.motions import Samples, fall, walk

HEADER = "subject,elder,activity,trial,fall,position,n_samples,duration_s,rate_hz,archive,path\n"
YAML = """
name: home_made
columns: [1, 2, 3]
delimiter: ";"
unit: m/s2
range_g: 8
rate_hz: 50
position: waist
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def folder(tmp_path: Path, recordings: dict[str, tuple[Samples, bool, bool]], *, spoil: str = "") -> Path:
    """Write recordings as a dataset nobody knows: semicolons, m/s2, a header row that comes back in the middle."""
    (data := tmp_path / "data" / "home_made").mkdir(parents=True)
    rows = [HEADER]
    with tarfile.open(data / "P1.tar.xz", "w:xz") as tar:
        for name, (samples, fell, elder) in recordings.items():
            lines = [f"{n};{x:.4f};{y:.4f};{z:.4f}" for n, (x, y, z) in enumerate(samples * 9.80665)]
            lines[len(lines) // 2 : len(lines) // 2] = ["time;x;y;z", spoil]
            text = "\n".join(["time;x;y;z", *lines]).encode()
            member = tarfile.TarInfo(f"P1/{name}.csv")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
            rows.append(f"P1,{elder},{name},1,{int(fell)},waist,{len(samples)},1,50,P1.tar.xz,P1/{name}.csv\n")
    (data / "index.csv").write_text("".join(rows), encoding="utf-8")
    (tmp_path / "home_made.yaml").write_text(YAML, encoding="utf-8")
    return tmp_path / "data"


def shipped_judge(trial: Trial) -> Judge:
    return Judge(shipped()[trial.position])


def test_an_unknown_dataset_is_scored_from_its_description(tmp_path: Path) -> None:
    data = folder(
        tmp_path, {"F1": (fall(), True, False), "F2": (walk(20.0), True, False), "D1": (walk(36.0), False, True)}
    )
    tallies = score(load_folder(data, describe(tmp_path / "home_made.yaml")), shipped_judge, curve=True)
    figures = tallies["home_made", "waist"].figures()
    assert (figures["falls"], figures["dailies"], figures["elderly_dailies"]) == (2, 1, 1)
    assert (figures["sensitivity"], figures["specificity"], figures["elderly_specificity"]) == (50.0, 100.0, 100.0)
    assert figures["daily_hours"] == 0.01
    assert figures["false_alarms_per_hour"] == 0.0
    assert figures["median_delay_s"] == pytest.approx(3.0, abs=0.2)
    json.dumps(figures, allow_nan=False)


def test_a_false_alarm_is_counted_against_the_hours_of_daily_life(tmp_path: Path) -> None:
    data = folder(tmp_path, {"D1": (np.concatenate([walk(346.65), fall()]), False, True)})
    figures = score(load_folder(data, describe(tmp_path / "home_made.yaml")), shipped_judge)[
        "home_made", "waist"
    ].figures()
    assert figures["false_alarms_per_hour"] == pytest.approx(10, rel=0.01)
    assert (figures["specificity"], figures["elderly_specificity"], figures["sensitivity"]) == (0.0, 0.0, None)


def test_rows_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    data = folder(tmp_path, {"D1": (walk(10.0), False, False)}, spoil="16.55:54.885;;x")
    (trial,) = load_folder(data, describe(tmp_path / "home_made.yaml"))
    assert trial.samples.shape == (500, 3)
    np.testing.assert_allclose(trial.samples, walk(10.0), atol=1e-4)


def test_decoded_recordings_are_read_from_the_cache_until_they_change(tmp_path: Path) -> None:
    data = folder(tmp_path, {"D1": (walk(10.0), False, False)})
    description = describe(tmp_path / "home_made.yaml")
    first = list(load_folder(data, description))
    (stored,) = (tmp_path / "cache").rglob("*.npz")
    again = list(load_folder(data, description))
    np.testing.assert_array_equal(first[0].samples, again[0].samples)
    list(load_folder(data, description.model_copy(update={"unit": "g"})))
    assert len(list(stored.parent.glob("*.npz"))) == 2


def test_a_person_the_shipped_model_knows_is_judged_without_it(tmp_path: Path) -> None:
    recordings = {f"F{n}": (fall(seed=n), True, False) for n in range(4)}
    recordings |= {f"D{n}": (walk(20.0, seed=n, strength=0.8), False, False) for n in range(4)}
    data = folder(tmp_path, recordings)
    trials = list(load_folder(data, describe(tmp_path / "home_made.yaml")))
    (tmp_path / "model.json").write_text('{"fitted_on": {"home_made": ["P1", "P2"]}}', encoding="utf-8")
    other = [Trial(**{name: getattr(trial, name) for name in Trial.__slots__} | {"subject": "P2"}) for trial in trials]
    stranger = [
        Trial(**{name: getattr(trial, name) for name in Trial.__slots__} | {"subject": "P3"}) for trial in trials
    ]
    judge_of = judges([*trials, *other, *stranger], tmp_path / "model.json")
    assert judge_of(trials[0]).model != shipped()["waist"]
    assert judge_of(stranger[0]).model == shipped()["waist"]


@pytest.mark.parametrize("wrong", ["name: x\nunit: feet", "name: x\nrange_g: -1", "name: x\ncolour: red", "unit: g"])
def test_a_description_that_cannot_be_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ValidationError):
        describe(tmp_path / "wrong.yaml")


def test_counts_need_their_scale() -> None:
    with pytest.raises(ValidationError):
        Description(name="x", unit="counts")


def test_wilson_intervals_are_those_of_the_textbook() -> None:
    # Newcombe 1998, Stat. Med. 17:857, table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611.
    assert wilson(81, 263) == [25.5, 36.6]
    assert wilson(0, 20) == [0.0, 16.1]
    assert wilson(20, 20) == [83.9, 100.0]
    assert wilson(0, 0) is None


def test_table_and_chart_show_every_set() -> None:
    tally = Tally(true=9, falls=10, quiet=8, dailies=10, samples=100, seconds=1.0, daily_hours=2.0, false_alarms=3)
    tally.highest = [(2.0, True, False), (-2.0, False, False)]
    tallies = {("one", "waist"): tally, ("two", "wrist"): tally}
    assert "| one waist | 10 / 10 | 90.0 (59.6-98.2) | 80.0 (49.0-94.3) | - | 1.5 | - | 100 |" in table(tallies)
    drawn = chart(tallies)
    assert drawn.count("<polyline") == 2
    assert "two wrist" in drawn


def test_a_position_with_several_datasets_is_also_counted_as_one() -> None:
    one, other, alone = (
        Tally(true=9, falls=10, quiet=8, dailies=10, delays_s=[3.0]),
        Tally(true=4, falls=10, quiet=1, dailies=10, delays_s=[5.0]),
        Tally(true=1, falls=1, quiet=1, dailies=1),
    )
    joined = by_position({("a", "waist"): one, ("b", "waist"): other, ("a", "wrist"): alone})
    assert list(joined) == [("all", "waist")]
    said = joined["all", "waist"].figures()
    assert (said["falls"], said["sensitivity"], said["specificity"], said["median_delay_s"]) == (20, 65.0, 45.0, 4.0)
    assert one.true == 9


def test_thirty_hops_of_one_recording_count_for_less_than_thirty_recordings() -> None:
    def model(hops: list[Impacts]) -> Model:
        fall = np.linspace([0.0], [1.0], 40) * np.ones(len(NAMES))
        falls = [Impacts("wrist", f"x/{n}", row[None, :], fall=True) for n, row in enumerate(fall)]
        return fit([*falls, *hops], "wrist")

    rows = np.linspace([0.3], [1.3], 30) * np.ones(len(NAMES))
    together = model([Impacts("wrist", "x/hops", rows, fall=False)])
    apart = model([Impacts("wrist", f"x/hop{n}", row[None, :], fall=False) for n, row in enumerate(rows)])
    features = {name: np.array([0.8]) for name in NAMES}
    assert together.log_odds(features)[0] > apart.log_odds(features)[0] + 1


def test_the_known_datasets_are_all_described() -> None:
    assert {description.name for description in KNOWN} == {"sisfall", "weda_fall", "umafall"}
