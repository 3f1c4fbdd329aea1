"""E7: a change after which a life-safety alarm would reach nobody is refused, with the area and the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, update
from typer.testing import CliRunner

from alarms.oncall.coverage import unreachable
from alarms.oncall.guard import UnreachableRouteError, keeps_reachable
from alarms.settings import DeskSettings
from gateway.cli import app
from store.clock import ManualClock
from store.database import Database
from store.tables import absence, area, area_term, contact, policy, responder, rotation, team
from tests.oncall.conftest import TOWN, Import

DAY = timedelta(days=1)
DESK = DeskSettings()
Change = Callable[[Connection], object]


def absent(name: str, start: datetime, end: datetime) -> Callable[[Connection], None]:
    row = {"id": f"away-{name}-{start.isoformat()}", "responder_id": name, "from_at": start, "to_at": end}

    def work(connection: Connection) -> None:
        connection.execute(insert(absence).values(row | {"author": "test", "created_at": start}))

    return work


@pytest.fixture
def guarded(sqlite: Database, clock: ManualClock, bring_in: Import) -> Callable[[Change], None]:
    """Bring in the town; return what makes a change under the guard."""
    bring_in(TOWN)

    def change(work: Change) -> None:
        def guarded_work(connection: Connection) -> None:
            with keeps_reachable(connection, clock.now(), DESK):
                work(connection)

        sqlite.write_now(guarded_work)

    return change


def still_reached(database: Database, clock: ManualClock) -> bool:
    now = clock.now()
    return not database.read_now(lambda connection: unreachable(connection, now, now + 30 * DAY, DESK))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.execute(update(responder).where(responder.c.id == "stina").values(active=False)),
        lambda c: c.execute(delete(contact).where(contact.c.responder_id == "stina")),
        lambda c: c.execute(update(contact).where(contact.c.responder_id == "stina").values(active=False)),
        lambda c: c.execute(update(contact).where(contact.c.responder_id == "stina").values(channel="email")),
        lambda c: (
            c.execute(insert(team).values(id="east", name="East", zone="UTC"))
            and c.execute(update(area).where(area.c.id == "b").values(team_id="east"))
        ),
        lambda c: c.execute(insert(policy).values(_policy("responder:nobody"))),
        lambda c: c.execute(insert(policy).values(_policy("responder:nobody", from_time="22:00", to_time="06:00"))),
    ],
    ids=["left", "no contact", "contact off", "channel that is not set up", "team of nobody", "policy", "night policy"],
)
def test_E7_what_takes_the_last_one_away_is_refused(
    guarded: Callable[[Change], None],
    sqlite: Database,
    clock: ManualClock,
    change: Change,
) -> None:
    with pytest.raises(
        UnreachableRouteError, match=r"Area b, team (south|east): nobody who can be reached from 2026-01-13"
    ):
        guarded(change)
    assert still_reached(sqlite, clock), "nothing was changed"


def _policy(target: str, **window: str) -> dict[str, object]:
    content = {"steps": [{"after_s": 0, "targets": [target]}], "ring": [target]}
    of_south = {"id": "p", "name": "P", "team_id": "south", "alarm_class": "life_safety", "position": 1}
    return {**of_south, "content": content, **window}


def test_E7_the_nights_of_another_team_that_a_policy_names_are_looked_at(
    sqlite: Database, clock: ManualClock, bring_in: Import
) -> None:
    bring_in(TOWN)
    since = clock.now().date() - DAY
    every_other = {"id": "every-other", "team_id": "south", "starts_on": since, "handovers": ["07:00"]}

    def arrange(connection: Connection) -> None:
        connection.execute(delete(rotation))
        connection.execute(insert(rotation).values(every_other | {"turns": [["stina"], []]}))
        connection.execute(insert(policy).values(_policy("on_duty@south") | {"team_id": "north"}))

    sqlite.write_now(arrange)
    now = clock.now()
    lacks = sqlite.read_now(lambda connection: unreachable(connection, now, now + 30 * DAY, DESK))
    alone = sum((lack.end - lack.start for lack in lacks if lack.area_ids == ("a",)), timedelta())
    assert alone == 15 * DAY


@pytest.mark.parametrize("target", ["on_duty@south", "team:south", "responder:stina"])
def test_E7_whom_a_policy_names_in_a_team_that_is_in_charge_of_nothing_is_reached(
    sqlite: Database, clock: ManualClock, bring_in: Import, target: str
) -> None:
    bring_in(TOWN)

    def arrange(connection: Connection) -> None:
        connection.execute(update(area).values(team_id="north"))
        connection.execute(insert(policy).values(_policy(target) | {"team_id": "north"}))

    sqlite.write_now(arrange)
    assert still_reached(sqlite, clock)


def test_E7_an_absence_is_refused_only_where_nobody_is_left(
    guarded: Callable[[Change], None], sqlite: Database, clock: ManualClock
) -> None:
    start = datetime(2026, 1, 20, 6, tzinfo=UTC)
    guarded(absent("anna", start, start + DAY))
    with pytest.raises(UnreachableRouteError) as refused:
        guarded(absent("bo", start + timedelta(hours=20), start + 3 * DAY))
    (lack,) = refused.value.lacks
    assert (lack.area_ids, lack.start, lack.end) == (("a",), start + timedelta(hours=20), start + DAY)
    guarded(absent("bo", start + DAY, start + 3 * DAY))
    assert still_reached(sqlite, clock)


def test_E7_a_term_of_a_team_that_reaches_nobody_is_refused_for_its_time(
    guarded: Callable[[Change], None], sqlite: Database, clock: ManualClock
) -> None:
    start = datetime(2026, 1, 20, tzinfo=UTC)

    def work(connection: Connection) -> None:
        connection.execute(insert(team).values(id="east", name="East", zone="UTC"))
        row = {"area_id": "a", "team_id": "east", "from_at": start, "to_at": start + DAY}
        connection.execute(insert(area_term).values(row))

    with pytest.raises(UnreachableRouteError) as refused:
        guarded(work)
    (lack,) = refused.value.lacks
    assert (lack.area_ids, lack.team_id, lack.start, lack.end) == (("a",), "east", start, start + DAY)
    assert still_reached(sqlite, clock)


def test_E7_beyond_30_days_nothing_is_refused(guarded: Callable[[Change], None], clock: ManualClock) -> None:
    later = clock.now() + 30 * DAY
    guarded(absent("stina", later, later + DAY))
    with pytest.raises(UnreachableRouteError):
        guarded(absent("stina", later - timedelta(microseconds=1), later + DAY))


def test_E7_what_was_unreachable_before_may_be_mended_by_halves(
    guarded: Callable[[Change], None], sqlite: Database
) -> None:
    start = datetime(2026, 1, 20, tzinfo=UTC)
    sqlite.write_now(absent("stina", start, start + 4 * DAY))

    def earlier(connection: Connection) -> None:
        connection.execute(update(absence).values(to_at=start + 2 * DAY))

    def longer(connection: Connection) -> None:
        connection.execute(update(absence).values(to_at=start + 3 * DAY))

    guarded(earlier)
    with pytest.raises(UnreachableRouteError):
        guarded(longer)


def test_E7_an_import_is_refused_with_the_reason_and_writes_nothing(tmp_path: Path) -> None:
    file, data, runner = tmp_path / "town.yaml", tmp_path / "data", CliRunner()
    file.write_text(
        TOWN.replace(
            "stina, name: Stina, team: south, contacts: [{ channel: console }]", "stina, name: Stina, team: south"
        )
    )
    for dry in (["--dry-run"], []):
        refused = runner.invoke(app, ["import", str(file), "--data", str(data), *dry])
        assert refused.exit_code == 1
        assert "a life-safety alarm would reach nobody" in refused.output
        assert "Area b, team south" in " ".join(refused.output.split())
    file.write_text(TOWN)
    assert "would be written" in runner.invoke(app, ["import", str(file), "--data", str(data), "--dry-run"]).output
    assert runner.invoke(app, ["import", str(file), "--data", str(data)]).exit_code == 0
    again = runner.invoke(app, ["import", str(file), "--data", str(data)])
    assert "Nothing to change." in again.output
