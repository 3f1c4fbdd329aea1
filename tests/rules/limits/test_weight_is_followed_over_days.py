"""Water in the body shows on the scale: more than two kilograms in three days; and slow loss against the month."""

from datetime import timedelta

import pytest

from devices.observation import Kind
from tests.rules.limits.person import Person, codes, days


def weigh(person: Person, *weights: float) -> list[list[str]]:
    """Weigh each morning."""
    return [codes(person.measures(Kind.WEIGHT, kg, days(day + 0.3))) for day, kg in enumerate(weights)]


def test_more_than_two_kilograms_in_three_days_is_told() -> None:
    assert weigh(Person(), 70.0, 70.6, 71.4, 72.1) == [[], [], [], ["weight_gain"]]


def test_exactly_two_kilograms_are_accepted() -> None:
    assert weigh(Person(), 70.0, 70.6, 71.4, 72.0) == [[], [], [], []]


@pytest.mark.parametrize("morning", [62.4, 63.9])
def test_exactly_two_kilograms_are_accepted_whatever_their_binary_fractions(morning: float) -> None:
    assert weigh(Person(), morning, round(morning + 2, 1)) == [[], []]


@pytest.mark.parametrize("usual", [40.1, 40.7])
def test_exactly_five_percent_below_the_month_are_accepted(usual: float) -> None:
    assert weigh(Person(), usual, usual, usual, round(usual * 0.95, 3))[-1] == []


def test_the_same_gain_over_a_week_is_not_told() -> None:
    assert weigh(Person(), *(70 + 0.5 * day for day in range(8)))[-1] == []


def test_the_finding_says_how_much_in_how_long_and_since_which_reading() -> None:
    person = Person()
    weigh(person, 70.0, 70.6, 71.4)
    (finding,) = person.measures(Kind.WEIGHT, 72.5, days(3.3))
    assert finding.facts["gain_kg"] == 2.5
    assert finding.facts["days"] == 3.0
    assert finding.evidence == (0, 3)


def test_a_personal_slope_wins() -> None:
    assert weigh(Person(weight_gain_kg=1), 70.0, 71.2)[-1] == ["weight_gain"]


def test_back_at_the_old_weight_restores() -> None:
    assert weigh(Person(), 70.0, 73.0, 71.0)[-1] == ["back_within"]


def test_five_percent_below_the_month_is_told() -> None:
    assert weigh(Person(), 70.0, 70.0, 70.0, 66.4)[-1] == ["weight_loss"]


def test_two_days_of_history_are_too_few_for_a_loss() -> None:
    assert weigh(Person(), 70.0, 70.0, 60.0)[-1] == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_only_what_lies_before_in_time_is_compared(order: tuple[int, ...]) -> None:
    person = Person()
    arrival = days(5)
    said = [
        codes(person.measures(Kind.WEIGHT, (70.0, 71.0, 72.5)[day], arrival, time=days(day + 0.3))) for day in order
    ]
    assert said.count(["weight_gain"]) == (1 if order == (0, 1, 2) else 0)


def test_a_scale_that_is_stepped_on_a_thousand_times_is_one_weight_a_day() -> None:
    person = Person()
    for index in range(1000):
        person.measures(Kind.WEIGHT, 70.0, days(0.3) + timedelta(seconds=index))
    state = next(iter(person.engine._plans[0].slots.values())).state
    assert len(state.weights) == 1
