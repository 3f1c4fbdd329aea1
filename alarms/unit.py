"""One unit of work at the desk: alarms are changed in memory, and all that follows is written together, set by set."""

from collections import Counter, deque
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from alarms import audit, help_told, repository
from alarms.channel import ringing
from alarms.delivery import outbox
from alarms.delivery.outbox import Draft
from alarms.errors import NoSuchAlarmError
from alarms.escalation.book import PolicyBook
from alarms.lifecycle.states import NEWS, Condition, Handling, Reason, TimerKind
from alarms.model import Actor, Alarm, Signal
from alarms.oncall.directory import Directory, Recipient
from alarms.pauses.book import PauseBook
from alarms.settings import DeskSettings
from rules.base import AlarmClass

_TimerKey = tuple[int, TimerKind]


class Unit:
    """Holds the desk's lock from its creation until the transaction ends, so what it has loaded is the truth."""

    def __init__(self, connection: Connection, now: datetime, settings: DeskSettings) -> None:
        """Take the lock; it waits for whoever has it."""
        self._head = audit.lock(connection)
        self.connection, self.now, self.settings = connection, now, settings
        self.directory = Directory(connection, now, settings)
        self.policies = PolicyBook(connection, settings.policies, now)
        self.pauses = PauseBook(connection, now)
        #: What the work itself has found and somebody must handle.
        self.reported: deque[Signal] = deque()
        self._alarms: dict[int, Alarm] = {}
        self._before: dict[int, Alarm] = {}
        self._stood: dict[int, help_told.Stand | None] = {}
        self._by_key: dict[str, int] = {}
        self._asked: set[str] = set()
        self._new: set[int] = set()
        self._timers: dict[_TimerKey, datetime] = {}
        self._timers_before: dict[_TimerKey, datetime] = {}
        self._entries: list[audit.Entry] = []
        self._occurrences: list[dict[str, Any]] = []
        self._pressed: Counter[str] = Counter()
        self._pressed_before: dict[str, int] = {}
        self._drafts: list[Draft] = []
        self._withdrawn: set[int] = set()

    def fetch(self, ids: Collection[int]) -> None:
        """Load alarms with their timers, in as few statements as there can be."""
        self._hold(repository.by_ids(self.connection, [number for number in ids if number not in self._alarms]))

    def alarm(self, number: int) -> Alarm:
        """Return an alarm, the same object every time. Raises NoSuchAlarmError."""
        if number not in self._alarms:
            self.fetch([number])
        if number not in self._alarms:
            raise NoSuchAlarmError
        return self._alarms[number]

    def open_alarms(self, keys: Collection[str]) -> dict[str, Alarm]:
        """Return the alarms that are not closed, by correlation key."""
        unknown = [key for key in keys if key not in self._asked]
        self._asked.update(unknown)
        self._hold(repository.open_by_keys(self.connection, unknown))
        held = {key: self._alarms[self._by_key[key]] for key in keys if key in self._by_key}
        return {key: found for key, found in held.items() if found.handling is not Handling.CLOSED}

    def forget_key(self, key: str) -> None:
        """Hold no alarm under a key any more: the one that had it has another."""
        self._by_key.pop(key, None)

    def alarms_of_device(self, device_id: str) -> list[Alarm]:
        """Return the alarms whose condition only this device could say is over."""
        found = repository.active_of_device(self.connection, device_id)
        self._hold(found)
        return [held for one in found if (held := self._alarms[one.id]).condition is Condition.ACTIVE]

    def add(self, new: Alarm) -> Alarm:
        """Store a new alarm, whose number the database gives."""
        new.id = repository.add(self.connection, new)
        self._alarms[new.id] = new
        self._before[new.id] = repository.copy_of(new)
        self._stood[new.id] = help_told.stand(new)
        self._by_key[new.correlation_key] = new.id
        self._asked.add(new.correlation_key)
        self._new.add(new.id)
        return new

    def set_timer(self, alarm: Alarm, kind: TimerKind, due: datetime) -> None:
        """Let something happen at ``due``; it replaces a timer of the same kind."""
        self._timers[alarm.id, kind] = due

    def cancel_timers(self, alarm: Alarm, *kinds: TimerKind) -> None:
        for kind in kinds or TimerKind:
            self._timers.pop((alarm.id, kind), None)

    def due(self, alarm: Alarm, kind: TimerKind) -> datetime | None:
        """Return when the timer of this kind is due, or None when there is none."""
        return self._timers.get((alarm.id, kind))

    def occurred(self, alarm: Alarm, signal: Signal) -> None:
        """Note an occurrence."""
        row = {"alarm_id": alarm.id, "finding_key": signal.key, "at": signal.time, "recorded_at": self.now}
        self._occurrences.append(row)
        if alarm.alarm_class is AlarmClass.LIFE_SAFETY:
            self._pressed[_who(alarm)] += 1

    def presses(self, alarm: Alarm) -> int:
        """Count the life-safety occurrences of the resident of ``alarm`` within ``insistent_s``, this unit's too."""
        who = _who(alarm)
        if not alarm.resident_id and alarm.occurrences == 1 and alarm.repeat_of is None:
            # The first of a subject that belongs to nobody: the search for an alarm to link it to has found none.
            return self._pressed[who]
        if who not in self._pressed_before:
            since = self.now - timedelta(seconds=self.settings.insistent_s)
            self._pressed_before[who] = repository.count_presses(self.connection, alarm, since)
        return self._pressed_before[who] + self._pressed[who]

    def told_now(self, alarm: Alarm) -> set[str]:
        """Return the ids of those whom this unit tells of an alarm."""
        return {draft.responder_id for draft in self._drafts if draft.alarm_id == alarm.id}

    def page(self, alarm: Alarm, recipients: Iterable[Recipient], reason: Reason) -> None:
        """Tell people, on all the contacts that each recipient carries; no telephone rings for mere news."""
        self._drafts += [
            Draft(
                alarm_id=alarm.id,
                responder_id=recipient.person.id,
                channel=contact.channel,
                address=contact.address,
                reason=reason,
                step=alarm.step,
            )
            for recipient in recipients
            for contact in recipient.contacts
            if reason not in NEWS or contact.channel not in ringing()
        ]

    def withdraw_pages(self, alarm: Alarm) -> None:
        """Take back what was not sent yet."""
        self._withdrawn.add(alarm.id)
        self._drafts = [draft for draft in self._drafts if draft.alarm_id != alarm.id]

    def log(self, alarm: Alarm, actor: Actor, action: str, detail: dict[str, Any]) -> None:
        """Add the audit row of a transition."""
        self._entries.append(
            audit.Entry(
                at=self.now,
                actor_kind=actor.kind.value,
                actor=actor.id,
                action=action,
                alarm_id=alarm.id,
                team_id=alarm.team_id,
                detail=detail,
            )
        )

    def log_event(self, actor: Actor, action: str, detail: dict[str, Any]) -> None:
        """Add the audit row of something that is no transition of one alarm."""
        entry = audit.Entry(at=self.now, actor_kind=actor.kind.value, actor=actor.id, action=action, detail=detail)
        self._entries.append(entry)

    def write_back(self, alarm: Alarm) -> None:
        """Write one alarm now: the database lets no other open with its key before it knows that this one closed."""
        repository.save(self.connection, [(self._before[alarm.id], alarm)])
        self._before[alarm.id] = repository.copy_of(alarm)

    def flush(self) -> None:
        """Write everything. Nothing may be done with the unit afterwards."""
        connection = self.connection
        repository.save(connection, ((self._before[number], found) for number, found in self._alarms.items()))
        repository.add_occurrences(connection, self._occurrences)
        timers = {key: due for key, due in self._timers.items() if self._timers_before.get(key) != due}
        repository.set_timers(connection, timers)
        repository.delete_timers(connection, self._timers_before.keys() - self._timers.keys())
        outbox.withdraw(connection, self._withdrawn)
        outbox.store(connection, self._drafts, self.now, untold=self._new)
        changed = [one for number, one in self._alarms.items() if help_told.stand(one) != self._stood[number]]
        help_told.tell(connection, changed, self.now)
        if self._entries:
            audit.append_all(connection, self._entries, self._head)

    def _hold(self, found: Iterable[Alarm]) -> None:
        new = {one.id: one for one in found if one.id not in self._alarms}
        self._alarms |= new
        self._before |= {number: repository.copy_of(one) for number, one in new.items()}
        self._stood |= {number: help_told.stand(one) for number, one in new.items()}
        self._by_key |= {
            one.correlation_key: number for number, one in new.items() if one.handling is not Handling.CLOSED
        }
        timers = repository.timers_of(self.connection, new)
        self._timers |= timers
        self._timers_before |= timers


def _who(alarm: Alarm) -> str:
    """Return what makes two presses those of one person; a subject where no resident is known."""
    return f"resident {alarm.resident_id}" if alarm.resident_id else alarm.correlation_key
