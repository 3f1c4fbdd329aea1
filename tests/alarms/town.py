"""A small town to test the desk in: whatever is done in it, S4 and S3 are checked by SQL afterwards."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select

from alarms import auditor, queries
from alarms.desk import Recorded, record
from alarms.escalation import timers
from alarms.lifecycle import actions
from alarms.lifecycle.actions import Standing
from alarms.settings import DeskSettings, SmtpSettings, WebhookSettings
from alarms.views import AlarmDetail, AlarmView, Told
from rules.base import AlarmClass, Finding, Scope
from store import tables
from store.clock import ManualClock
from store.database import Database

T = TypeVar("T")

#: A Tuesday in winter, at night: when nobody looks.
NIGHT = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: E-mail and webhooks are set up, so contacts on them reach people; nothing is sent unless a test runs a desk.
SETTINGS = DeskSettings(
    smtp=SmtpSettings(host="127.0.0.1", port=9, security="none"),
    webhook=WebhookSettings.model_validate({"secret": SECRET}),
    # Nobody here has proved a channel, which the desk would say by day.
    look_ahead=False,
)
ROTATION = {"starts_on": date(2026, 1, 1), "handovers": ["07:00"]}


def populate(connection: Connection) -> None:
    """Team north: anna and bo take turns, cia helps, sara supervises. Team south answers for all that is unknown."""
    teams = [{"id": name, "name": name.title(), "zone": "Europe/Stockholm"} for name in ("north", "south")]
    connection.execute(insert(tables.team), teams)
    connection.execute(
        insert(tables.area),
        [
            {"id": "n1", "name": "Norra", "team_id": "north", "fallback": False},
            {"id": "s1", "name": "Södra", "team_id": "south", "fallback": True},
        ],
    )
    for name, team, supervisor in (
        ("anna", "north", False),
        ("bo", "north", False),
        ("cia", "north", False),
        ("sara", "north", True),
        ("stig", "south", False),
        ("sven", "south", True),
    ):
        person = {"id": name, "name": name.title(), "team_id": team, "supervisor": supervisor}
        connection.execute(insert(tables.responder).values(person))
        add_contact(connection, name, "console", "")
        add_contact(connection, name, "email", f"{name}@example.org")
    rotations = [
        {"id": "nights", "team_id": "north", "turns": [["anna"], ["bo"]], **ROTATION},
        {"id": "south", "team_id": "south", "turns": [["stig"]], **ROTATION},
    ]
    connection.execute(insert(tables.rotation), rotations)
    connection.execute(insert(tables.home).values(id="home-1", area_id="n1", address="Storgatan 1", key_note="Box 4"))
    resident = {"id": "res-1", "home_id": "home-1", "name": "Elsa Ek", "sex": "female", "birth_year": 1938}
    connection.execute(insert(tables.resident).values(resident))
    since = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    device = {"id": "pendant-1", "family": "hemvakt", "address": "pendant-1", "kind": "pendant", "added_at": since}
    connection.execute(insert(tables.device).values(device))
    serves = {"device_id": "pendant-1", "home_id": "home-1", "resident_id": "res-1", "from_at": since}
    connection.execute(insert(tables.assignment).values(serves))


def add_contact(connection: Connection, responder: str, channel: str, address: str) -> None:
    connection.execute(insert(tables.contact).values(responder_id=responder, channel=channel, address=address))


class Town:
    """Does things at the desk as the system would, one transaction each, and checks the invariants after each."""

    def __init__(self, database: Database, clock: ManualClock, settings: DeskSettings = SETTINGS) -> None:
        self.database, self.clock, self.settings = database, clock, settings
        self._numbers = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def do(self, work: Callable[[Connection], T]) -> T:
        try:
            return self.database.write_now(work)
        finally:
            self.check()

    def see(self, work: Callable[[Connection], T]) -> T:
        return self.database.read_now(work)

    def check(self) -> None:
        """S4: nothing is forgotten, ever. S3: one open alarm a key."""
        # A timer that is due and not yet fired still drives its alarm: only in production does it count as late.
        forgotten = self.see(lambda connection: auditor.forgotten(connection, self.now, timedelta(days=3650)))
        assert forgotten == (), f"S4: alarms {forgotten} are forgotten"
        key = tables.alarm.c.correlation_key
        query = select(key).where(tables.alarm.c.handling != "closed").group_by(key).having(func.count() > 1)
        doubles = self.see(lambda connection: connection.execute(query).all())
        assert doubles == [], f"S3: {doubles} are open twice"

    def finding(self, **changed: Any) -> Finding:
        values: dict[str, Any] = {
            "key": f"key-{next(self._numbers)}",
            "rule": "press",
            "code": "pressed",
            "alarm_class": AlarmClass.LIFE_SAFETY,
            "scope": Scope.DEVICE,
            "subject": "pendant-1",
            "time": self.now,
        }
        return Finding(**(values | changed))

    def record(self, *findings: Finding) -> Recorded:
        return self.do(lambda connection: record(connection, findings, self.now, self.settings))

    def press(self, **changed: Any) -> int:
        """Record one finding, a press unless changed; return the number of its alarm."""
        done = self.record(self.finding(**changed))
        return (done.opened + done.occurred)[0]

    def care(self, **changed: Any) -> int:
        values = {"rule": "limits", "code": "high", "alarm_class": AlarmClass.CARE, "scope": Scope.RESIDENT}
        return self.press(**(values | {"subject": "res-1"} | changed))

    def technical(self, **changed: Any) -> int:
        values = {"rule": "battery", "code": "low", "alarm_class": AlarmClass.TECHNICAL}
        return self.press(**(values | changed))

    def run_due(self) -> int:
        """Fire everything that is due, in as many passes as it takes."""
        fired = 0
        while now := self.do(lambda connection: timers.run_due(connection, self.now, 500, self.settings)):
            fired += now
        return fired

    def advance(self, seconds: float) -> None:
        """Let time pass with a desk that is awake: each timer fires when it is due."""
        end = self.now + timedelta(seconds=seconds)
        while (due := self.see(timers.next_due)) is not None and due <= end:
            self.clock.set(max(due, self.now))
            self.run_due()
        self.clock.set(end)

    def act(self, name: str, alarm: int, who: str, **more: Any) -> Standing:
        action = getattr(actions, name)
        standing: Standing = self.do(
            lambda connection: action(connection, alarm, who, self.now, settings=self.settings, **more)
        )
        return standing

    def accept(self, alarm: int, who: str) -> Standing:
        return self.act("accept", alarm, who)

    def close(self, alarm: int, who: str, outcome: str = "helped", **more: Any) -> Standing:
        return self.act("close", alarm, who, outcome=outcome, **more)

    def detail(self, alarm: int) -> AlarmDetail:
        return self.see(lambda connection: queries.alarm_detail(connection, alarm, newest=100_000))

    def alarm(self, alarm: int) -> AlarmView:
        return self.detail(alarm).alarm

    def told(self, alarm: int, *reasons: str, channel: str = "console") -> list[Told]:
        """Return the pages of an alarm on one channel, for these reasons or for any."""
        pages = self.detail(alarm).told
        return [page for page in pages if page.channel == channel and (not reasons or page.reason in reasons)]

    def names(self, alarm: int, *reasons: str, channel: str = "console") -> list[str]:
        return [page.responder_id for page in self.told(alarm, *reasons, channel=channel)]

    def actions_of(self, alarm: int) -> list[str]:
        return [event.action for event in self.detail(alarm).audit]
