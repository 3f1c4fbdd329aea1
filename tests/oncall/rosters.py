"""Rosters of every shape, for property tests."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from alarms.oncall.holidays import Holidays
from alarms.oncall.roster import Absence, Days, Roster, Substitution, Turning
from alarms.oncall.rotation import Rotation

PEOPLE = ("anna", "bo", "cia", "dan")
SKILLS = {
    "anna": frozenset({"nurse"}),
    "bo": frozenset(),
    "cia": frozenset({"nurse", "technician"}),
    "dan": frozenset(),
}
ZONES = ("Europe/Stockholm", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
#: A month with a change of clocks in Europe and in Australia.
START = datetime(2026, 3, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)

names = st.sampled_from(PEOPLE)
moments = st.integers(-48, 24 * 20).map(lambda hours: START + hours * HOUR)
spans = st.tuples(moments, st.integers(1, 100)).map(lambda drawn: (drawn[0], drawn[0] + drawn[1] * HOUR))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Draw up to three rotations in up to three layers, with holidays and what changes them for a time."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    turnings = []
    for number in range(draw(st.integers(0, 3))):
        turns = draw(st.lists(st.lists(names, max_size=2, unique=True), min_size=1, max_size=4).filter(any))
        plan = draw(st.sampled_from([["07:00"], ["02:30", "21:00"], ["Sun 02:15", "Wed 12:00"]]))
        ends_on = draw(st.sampled_from([None, date(2026, 3, 30)]))
        turnings.append(
            Turning(
                id=f"rotation-{number}",
                rotation=Rotation(date(2026, 3, 1), plan, turns, zone, ends_on=ends_on),
                area_id=draw(st.sampled_from([None, "north", "south"])),
                layer=draw(st.integers(1, 3)),
                days=draw(st.sampled_from(list(Days))),
            )
        )
    substitutions = [
        Substitution(in_id=draw(names), out_id=draw(st.none() | names), start=start, end=end)
        for start, end in draw(st.lists(spans, max_size=3))
    ]
    absences = [
        Absence(responder_id=draw(names), start=start, end=end) for start, end in draw(st.lists(spans, max_size=2))
    ]
    holidays = Holidays(zone, [date(2026, 3, 29), date(2026, 4, 5)], country="SE")
    return Roster("team", turnings, SKILLS, substitutions=substitutions, absences=absences, holidays=holidays)
