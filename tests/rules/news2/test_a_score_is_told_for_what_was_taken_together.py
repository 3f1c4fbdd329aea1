"""NEWS2 is scored for a set that was taken together; what is missing is named, and never taken for normal."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.limits import LimitsRule
from rules.news2 import RULE, News2Settings
from rules.sentences import explain
from tests.rules.limits.person import Person, codes, days

WELL: dict[Kind, float] = {
    Kind.RESPIRATION: 16,
    Kind.SPO2: 97,
    Kind.OXYGEN: 0,
    Kind.SYSTOLIC: 120,
    Kind.PULSE: 70,
    Kind.CONSCIOUSNESS: 1,
    Kind.TEMPERATURE: 37.0,
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = days(0.5)


def anna(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def takes(person: Person, values: dict[Kind, float], at: datetime = NOON) -> list[Finding]:
    return [finding for kind, value in values.items() for finding in person.measures(kind, value, at)]


def without(*kinds: Kind, **changes: float) -> dict[Kind, float]:
    changed = WELL | {Kind(name): value for name, value in changes.items()}
    return {kind: value for kind, value in changed.items() if kind not in kinds}


def test_it_is_off_until_staff_switch_it_on() -> None:
    assert not News2Settings().enabled
    assert takes(Person(RULE), without(pulse=140, systolic=80)) == []


@pytest.mark.parametrize(
    ("changes", "code", "score"),
    [
        ({"pulse": 140}, "low_medium", 3),
        ({"consciousness": 0}, "low_medium", 3),
        ({"pulse": 120, "oxygen": 1, "temperature": 38.5}, "medium", 5),
        ({"pulse": 140, "oxygen": 1, "spo2": 93}, "high", 7),
    ],
)
def test_a_complete_set_is_told_at_once_by_its_band(changes: dict[str, float], code: str, score: int) -> None:
    (finding,) = takes(anna(), without(**changes))
    assert (finding.code, finding.alarm_class, finding.facts["score"]) == (code, AlarmClass.CARE, score)
    assert finding.evidence == tuple(range(7))


@pytest.mark.parametrize("changes", [{}, {"pulse": 120, "oxygen": 1}])
def test_a_complete_set_below_the_bands_says_nothing(changes: dict[str, float]) -> None:
    person = anna()
    assert takes(person, without(**changes)) == []
    assert person.waits(NOON + 9 * HOUR) == []


@pytest.mark.parametrize("absent", sorted(WELL))
def test_whatever_is_missing_is_named_when_the_time_is_up(absent: Kind) -> None:
    person = anna()
    assert takes(person, without(absent)) == []
    (finding,) = person.waits(NOON + 9 * HOUR)
    assert (finding.code, finding.time, finding.facts["score"]) == ("incomplete", NOON + HOUR, 0)
    for language in ("en", "sv"):
        said = explain("news2", finding.code, finding.facts, language)
        assert str(finding.facts[f"missing_{language}"]) in said
        assert "," not in str(finding.facts[f"missing_{language}"])


def test_what_is_known_and_grave_does_not_wait_for_the_rest() -> None:
    """Points only add up, so seven of an incomplete score are at least seven."""
    person = anna()
    takes(person, without(Kind.TEMPERATURE, Kind.SYSTOLIC, pulse=140, oxygen=1, spo2=93))
    (finding,) = person.waits(NOON + 59 * MINUTE)
    assert (finding.code, finding.time) == ("at_least_high", NOON + 5 * MINUTE)
    said = explain("news2", finding.code, finding.facts, "sv")
    assert said.startswith("NEWS2 är minst 7 (")
    assert "blodtryck, temperatur saknas" in said
    assert person.waits(NOON + 9 * HOUR) == []


def test_only_a_graver_band_is_told_again_of_the_same_set() -> None:
    person = anna()
    takes(person, without(Kind.TEMPERATURE, Kind.OXYGEN, pulse=140))
    assert codes(person.waits(NOON + 6 * MINUTE)) == ["at_least_low_medium"]
    assert person.measures(Kind.OXYGEN, 1, NOON + 7 * MINUTE) == []
    assert codes(person.measures(Kind.TEMPERATURE, 39.5, NOON + 8 * MINUTE)) == ["high"]
    assert person.waits(NOON + 9 * HOUR) == []


def test_values_further_apart_are_not_taken_together() -> None:
    person = anna()
    takes(person, without(Kind.PULSE))
    assert codes(person.measures(Kind.PULSE, 140, NOON + 61 * MINUTE)) == ["incomplete"]
    wide = anna(together_min=120)
    takes(wide, without(Kind.PULSE))
    assert codes(wide.measures(Kind.PULSE, 140, NOON + 61 * MINUTE)) == ["low_medium"]


def test_the_newest_value_of_a_parameter_counts() -> None:
    person = anna()
    takes(person, without(Kind.TEMPERATURE, pulse=140))
    person.measures(Kind.PULSE, 80, NOON + MINUTE)
    person.measures(Kind.PULSE, 150, NOON + 2 * MINUTE, time=NOON - MINUTE)
    assert person.measures(Kind.TEMPERATURE, 37, NOON + 3 * MINUTE) == []


def test_a_worn_sensor_alone_is_nobody_taking_a_score() -> None:
    person = anna()
    for minute in range(300):
        at = NOON + minute * MINUTE
        assert takes(person, {Kind.SPO2: 85, Kind.PULSE: 140, Kind.RESPIRATION: 30}, at) == []
    assert person.waits(NOON + 9 * HOUR) == []


def test_a_word_on_consciousness_alone_is_somebody_taking_one() -> None:
    person = anna()
    person.measures(Kind.CONSCIOUSNESS, 0, NOON)
    assert codes(person.waits(NOON + 6 * MINUTE)) == ["at_least_low_medium"]


def test_four_parameters_are_somebody_taking_one() -> None:
    person = anna()
    takes(person, without(Kind.OXYGEN, Kind.CONSCIOUSNESS, Kind.RESPIRATION))
    assert codes(person.waits(NOON + 9 * HOUR)) == ["incomplete"]


def test_the_worn_sensor_counts_when_somebody_takes_a_score() -> None:
    person = anna()
    person.measures(Kind.SPO2, 90, NOON - 2 * HOUR)
    person.measures(Kind.SPO2, 97, NOON - 59.5 * MINUTE)
    takes(person, without(Kind.SPO2, Kind.TEMPERATURE))
    assert person.measures(Kind.TEMPERATURE, 38.5, NOON + MINUTE) == []
    (finding,) = person.waits(NOON + 9 * HOUR)
    assert finding.facts["missing_en"] == "oxygen saturation"


def test_the_second_scale_is_used_only_with_the_flag() -> None:
    assert codes(takes(anna(), without(spo2=90))) == ["low_medium"]
    assert takes(anna(scale_2=True), without(spo2=90)) == []


def test_a_low_score_restores_and_an_incomplete_one_does_not() -> None:
    person = anna()
    takes(person, without(pulse=140))
    takes(person, without(Kind.TEMPERATURE), NOON + 3 * HOUR)
    assert codes(person.waits(NOON + 5 * HOUR)) == ["incomplete"]
    (finding,) = takes(person, WELL, NOON + 6 * HOUR)
    assert (finding.code, finding.restores) == ("low_again", True)
    assert takes(person, WELL, NOON + 9 * HOUR) == []


def test_each_grave_set_is_told() -> None:
    person = anna()
    told = [codes(takes(person, without(pulse=140), NOON + hour * HOUR)) for hour in range(0, 9, 3)]
    assert told == [["low_medium"]] * 3


def test_the_lowest_band_that_is_told_can_be_set_and_no_other_limit() -> None:
    person = anna(tell_from="high")
    assert takes(person, without(pulse=120, oxygen=1, temperature=38.5)) == []
    assert codes(takes(person, without(pulse=140, oxygen=1, spo2=93), NOON + 2 * HOUR)) == ["high"]
    assert set(News2Settings.model_fields) == {"enabled", "shadow", "tell_from", "scale_2", "together_min"}


@pytest.mark.parametrize(
    "more",
    [
        {"value": None},
        {"value": float("nan")},
        {"value": 7.0, "unit": "furlong"},
        {"value": 1e9, "quality": frozenset({Quality.IMPOSSIBLE})},
    ],
)
def test_what_cannot_be_read_is_missing(more: dict[str, Any]) -> None:
    person = anna()
    takes(person, without(Kind.PULSE))
    person.measures(Kind.PULSE, at=NOON, **more)
    (finding,) = person.waits(NOON + 9 * HOUR)
    assert finding.facts["missing_en"] == "pulse"


@pytest.mark.parametrize("kind", [Kind.OXYGEN, Kind.CONSCIOUSNESS])
@pytest.mark.parametrize("value", [0.5, 2.0, -1.0, None, float("nan"), float("inf")])
def test_a_state_that_is_neither_yes_nor_no_is_missing(kind: Kind, value: float | None) -> None:
    person = anna()
    takes(person, without(kind))
    person.measures(kind, value, NOON)
    assert codes(person.waits(NOON + 9 * HOUR)) == ["incomplete"]


def test_a_set_that_is_half_taken_survives_a_restart() -> None:
    person = anna()
    takes(person, without(Kind.TEMPERATURE, pulse=140, oxygen=1))
    person.restart()
    (finding,) = person.measures(Kind.TEMPERATURE, 39.5, NOON + 4 * MINUTE)
    assert finding.facts["score"] == 7


def test_after_an_outage_the_rest_has_time_to_arrive() -> None:
    person = anna()
    takes(person, without(Kind.TEMPERATURE))
    person.resumes(NOON + 30 * MINUTE, NOON + 3 * HOUR)
    assert person.engine.next_deadline() == NOON + 3 * HOUR + 15 * MINUTE
    late = person.measures(Kind.TEMPERATURE, 39.5, NOON + 3 * HOUR, time=NOON + 40 * MINUTE)
    assert late == []
    assert person.waits(NOON + 9 * HOUR) == []


def test_respiration_is_also_held_against_its_own_limit() -> None:
    """NEWS2 is off by default; the new kind says something all the same."""
    assert Kind.RESPIRATION in LimitsRule.kinds
    assert codes(Person().measures(Kind.RESPIRATION, 30, NOON)) == ["respiration_high"]
