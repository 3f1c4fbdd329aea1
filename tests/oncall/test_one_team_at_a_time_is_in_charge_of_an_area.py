"""An area belongs to one team at every moment, and the alarm asks who it is when it comes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from alarms.oncall.terms import Term, charges, in_charge, overlapping
from alarms.placement import place
from rules.base import AlarmClass, Finding, Scope
from store.clock import ManualClock
from store.database import Database
from store.tables import area, area_term
from tests.alarms.town import populate
from tests.oncall.conftest import TOWN, Import

DAY = timedelta(days=1)


def team_of(connection: Connection, at: datetime, subject: str = "pendant-1") -> str:
    finding = Finding(
        key="k",
        rule="press",
        code="pressed",
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=Scope.DEVICE,
        subject=subject,
        time=at,
    )
    return place(connection, finding, at).team_id


def test_the_team_is_looked_up_at_the_moment_of_the_alarm(database: Database, clock: ManualClock) -> None:
    now = clock.now()

    def work(connection: Connection) -> list[str]:
        populate(connection)
        for start, end in ((now + DAY, now + 2 * DAY), (now + 5 * DAY, None)):
            row = {"area_id": "n1", "team_id": "south", "from_at": start, "to_at": end}
            connection.execute(insert(area_term).values(row))
        moments = [now, now + DAY - timedelta(microseconds=1), now + DAY, now + 2 * DAY, now + 9 * DAY]
        (charge, _) = charges(connection)
        asked = [team_of(connection, at) for at in moments]
        assert asked == [charge.team_at(at) for at in moments]
        return asked

    assert database.write_now(work) == ["north", "north", "south", "north", "south"]


def test_an_unknown_device_goes_to_the_team_that_has_the_fallback_area_now(
    sqlite: Database, clock: ManualClock
) -> None:
    now = clock.now()

    def work(connection: Connection) -> tuple[str, str]:
        populate(connection)
        row = {"area_id": "s1", "team_id": "north", "from_at": now + DAY, "to_at": None}
        connection.execute(insert(area_term).values(row))
        return team_of(connection, now, "nobody-knows"), team_of(connection, now + DAY, "nobody-knows")

    assert sqlite.write_now(work) == ("south", "north")


def test_the_file_gives_terms_in_local_time_and_takes_them_back(sqlite: Database, bring_in: Import) -> None:
    terms = "teams: [{ team: south, from: 2026-03-01, to: 2026-04-01T07:00 }, { team: south, from: 2026-06-01 }]"
    with_terms = TOWN.replace("    fallback: true", f"    fallback: true\n    {terms}")
    bring_in(with_terms)
    assert bring_in(with_terms).is_empty
    (charge, _) = sqlite.read_now(charges)
    assert charge.team_at(datetime(2026, 2, 28, 22, 59, tzinfo=UTC)) == "north"
    assert charge.team_at(datetime(2026, 2, 28, 23, 0, tzinfo=UTC)) == "south"
    assert charge.team_at(datetime(2026, 4, 1, 4, 59, tzinfo=UTC)) == "south"
    assert charge.team_at(datetime(2026, 4, 1, 5, 0, tzinfo=UTC)) == "north"
    assert charge.team_at(datetime(2030, 1, 1, tzinfo=UTC)) == "south"
    moved = bring_in(with_terms.replace("2026-06-01", "2026-07-01"))
    assert [key for _, key in moved.gone] == [("a", datetime(2026, 5, 31, 22, 0, tzinfo=UTC))]
    bring_in(TOWN)
    assert sqlite.read_now(charges)[0].terms == ()


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (
            "[{ team: south, from: 2026-03-01, to: 2026-05-01 }, { team: north, from: 2026-04-30 }]",
            "line 10, areas[0].teams[1]: south on line 10 is in charge at the same time; one team at a time",
        ),
        ("[{ team: south }, { team: north, from: 2026-04-30 }]", "line 10, areas[0].teams[1]: south on line 10 is in"),
        ("[{ team: south, from: 2026-03-01, to: 2026-03-01 }]", "line 10, areas[0].teams[0].to: it must end after"),
        ("[{ team: east, from: 2026-03-01 }]", "line 10, areas[0].teams[0].team: there is no team east"),
        ("[{ team: south, from: soon }]", "line 10, areas[0].teams[0].from"),
    ],
)
def test_two_teams_at_once_are_refused_with_their_lines(
    problems: Callable[[str], list[str]], terms: str, expected: str
) -> None:
    found = problems(TOWN.replace("    fallback: true", f"    fallback: true\n    teams: {terms}"))
    assert any(problem.startswith(expected) for problem in found), found


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=6))
def test_terms_overlap_exactly_where_two_teams_would_be_in_charge(spans: list[tuple[int, int]]) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    terms = [
        Term(str(number), start + first * DAY, start + (first + length) * DAY)
        for number, (first, length) in enumerate(spans)
    ]
    hours = [start + DAY * number for number in range(20)]
    double = any(sum(term.start <= at < term.end for term in terms) > 1 for at in hours)
    assert bool(list(overlapping(terms))) == double


def test_sql_and_python_name_the_same_team(database: Database, clock: ManualClock) -> None:
    now = clock.now()

    def work(connection: Connection) -> None:
        populate(connection)
        row = {"area_id": "n1", "team_id": "south", "from_at": now, "to_at": now + DAY}
        connection.execute(insert(area_term).values(row))
        for at in (now - DAY, now, now + DAY):
            found = {one.id: one.team for one in connection.execute(select(area.c.id, in_charge(at).label("team")))}
            assert found == {charge.area_id: charge.team_at(at) for charge in charges(connection)}

    database.write_now(work)
