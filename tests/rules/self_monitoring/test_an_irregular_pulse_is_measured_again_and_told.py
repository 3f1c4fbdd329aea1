"""One irregular pulse asks for a repeat, two of three are told, three regular ones end it."""

from datetime import timedelta

import pytest

from devices.families.hemvakt import FAMILY
from devices.observation import Kind
from rules.base import Finding
from rules.irregular_pulse import RULE
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE = timedelta(minutes=1)


def measures(person: Person, felt: list[bool], start: int = 0, apart: timedelta = 5 * MINUTE) -> list[Finding]:
    """Measure pressure again and again; the cuff says that the pulse was irregular, or says nothing of it."""
    found = []
    for number, irregular in enumerate(felt, start):
        at = MONDAY + number * apart
        found += person.measures(Kind.SYSTOLIC, 130, at)
        found += person.measures(Kind.IRREGULAR_PULSE, 1.0, at, unit="1") if irregular else []
    return found


def test_the_first_asks_for_a_repeat_and_the_second_of_three_is_told() -> None:
    assert codes(measures(Person(RULE), [True])) == ["irregular_repeat"]
    assert codes(measures(Person(RULE), [True, False, True])) == ["irregular_repeat", "irregular"]
    assert codes(measures(Person(RULE), [True, True, True, True])) == ["irregular_repeat", "irregular"]


def test_one_of_three_is_not_told_and_ends_with_three_regular_ones() -> None:
    found = measures(Person(RULE), [True, False, False, False, False])
    assert [(one.code, one.restores) for one in found] == [("irregular_repeat", False), ("regular_again", True)]


def test_a_regular_pulse_says_nothing() -> None:
    assert measures(Person(RULE), [False] * 10) == []


def test_two_that_are_weeks_apart_are_not_two_of_three() -> None:
    assert codes(measures(Person(RULE), [True, True], apart=timedelta(days=7))) == ["irregular_repeat"]


def test_the_order_within_a_message_does_not_matter() -> None:
    person = Person(RULE)
    found = person.measures(Kind.IRREGULAR_PULSE, 1.0, MONDAY, unit="1") + person.measures(Kind.SYSTOLIC, 130, MONDAY)
    found += measures(person, [False, False], start=1)
    assert codes(found) == ["irregular_repeat"]


@pytest.mark.parametrize("value", [None, float("nan"), 0.5, -1.0])
def test_another_value_says_nothing(value: float | None) -> None:
    assert Person(RULE).measures(Kind.IRREGULAR_PULSE, value, MONDAY, unit="1") == []


@pytest.mark.parametrize(
    ("notes", "felt"),
    [
        (b'["body moved", "irregular pulse"]', True),
        (b'["body moved"]', False),
        (b"[[1]]", False),
        (b'"irregular pulse"', False),
        (b"7", False),
    ],
)
def test_what_the_cuffs_own_status_says_is_read_from_a_hubs_message(notes: bytes, felt: bool) -> None:
    payload = b'{"boot":"a","seq":1,"values":[{"kind":"systolic","value":130,"unit":"mm[Hg]"}],"notes":%b}' % notes
    kinds = [one.kind for one in FAMILY.decode("hemvakt/v1/hub-1/up/measurement", payload).readings]
    assert (Kind.IRREGULAR_PULSE in kinds) is felt
    assert Kind.SYSTOLIC in kinds
