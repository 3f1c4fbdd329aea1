"""Ten alarms of one October, as the desk writes them into the audit, and those around them that are not in it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from alarms import audit
from alarms.audit import Entry

ZONE = "Europe/Stockholm"
STOCKHOLM = ZoneInfo(ZONE)
#: The newest row of the audit: 60 minutes after alarm 6 opened.
LAST = datetime(2026, 11, 1, 0, 59, 30, tzinfo=STOCKHOLM)


def local(day: int, hour: int = 12, minute: int = 0, second: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=STOCKHOLM)


class Diary:
    """Collects rows of alarms and writes them in the order of their times."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, alarm: int, at: datetime, action: str, team: str, **detail: Any) -> None:
        self.entries.append(
            Entry(
                at=at.astimezone(UTC),
                actor_kind="system",
                actor="test",
                action=action,
                alarm_id=alarm,
                team_id=team,
                detail=detail,
            )
        )

    def write(self, connection: Connection) -> None:
        audit.append_all(connection, sorted(self.entries, key=lambda entry: entry.at))


class Told:
    """One alarm and what happens to it, by seconds after it opened."""

    def __init__(self, diary: Diary, number: int, opened: datetime, where: str, what: str, whom: str) -> None:
        """``where``: team/area; ``what``: class/rule; ``whom``: sex/person, or nothing."""
        team, area = where.split("/")
        alarm_class, rule = what.split("/")
        about = dict(zip(("sex", "person"), whom.split("/"), strict=True)) if whom else {}
        self.number, self.opened, self.team, self._diary = number, opened, team, diary
        self.happens(0, "opened", alarm_class=alarm_class, rule=rule, area=area, told=["anna"], step=0, **about)

    def happens(self, after_s: float, action: str, **detail: Any) -> "Told":
        self._diary.add(self.number, self.opened + timedelta(seconds=after_s), action, self.team, **detail)
        return self

    def accepted(self, after_s: float) -> "Told":
        return self.happens(after_s, "accepted")

    def visited(self, on_the_way_s: float, there_s: float | None = None) -> "Told":
        self.happens(on_the_way_s, "attended")
        return self if there_s is None else self.happens(there_s, "arrived")

    def steps(self, count: int) -> "Told":
        for number in range(1, count + 1):
            self.happens(60 * number, "step_due", step=number, told=["anna"])
        return self

    def closed(self, after_s: float, outcome: str) -> "Told":
        return self.happens(after_s, "closed", outcome=outcome)


def october() -> Diary:
    """Return ten alarms of October and two that lie a second outside it.

    | no| where   | what                  | who | accepted | there     | outcome           | besides          |
    |---|---------|-----------------------|-----|----------|-----------|-------------------|------------------|
    | 1 | north/n1| life_safety/press     | F p1| 30 s     | 20 min    | helped            | first instant    |
    | 2 | north/n1| life_safety/press     | F p2| 60 s     |           | no_help_needed    |                  |
    | 3 | north/n1| life_safety/fall      | M p3| 61 s     | 45 min    | false_alarm       | 1 step           |
    | 4 | north/n2| life_safety/press     | M p4| 180 s    | 50 min    | moved_to_hospital | 2 steps          |
    | 5 | north/n2| life_safety/press     | F p5| 240 s    | 61 min    | emergency_services| 3 steps, 60 s ring|
    | 6 | south/s1| life_safety/inactivity| F p6| never    |           |                   | told nobody      |
    | 7 | south/s1| care/limits           | M p7| 500 s    |           | measurement_…     |                  |
    | 8 | south/s1| technical/silence     |     |          |           | restored_itself   |                  |
    | 9 | south/s1| life_safety/press     | F p6| 20 s     |           | test              | a test           |
    | 10| south/s1| life_safety/press     | F p6| 10 s     | on the way| no_help_needed    | forgotten once   |
    """
    diary = Diary()
    press = "life_safety/press"
    Told(diary, 11, local(30, 23, 59, 59, month=9), "north/n1", press, "female/p1").accepted(5)
    Told(diary, 1, local(1, 0), "north/n1", press, "female/p1").accepted(30).visited(60, 1200).closed(1800, "helped")
    Told(diary, 2, local(2), "north/n1", press, "female/p2").accepted(60).closed(90, "no_help_needed")
    fall = Told(diary, 3, local(3), "north/n1", "life_safety/fall", "male/p3").steps(1).accepted(61)
    fall.visited(100, 2700).closed(2800, "false_alarm")
    four = Told(diary, 4, local(4, 3), "north/n2", press, "male/p4").steps(2).accepted(180)
    four.visited(200, 3000).closed(4000, "moved_to_hospital")
    five = Told(diary, 5, local(25, 2, 30), "north/n2", press, "female/p5").steps(2)
    five.happens(180, "step_due", step=3, told=["sara"], exhausted=True).accepted(240)
    diary.entries[-1].detail.update(exhausted=False)  # type: ignore[attr-defined]
    five.visited(300, 3660).closed(4000, "emergency_services")
    six = Told(diary, 6, local(31, 23, 59, 30), "south/s1", "life_safety/inactivity", "female/p6")
    diary.entries[-1].detail.update(told=[], exhausted=True)  # type: ignore[attr-defined]
    six.happens(60, "ring_due", told=["stig"])
    Told(diary, 7, local(7), "south/s1", "care/limits", "male/p7").accepted(500).closed(600, "measurement_followed_up")
    eight = Told(diary, 8, local(8), "south/s1", "technical/silence", "")
    eight.happens(900, "restored").happens(1500, "auto_closed", outcome="restored_itself")
    Told(diary, 9, local(9), "south/s1", press, "female/p6").accepted(20).closed(60, "test")
    ten = Told(diary, 10, local(10), "south/s1", press, "female/p6").accepted(10).visited(30)
    ten.happens(2730, "lease_expired", told=["stig"]).accepted(2800).closed(3000, "no_help_needed")
    Told(diary, 12, local(1, 0, month=11), "north/n1", press, "female/p1").accepted(5)
    diary.add(0, LAST, "nothing", "north")
    return diary
