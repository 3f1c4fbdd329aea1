"""Figures by sex are hidden where they rest on fewer than five residents, and cannot be worked out from the rest."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alarms.follow_up.cases import Case
from alarms.follow_up.groups import FEWEST, Group, groups

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def case(number: int, area: str, sex: str, person: str, team: str = "north", alarm_class: str = "life_safety") -> Case:
    return Case(
        alarm_id=number,
        team=team,
        area=area,
        alarm_class=alarm_class,
        rule="press",
        sex=sex,
        person=person,
        test=False,
        told=True,
        opened_at=NOON,
        accepted_at=NOON + timedelta(seconds=20),
    )


def people(area: str, sex: str, count: int, alarms: int = 1) -> list[Case]:
    return [case(0, area, sex, f"{area}{sex}{who}") for who in range(count) for _ in range(alarms)]


def by_area(cases: list[Case]) -> dict[tuple[str, str], Group]:
    found = groups(cases, NOON + timedelta(hours=1))
    return {(one.area, one.sex): one for one in found if one.split == "team+area+sex"}


def test_many_alarms_of_few_residents_are_hidden() -> None:
    cells = by_area([*people("a", "female", 4, alarms=50), *people("a", "male", 9)])
    assert cells["a", "female"].hidden
    assert cells["a", "female"].figures is None


def test_the_other_sex_of_the_area_is_hidden_with_it() -> None:
    """Otherwise the whole area less the one that is shown would be the one that is hidden."""
    cells = by_area([*people("a", "female", 4), *people("a", "male", 90)])
    assert cells["a", "male"].hidden


def test_one_hidden_area_takes_another_with_it() -> None:
    """Otherwise all women less those of the areas that are shown would be those of the one that is hidden."""
    many = [one for area in ("b", "c", "d") for sex in ("female", "male") for one in people(area, sex, 9)]
    cells = by_area([*many, *people("d", "female", 20), *people("a", "female", 2), *people("a", "male", 9)])
    hidden = {area for (area, _), one in cells.items() if one.hidden}
    assert len(hidden) == 2
    assert "a" in hidden


def test_enough_residents_are_shown() -> None:
    cells = by_area([*people("a", "female", FEWEST), *people("a", "male", FEWEST)])
    assert [one.hidden for one in cells.values()] == [False, False]
    assert all(one.figures is not None and one.figures.alarms == FEWEST for one in cells.values())


def test_alarms_without_a_known_resident_hide_nothing() -> None:
    unknown = [case(0, "a", "unknown", "") for _ in range(3)]
    cells = by_area([*people("a", "female", 6), *people("a", "male", 6), *unknown])
    assert not any(one.hidden for one in cells.values())


def test_rows_from_before_residents_had_a_word_show_no_sex() -> None:
    cells = by_area([case(0, "a", "female", "") for _ in range(40)])
    assert all(one.hidden for one in cells.values())


def test_whole_areas_are_marked_and_shown() -> None:
    found = groups(people("a", "female", 2), NOON + timedelta(hours=1))
    (area,) = [one for one in found if one.split == "team+area"]
    assert (area.few, area.hidden, area.figures is not None) == (True, False, True)


CELLS = st.tuples(st.sampled_from("abc"), st.sampled_from(["female", "male", "other"]))


@given(st.dictionaries(CELLS, st.integers(3, 8), min_size=1))
def test_nothing_that_is_hidden_is_a_difference_of_what_is_shown(sizes: dict[tuple[str, str], int]) -> None:
    cells = by_area([one for (area, sex), size in sizes.items() for one in people(area, sex, size)])
    areas = {area for area, _ in cells}
    hidden = {area for area in areas if any(cells[key].hidden for key in cells if key[0] == area)}
    assert all(one.hidden == (area in hidden) for (area, _), one in cells.items())
    assert {area for (area, _), size in sizes.items() if size < FEWEST} <= hidden
    assert len(hidden) != 1 or len(areas) == 1
