"""S, E, D, M together: whatever devices, people, clocks, providers and crashes do, the invariants hold."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from alarms.audit import verify
from alarms.channel import Page, Receipt, Result
from alarms.delivery import outbox
from alarms.errors import DeskError
from alarms.escalation import timers
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import OWNED, Handling, Overlay
from alarms.pauses import control
from rules.base import AlarmClass, Scope
from store import tables
from store.clock import ManualClock
from store.database import Database
from store.schema import migrate
from tests.alarms.town import NIGHT, Town, populate

PEOPLE = st.sampled_from(["anna", "bo", "cia", "sara", "stig", "nobody"])
DEVICES = st.sampled_from(["pendant-1", "pendant-2"])
INSTANCES = st.sampled_from(["desk-1", "desk-2"])


@cache
def template() -> Path:
    """Return a populated database that every example begins with a copy of."""
    path = Path(tempfile.mkdtemp(prefix="hemvakt-")) / "template.db"
    with Database(f"sqlite:///{path}") as database:
        migrate(database)
        database.write_now(populate)
    return path


class Night(RuleBasedStateMachine):
    """One night at the desk."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hemvakt-"))
        shutil.copy(template(), self.folder / "night.db")
        self.database = Database(f"sqlite:///{self.folder / 'night.db'}")
        self.town = Town(self.database, ManualClock(NIGHT))
        self.occurrences: dict[int, int] = {}
        self.closed_by_people: set[int] = set()
        self.flying: list[tuple[str, Page]] = []

    def teardown(self) -> None:
        if hasattr(self, "database"):
            verdict = self.town.see(verify)
            self.database.close()
            shutil.rmtree(self.folder)
            assert verdict.broken_at is None

    def alarms(self) -> list[Any]:
        return list(self.town.see(lambda c: c.execute(select(tables.alarm)).mappings().all()))

    def any_alarm(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.occurrences)))

    @rule(device=DEVICES, times=st.integers(1, 3))
    def press(self, device: str, times: int) -> None:
        findings = [self.town.finding(subject=device) for _ in range(times)]
        done = self.town.record(*findings, findings[0])
        for number in (*done.opened, *done.occurred):
            self.occurrences[number] = self.occurrences.get(number, 0) + 1
        assert (len(done.opened) + len(done.occurred), done.known) == (times, 1)

    @rule(graver=st.booleans())
    def measure(self, graver: bool) -> None:
        alarm = self.town.care(**({"alarm_class": AlarmClass.LIFE_SAFETY} if graver else {}))
        self.occurrences[alarm] = self.occurrences.get(alarm, 0) + 1

    @rule(device=DEVICES, kind=st.sampled_from(["battery", "silence"]))
    def fail(self, device: str, kind: str) -> None:
        alarm = self.town.technical(rule=kind, subject=device)
        self.occurrences[alarm] = self.occurrences.get(alarm, 0) + 1

    @rule(device=DEVICES, kind=st.sampled_from(["press", "battery", "silence", "limits"]))
    def restore(self, device: str, kind: str) -> None:
        self.town.record(self.town.finding(subject=device, rule=kind, restores=True))

    @precondition(lambda self: self.occurrences)
    @rule(data=st.data(), who=PEOPLE, what=st.sampled_from(["accept", "accept", "accept", "confirm", "attend"]))
    def take(self, data: st.DataObject, who: str, what: str) -> None:
        with suppress(DeskError):
            standing = self.town.act(what, self.any_alarm(data), who)
            assert standing.handling in OWNED
            assert standing.yours == (standing.owner_id == who)

    @precondition(lambda self: self.occurrences)
    @rule(data=st.data(), who=PEOPLE, to=PEOPLE, how=st.sampled_from(["release", "hand_over"]))
    def give(self, data: st.DataObject, who: str, to: str, how: str) -> None:
        with suppress(DeskError):
            more = {"to": to} if how == "hand_over" else {}
            self.town.act(how, self.any_alarm(data), who, reason="shift ends", **more)

    @precondition(lambda self: self.occurrences)
    @rule(data=st.data(), who=PEOPLE, outcome=st.sampled_from(["", "nonsense", *Outcome]))
    def close(self, data: st.DataObject, who: str, outcome: str) -> None:
        with suppress(DeskError):
            alarm = self.any_alarm(data)
            self.town.close(alarm, who, outcome)
            self.closed_by_people.add(alarm)

    @precondition(lambda self: self.occurrences)
    @rule(data=st.data(), who=PEOPLE, seconds=st.integers(-10, 90000))
    def shelve(self, data: st.DataObject, who: str, seconds: int) -> None:
        with suppress(DeskError):
            until = self.town.now + timedelta(seconds=seconds)
            self.town.act("shelve", self.any_alarm(data), who, until=until, reason="known")

    @rule(who=PEOPLE, minutes=st.integers(-1, 31))
    def a_test_begins(self, who: str, minutes: int) -> None:
        until = self.town.now + timedelta(minutes=minutes)
        with suppress(DeskError):
            self.town.do(
                lambda c: control.begin_test(
                    c,
                    scope=Scope.DEVICE,
                    subject="pendant-1",
                    responder_id=who,
                    until=until,
                    reason="fitting",
                    now=self.town.now,
                    settings=self.town.settings,
                )
            )

    @rule(who=PEOPLE, number=st.integers(1, 4))
    def pause_ends(self, who: str, number: int) -> None:
        with suppress(DeskError):
            self.town.do(lambda c: control.end(c, number, who, self.town.now, settings=self.town.settings))

    @rule(seconds=st.sampled_from([0.5, 10, 30, 61, 200]))
    def time_passes(self, seconds: float) -> None:
        self.town.advance(seconds)

    @rule(hours=st.integers(1, 30))
    def desk_was_down(self, hours: int) -> None:
        self.town.clock.advance(hours=hours)
        self.town.run_due()

    @rule(seconds=st.integers(2, 4000))
    def clock_set_back(self, seconds: int) -> None:
        by = timedelta(seconds=seconds)
        self.town.clock.set(self.town.now - by)
        self.town.do(lambda c: timers.set_clock_back(c, by, self.town.now))

    @rule(instance=INSTANCES, limit=st.integers(1, 5))
    def dispatch(self, instance: str, limit: int) -> None:
        claimed = self.town.do(
            lambda c: outbox.claim(c, "email", instance, self.town.now, lease_s=20, limit=limit, base_url="x")
        )
        self.flying += [(instance, page) for page in claimed]

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), result=st.sampled_from(Result), twice=st.booleans())
    def answer(self, data: st.DataObject, result: Result, twice: bool) -> None:
        instance, page = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        for _ in range(1 + twice):
            self.town.do(lambda c: outbox.finish(c, page, instance, Receipt(result), self.town.now))

    @rule()
    def crash(self) -> None:
        self.flying.clear()

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "database"):
            return
        driven = self.town.see(lambda c: c.execute(select(tables.timer)).all())
        kinds: dict[int, set[str]] = {}
        for timer in driven:
            kinds.setdefault(timer.alarm_id, set()).add(timer.kind)
        for alarm in self.alarms():
            self.look_at(alarm, kinds.get(alarm["id"], set()))
        self.look_at_pages()

    def look_at(self, alarm: Any, kinds: set[str]) -> None:
        """S4 for every class, S5, and the axes against the timers."""
        if alarm["handling"] == Handling.CLOSED:
            assert kinds == set()
            by_machine = alarm["alarm_class"] == AlarmClass.TECHNICAL and alarm["outcome"] == Outcome.RESTORED_ITSELF
            # Its holder has answered the test, or ended it.
            by_holder = alarm["overlay"] == Overlay.TEST and alarm["outcome"] == Outcome.TEST
            assert by_machine or by_holder or alarm["id"] in self.closed_by_people
        elif alarm["handling"] == Handling.OPEN:
            shelved = alarm["overlay"] == Overlay.SHELVED
            assert ("overlay" in kinds) == (alarm["overlay"] != Overlay.NONE)
            assert len(kinds & {"step", "ring"}) == (0 if shelved else 1)
            assert not kinds & {"lease", "confirm"}
            assert alarm["alarm_class"] != AlarmClass.LIFE_SAFETY or not shelved
        else:
            assert "lease" in kinds
            assert not kinds & {"step", "ring"}
            assert ("overlay" in kinds) == (alarm["overlay"] == Overlay.TEST)
        if alarm["rule"] != "desk":
            assert alarm["occurrences"] == self.occurrences[alarm["id"]]

    def look_at_pages(self) -> None:
        """D1: sent means accepted. E8: nothing waits to be sent about a closed alarm."""
        accepted = select(tables.delivery.c.page_id).where(tables.delivery.c.result == "accepted")
        claimed_sent = select(tables.page.c.id).where(tables.page.c.state == "sent", tables.page.c.channel == "email")
        liars = claimed_sent.where(tables.page.c.id.not_in(accepted))
        assert self.town.see(lambda c: c.execute(liars).all()) == []
        unsent = select(tables.page.c.id).where(tables.page.c.state.in_(["pending", "leased"]))
        useless = unsent.join(tables.alarm).where(tables.alarm.c.handling == "closed")
        assert self.town.see(lambda c: c.execute(useless).all()) == []


TestNight = Night.TestCase
TestNight.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
