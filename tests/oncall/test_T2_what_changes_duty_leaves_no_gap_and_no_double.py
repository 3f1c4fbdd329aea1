"""T2, T3: layers, substitutions, swaps, absences and holidays hand over at one instant, which is the same for both."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.oncall.duties import duties
from alarms.oncall.holidays import Holidays, swedish
from alarms.oncall.roster import Absence, Days, Roster, Substitution, Turning
from alarms.oncall.rotation import Anchor, Rotation
from tests.oncall.rosters import PEOPLE, SKILLS, START, moments, rosters

UTC_ZONE = ZoneInfo("UTC")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
FIFTH = datetime(2026, 1, 5, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on_the_fifth(in_id: str, out_id: str | None, group: str = "") -> Substitution:
    return Substitution(in_id=in_id, out_id=out_id, start=FIFTH, end=FIFTH + DAY, group=group)


def turning(name: str, *turns: list[str], zone: ZoneInfo = UTC_ZONE, layer: int = 1, days: Days = Days.ALL) -> Turning:
    rotation = Rotation(date(2026, 1, 1), ["07:00"], turns, zone)
    return Turning(id=name, rotation=rotation, layer=layer, days=days)


@given(roster=rosters(), moment=moments, area=st.sampled_from([None, "north", "south", "east"]))
@settings(max_examples=120, deadline=None)
def test_T2_the_list_of_shifts_says_what_the_question_who_is_on_duty_says(
    roster: Roster, moment: datetime, area: str | None
) -> None:
    listed = [duty for duty in duties(roster, moment, moment + TICK) if duty.shift.start <= moment < duty.shift.end]
    there = {name for duty in listed for name in duty.shift.turn if area is None or duty.area_id in {None, area}}
    lowest = min((duty.layer for duty in listed if area is None or duty.area_id in {None, area}), default=0)
    answering = {
        name
        for duty in listed
        if duty.layer == lowest and (area is None or duty.area_id in {None, area})
        for name in duty.shift.turn
    }
    assert set(roster.on_duty(moment, area)) == answering
    assert bool(there) == bool(answering)
    assert set(roster.on_duty(moment, area, "nurse")) == {
        name for name in roster.on_duty(moment, area, "nurse") if "nurse" in SKILLS[name]
    }
    assert bool(roster.on_duty(moment, area, "nurse")) == any("nurse" in SKILLS[name] for name in there)


@given(roster=rosters())
@settings(max_examples=60, deadline=None)
def test_T2_shifts_of_one_rotation_never_overlap_and_nothing_changes_within_a_span(roster: Roster) -> None:
    end = START + 10 * DAY
    by_rotation: dict[str, list[tuple[datetime, datetime]]] = {}
    for duty in duties(roster, START, end):
        by_rotation.setdefault(duty.rotation_id, []).append((duty.shift.start, duty.shift.end))
    for shifts in by_rotation.values():
        assert all(before[1] <= after[0] for before, after in pairwise(sorted(shifts)))
    spans = roster.spans(START, end)
    assert (spans[0][0], spans[-1][1]) == (START, end)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    for since, until in spans:
        assert roster.turns(since) == roster.turns(since + (until - since) / 2) == roster.turns(until - TICK)


@given(
    name=st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})),
    year=st.integers(2020, 2035),
    begins=st.sampled_from([time(0, 0), time(2, 30), time(7, 0)]),
)
@settings(max_examples=60, deadline=None)
def test_T2_in_any_zone_a_holiday_hands_over_once_on_each_side(name: str, year: int, begins: time) -> None:
    """Every day of three weeks around each end of March and October is in turn the only holiday."""
    zone = ZoneInfo(name)
    for first in (date(year, 3, 20), date(year, 10, 20)):
        for number in range(16):
            holidays = Holidays(zone, [first + number * DAY], begins=begins)
            holiday, ordinary = (
                turning("h", ["anna"], zone=zone, days=Days.HOLIDAYS),
                turning("o", ["bo"], zone=zone, days=Days.ORDINARY),
            )
            old = [
                Turning(
                    id=one.id,
                    rotation=Rotation(date(2019, 1, 1), ["07:00"], [["anna"] if one is holiday else ["bo"]], zone),
                    days=one.days,
                )
                for one in (holiday, ordinary)
            ]
            roster = Roster("team", old, SKILLS, holidays=holidays)
            start = datetime.combine(first, time(), UTC) + (number - 3) * DAY
            changes = [
                (before[0], after[0])
                for before, after in pairwise(roster.spans(start, start + 7 * DAY))
                if roster.on_duty(before[0]) != roster.on_duty(after[0])
            ]
            everybody = [roster.on_duty(since) for since, _ in roster.spans(start, start + 7 * DAY)]
            assert set(everybody) == {("anna",), ("bo",)}
            assert len(changes) == 2


@pytest.mark.parametrize("name", ["Europe/Stockholm", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Apia"])
def test_T2_every_minute_around_a_change_of_clocks_somebody_is_on_duty(name: str) -> None:
    zone = ZoneInfo(name)
    nights = Rotation(date(2020, 1, 1), ["02:30", "07:00"], [["anna"], ["bo"]], zone)
    roster = Roster(
        "team",
        [
            Turning(id="n", rotation=nights, days=Days.ORDINARY),
            turning("b", ["dan"], zone=zone, layer=2),
            turning("h", ["cia"], zone=zone, days=Days.HOLIDAYS),
        ],
        SKILLS,
        holidays=Holidays(zone, [date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5)]),
    )
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 2, 15), date(2026, 3, 22)):
        start = datetime.combine(day, time(), UTC) - DAY
        assert all(roster.on_duty(start + minute * timedelta(minutes=1)) for minute in range(3 * 1440))


def test_a_layer_answers_where_every_layer_below_has_nobody() -> None:
    away = Absence(responder_id="anna", start=at("2026-01-05 12:00"), end=at("2026-01-05 15:00"))
    roster = Roster("t", [turning("1", ["anna"], []), turning("2", ["bo"], layer=2)], SKILLS, absences=[away])
    assert roster.on_duty(at("2026-01-05 11:59")) == ("anna",)
    assert roster.on_duty(at("2026-01-05 12:00")) == ("bo",)
    assert roster.on_duty(at("2026-01-05 15:00")) == ("anna",)
    assert roster.on_duty(at("2026-01-06 12:00")) == ("bo",)
    standby = [
        (duty.rotation_id, duty.standby) for duty in duties(roster, at("2026-01-05 12:30"), at("2026-01-05 12:31"))
    ]
    assert standby == [("2", False)]


def test_a_skill_is_looked_for_through_the_layers() -> None:
    roster = Roster(
        "t", [turning("1", ["bo"]), turning("2", ["cia"], layer=2), turning("3", ["anna"], layer=3)], SKILLS
    )
    moment = at("2026-01-05 12:00")
    assert roster.on_duty(moment) == ("bo",)
    assert roster.on_duty(moment, skill="nurse") == ("cia",)
    assert roster.on_duty(moment, skill="diver") == ()


def test_a_swap_exchanges_two_people_even_where_both_are_on_duty_at_once() -> None:
    swap = [on_the_fifth("bo", "anna", "swap"), on_the_fifth("anna", "bo", "swap")]
    there = Turning(id="s", rotation=Rotation(date(2026, 1, 1), ["07:00"], [["bo"]], UTC_ZONE), area_id="south")
    here = Turning(id="n", rotation=Rotation(date(2026, 1, 1), ["07:00"], [["anna"]], UTC_ZONE), area_id="north")
    roster = Roster("t", [here, there], SKILLS, substitutions=swap)
    assert roster.on_duty(at("2026-01-05 12:00"), "north") == ("bo",)
    assert roster.on_duty(at("2026-01-05 12:00"), "south") == ("anna",)
    assert roster.on_duty(at("2026-01-06 00:00"), "north") == ("anna",)


def test_who_stands_in_can_be_stood_in_for_and_may_be_away() -> None:
    chain = [on_the_fifth("bo", "anna"), on_the_fifth("cia", "bo")]
    beside = on_the_fifth("dan", None)
    roster = Roster("t", [turning("1", ["anna"])], SKILLS, substitutions=[*chain, beside])
    assert set(roster.on_duty(at("2026-01-05 12:00"))) == {"cia", "dan"}
    away = [Absence(responder_id=name, start=FIFTH, end=FIFTH + DAY) for name in ("cia", "dan")]
    gone = Roster("t", [turning("1", ["anna"])], SKILLS, substitutions=[*chain, beside], absences=away)
    assert gone.on_duty(at("2026-01-05 12:00")) == ()


def test_who_no_longer_works_here_is_not_on_duty() -> None:
    roster = Roster("t", [turning("1", ["eva", "bo"])], SKILLS)
    assert roster.on_duty(at("2026-01-05 12:00")) == ("bo",)


def test_a_rotation_ends_with_the_last_shift_that_begins_before_its_last_day() -> None:
    rotation = Rotation(date(2026, 1, 1), ["07:00"], [["a"], ["b"]], UTC_ZONE, ends_on=date(2026, 1, 3))
    assert rotation.turn_at(at("2026-01-03 06:59")) == ("b",)
    assert rotation.turn_at(at("2026-01-03 07:00")) == ()
    assert [shift.turn for shift in rotation.shifts(at("2026-01-01"), at("2026-02-01"))] == [("a",), ("b",)]


def test_swedish_holidays_are_those_of_the_law() -> None:
    """Dates of 2026 as the public calendar of the year has them."""
    assert [day.isoformat()[5:] for day in swedish(2026, True)] == [
        "01-01", "01-06", "04-03", "04-05", "04-06", "05-01", "05-14", "05-24", "06-06", "06-19", "06-20", "10-31",
        "12-24", "12-25", "12-26", "12-31",
    ]  # fmt: skip
    # Easter comes first and last on 22 March and 25 April (2285, 2038).
    assert date(2285, 3, 22) in swedish(2285, False)
    assert date(2038, 4, 25) in swedish(2038, False)
    assert len(swedish(2008, False)) == 12, "Ascension Day fell on the first of May"


def test_T3_a_holiday_follows_the_one_rule_for_wall_times() -> None:
    holidays = Holidays(STOCKHOLM, [date(2026, 3, 29)], begins=time(2, 30))
    assert not holidays.at(at("2026-03-29 00:59"))
    assert holidays.at(at("2026-03-29 01:00"))
    assert holidays.at(at("2026-03-30 00:29"))
    assert not holidays.at(at("2026-03-30 00:30"))


def test_the_anchor_only_moves_the_order() -> None:
    rotation = Rotation(date(2026, 1, 1), ["07:00"], [[name] for name in PEOPLE], UTC_ZONE, anchor=Anchor(3, 1))
    assert [rotation.turn_at(at(f"2026-01-0{day} 12:00"))[0] for day in (3, 4, 5)] == ["anna", "bo", "cia"]
