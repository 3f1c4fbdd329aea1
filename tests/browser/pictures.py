"""A night to take pictures of."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from alarms.desk import record
from alarms.lifecycle import actions
from rules.base import AlarmClass, Finding, Scope
from store.tables import account, presence
from tests.api import town as places
from tests.browser.conftest import House


def furnish(house: House) -> int:
    """Let a night happen; return the number of the alarm that Anna has not taken yet."""
    now = house.clock.now()

    def measure(connection: Connection) -> None:
        values: list[tuple[str, float, str, float, dict[str, Any]]] = [
            ("systolic", 141, "mm[Hg]", 7 * 60, {}),
            ("diastolic", 82, "mm[Hg]", 7 * 60, {}),
            ("pulse", 71, "/min", 7 * 60, {}),
            ("motion", 1, "1", 3, {"room": "hall", "resident_id": ""}),
            ("motion", 1, "1", 6, {"room": "badrum", "resident_id": ""}),
            ("motion", 1, "1", 51, {"room": "sovrum", "resident_id": ""}),
        ]
        for number, (kind, value, unit, minutes, more) in enumerate(values, 1):
            at = now - timedelta(minutes=minutes)
            places.observe(connection, number, at, kind=kind, value=float(value), unit=unit, **more)
        connection.execute(insert(presence).values(device_id="pendant-2", last_seen_at=now - timedelta(hours=6)))
        connection.execute(update(account).where(account.c.login == "anna").values(name="Anna Ek"))

    house.write(measure)
    earlier = now - timedelta(hours=3)
    closed = places.press(house.database, earlier, 2)
    house.write(lambda c: actions.accept(c, closed, "anna", earlier))
    house.write(lambda c: actions.close(c, closed, "anna", earlier + timedelta(minutes=14), outcome="helped"))
    quiet = Finding(
        key="silence/pendant-2",
        rule="silence",
        code="silent",
        alarm_class=AlarmClass.TECHNICAL,
        scope=Scope.DEVICE,
        subject="pendant-2",
        time=now - timedelta(minutes=40),
        facts={"lacking_s": 21600.0, "interval_s": 300.0},
    )
    house.write(lambda c: record(c, [quiet], now - timedelta(minutes=40)))
    places.care(house.database, now - timedelta(minutes=12))
    return places.press(house.database, now - timedelta(seconds=24), 1)
