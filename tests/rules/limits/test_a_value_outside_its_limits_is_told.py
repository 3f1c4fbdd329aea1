"""Each kind is judged against its own limits; a personal limit wins; what is normal says nothing."""

from datetime import timedelta
from typing import Any

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.limits import RULE
from tests.rules.limits.person import MONDAY, Person, codes


@pytest.mark.parametrize(
    ("kind", "accepted", "outside", "code"),
    [
        (Kind.SYSTOLIC, 160, 161, "systolic_high"),
        (Kind.SYSTOLIC, 100, 99, "systolic_low"),
        (Kind.DIASTOLIC, 95, 96, "diastolic_high"),
        (Kind.DIASTOLIC, 60, 59, "diastolic_low"),
        (Kind.PULSE, 100, 101, "pulse_high"),
        (Kind.PULSE, 50, 49, "pulse_low"),
        (Kind.SPO2, 94, 93, "spo2_low"),
        (Kind.TEMPERATURE, 37.6, 37.7, "temperature_high"),
        (Kind.TEMPERATURE, 35.0, 34.9, "temperature_low"),
        (Kind.GLUCOSE, 3.9, 3.8, "glucose_low"),
        (Kind.GLUCOSE, 3.0, 2.9, "glucose_very_low"),
        (Kind.GLUCOSE, 13.9, 14.0, "glucose_high"),
        (Kind.BODY_WATER, 40, 39.9, "body_water_low"),
        (Kind.BODY_WATER, 70, 70.1, "body_water_high"),
        (Kind.RESPIRATION, 12, 11, "respiration_low"),
        (Kind.RESPIRATION, 24, 25, "respiration_high"),
    ],
)
def test_the_published_limit_itself_is_accepted_and_the_next_value_is_not(
    kind: Kind, accepted: float, outside: float, code: str
) -> None:
    person = Person()
    assert code not in codes(person.measures(kind, accepted, MONDAY))
    (finding,) = person.measures(kind, outside, MONDAY + timedelta(hours=1))
    assert (finding.code, finding.alarm_class) == (code, AlarmClass.CARE)
    assert finding.facts["value"] == outside
    assert finding.evidence == (1,)


def test_a_personal_limit_wins_over_the_published_one() -> None:
    lung_patient = Person(spo2_low=88)
    assert lung_patient.measures(Kind.SPO2, 90, MONDAY) == []
    assert codes(lung_patient.measures(Kind.SPO2, 87, MONDAY)) == ["spo2_low"]


def test_a_limit_can_be_switched_off_for_a_person() -> None:
    assert Person(pulse_low=None).measures(Kind.PULSE, 41, MONDAY) == []


@pytest.mark.parametrize(("settings", "source"), [({}, "TELBIL"), ({"pulse_high": 90}, "gräns satt av personalen")])
def test_the_sentence_names_value_limit_and_who_set_it(settings: dict[str, Any], source: str) -> None:
    (finding,) = Person(**settings).measures(Kind.PULSE, 120, MONDAY)
    sentence = RULE.sentences["sv"][finding.code].format(**finding.facts)
    assert "120" in sentence
    assert source in sentence


def test_three_readings_in_a_row_are_one_finding() -> None:
    person = Person()
    told = [person.measures(Kind.PULSE, 120, MONDAY + timedelta(minutes=minute)) for minute in (0, 2, 4, 12)]
    assert [codes(one) for one in told] == [["pulse_high"], [], [], ["pulse_high"]]


def test_a_normal_value_restores_when_nothing_else_is_wrong() -> None:
    person = Person()
    person.measures(Kind.PULSE, 120, MONDAY)
    person.measures(Kind.SPO2, 90, MONDAY)
    assert person.measures(Kind.PULSE, 80, MONDAY + timedelta(hours=1)) == []
    (restored,) = person.measures(Kind.SPO2, 97, MONDAY + timedelta(hours=1))
    assert (restored.code, restored.restores) == ("back_within", True)
    assert person.measures(Kind.SPO2, 97, MONDAY + timedelta(hours=2)) == []


def test_an_older_value_that_comes_late_is_told_but_restores_nothing() -> None:
    person = Person()
    person.measures(Kind.PULSE, 120, MONDAY + timedelta(hours=5))
    arrival = MONDAY + timedelta(hours=6)
    assert person.measures(Kind.PULSE, 80, arrival, time=MONDAY) == []
    (late,) = person.measures(Kind.PULSE, 44, arrival, time=MONDAY + timedelta(hours=1))
    assert (late.code, late.time) == ("pulse_low", MONDAY + timedelta(hours=1))


def test_two_of_three_waits_for_a_second_value_on_the_same_side() -> None:
    person = Person(two_of_three=["pulse"])
    values = [120, 80, 44, 121, 122]
    told = [
        codes(person.measures(Kind.PULSE, value, MONDAY + timedelta(hours=hour))) for hour, value in enumerate(values)
    ]
    assert told == [[], [], [], [], ["pulse_high"]]


def test_two_of_three_does_not_hold_back_what_is_far_too_low() -> None:
    person = Person(two_of_three=["glucose"])
    assert codes(person.measures(Kind.GLUCOSE, 2.5, MONDAY)) == ["glucose_very_low"]


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert RULE.sentences["en"].keys() == RULE.sentences["sv"].keys()


def test_facts_fill_every_sentence(found: list[Finding]) -> None:
    assert {one.code for one in found} >= {"systolic_repeat", "systolic_very_high", "weight_gain", "pulse_missing"}
    for finding in found:
        for language in ("en", "sv"):
            assert "{" not in RULE.sentences[language][finding.code].format(**finding.facts)


@pytest.fixture
def found() -> list[Finding]:
    """One finding of nearly every code."""
    person = Person(due=[{"kind": "pulse", "at": "08:00"}])
    at = MONDAY + timedelta(hours=12)
    said = person.waits(at)
    values = {
        Kind.SYSTOLIC: (190, 191, 170, 90, float("nan")),
        Kind.DIASTOLIC: (115,),
        Kind.PULSE: (30, 130),
        Kind.GLUCOSE: (2.0, 3.5, 20.0),
    }
    for kind, series in values.items():
        for value in series:
            at += timedelta(minutes=11)
            said += person.measures(kind, value, at)
    said += person.measures(Kind.WEIGHT, 70.0, at)
    said += person.measures(Kind.WEIGHT, 73.0, at + timedelta(days=1))
    said += person.measures(Kind.WEIGHT, 1.0, at + timedelta(days=1), unit="furlong")
    return said
