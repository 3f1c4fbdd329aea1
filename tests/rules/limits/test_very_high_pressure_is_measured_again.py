"""One very high value asks for a repeat; the second confirms; none at all is told too."""

from datetime import timedelta

from devices.observation import Kind
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE = timedelta(minutes=1)


def test_the_first_very_high_value_asks_for_a_repeat() -> None:
    (finding,) = Person().measures(Kind.SYSTOLIC, 185, MONDAY)
    assert finding.code == "systolic_repeat"
    assert finding.facts["within_min"] == 30


def test_a_second_very_high_value_confirms_with_both_as_evidence() -> None:
    person = Person()
    person.measures(Kind.SYSTOLIC, 185, MONDAY)
    (finding,) = person.measures(Kind.SYSTOLIC, 190, MONDAY + 5 * MINUTE)
    assert (finding.code, finding.evidence) == ("systolic_very_high", (0, 1))
    assert person.waits(MONDAY + timedelta(days=1)) == []


def test_a_normal_repeat_ends_it() -> None:
    person = Person()
    person.measures(Kind.SYSTOLIC, 185, MONDAY)
    (finding,) = person.measures(Kind.SYSTOLIC, 140, MONDAY + 5 * MINUTE)
    assert finding.restores
    assert person.waits(MONDAY + timedelta(days=1)) == []


def test_a_repeat_that_never_comes_is_told_with_no_input_and_over_a_restart() -> None:
    person = Person()
    person.measures(Kind.DIASTOLIC, 115, MONDAY + 60 * MINUTE)
    person.restart()
    assert person.waits(MONDAY + 89 * MINUTE) == []
    (finding,) = person.waits(MONDAY + 90 * MINUTE)
    assert (finding.code, finding.time) == ("diastolic_not_repeated", MONDAY + 90 * MINUTE)


def test_a_high_value_after_a_very_high_one_is_told_as_high() -> None:
    person = Person()
    person.measures(Kind.SYSTOLIC, 185, MONDAY)
    assert codes(person.measures(Kind.SYSTOLIC, 170, MONDAY + 5 * MINUTE)) == ["systolic_high"]
