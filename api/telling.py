"""The tale of an alarm in plain sentences: who was told when, on what, with what result, and what comes next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from alarms.audit import AuditEvent
from alarms.escalation.target import parse
from alarms.lifecycle.outcomes import LABELS, Outcome
from alarms.lifecycle.states import TimerKind
from alarms.lifecycle.table import Event
from alarms.tale import Moment, Tale
from alarms.views import Told, Upcoming
from api.pages.words import Words
from api.receipts import Clock, receipt

#: Events that are meant to tell somebody; when they told nobody, that is worth a sentence.
_LOUD: Final = frozenset({Event.STEP_DUE, Event.RING_DUE, Event.OPENED})


class Said(NamedTuple):
    """One sentence with its instant, and how each page that it caused went."""

    at: datetime
    text: str
    pages: list[str]


class Telling(NamedTuple):
    """The whole tale in one language."""

    happened: list[Said]
    coming: list[Said]


def exact(zone: ZoneInfo, now: datetime) -> Clock:
    """Return what writes instants to the second, with the day where it is not that of ``now``."""

    def clock(moment: datetime) -> str:
        local = moment.astimezone(zone)
        return local.strftime("%H:%M:%S" if local.date() == now.astimezone(zone).date() else "%-d/%-m %H:%M:%S")

    return clock


def put(tale: Tale, words: Words, clock: Clock, *, free_text: bool) -> Telling:
    """Return the tale in words. ``free_text`` is for readers who may see health data: reasons and notes may hold it."""
    return Telling(
        happened=[_moment(tale, moment, words, clock, free_text=free_text) for moment in tale.moments],
        coming=[Said(one.due_at, _coming(tale, one, words, clock), []) for one in tale.detail.upcoming],
    )


def _moment(tale: Tale, moment: Moment, words: Words, clock: Clock, *, free_text: bool) -> Said:
    event = moment.event
    text = _happened(tale, event, words, clock)
    written = str(event.detail.get("reason", ""))
    if written and free_text:
        text += f" {words('tale.written', text=written)}"
    # Before its first step an alarm has told nobody yet; that is no failure.
    if event.action in _LOUD and not event.detail.get("told") and event.detail.get("step") != -1:
        text += f" {words('tale.nobody')}"
    return Said(event.at, text, [_page(page, words, clock) for page in moment.pages])


def _happened(tale: Tale, event: AuditEvent, words: Words, clock: Clock) -> str:
    key = f"tale.{event.action}"
    if not words.has(key):
        return words("tale.other", action=event.action)
    detail = event.detail
    return words(
        key,
        who=tale.names.get(event.actor, event.actor) if event.actor_kind == "responder" else words("tale.desk"),
        to=_name(tale, detail.get("to")),
        owner=_name(tale, detail.get("owner_was")),
        kind=words(f"class.{detail['alarm_class']}") if "alarm_class" in detail else "",
        policy=words("tale.policy", policy=tale.detail.policy_id) if tale.detail.policy_id else "",
        count=detail.get("occurrence", ""),
        step=int(detail.get("step", 0)) + 1,
        outcome=_outcome(str(detail.get("outcome", "")), words),
        time=clock(datetime.fromisoformat(str(detail["until"]))) if "until" in detail else "",
    )


def _page(page: Told, words: Words, clock: Clock) -> str:
    """Return one page: to whom, on what, how it stands, and the attempts if there were any that failed."""
    found = receipt(page, words, clock)
    text = words("tale.page", who=found.who, channel=found.channel, state=found.status)
    if found.at is not None:
        text = words("tale.page_at", page=text, time=clock(found.at))
    return "; ".join([text, *found.tries])


def _coming(tale: Tale, one: Upcoming, words: Words, clock: Clock) -> str:
    key = f"detail.next.{one.kind.value}"
    if one.kind is TimerKind.STEP and not one.targets:
        key = "detail.next.ring"
    return words(
        key,
        time=clock(one.due_at),
        step=(one.step or 0) + 1,
        owner=tale.detail.alarm.owner_name or "",
        whom=whom(one.targets, words, tale.names),
    )


def whom(targets: Iterable[str], words: Words, names: dict[str, str]) -> str:
    """Return the targets of a step in words."""
    said = []
    for target in targets:
        aim = parse(target)
        text = words(f"target.{aim.kind}", name=names.get(aim.name or "", aim.name))
        if aim.kind == "on_duty" and aim.name:
            text = words("target.skilled", skill=words(f"skill.{aim.name}"))
        elif aim.kind == "team" and aim.name:
            text = words("target.other_team", name=aim.name)
        said.append(f"{text} ({aim.team})" if aim.team else text)
    return ", ".join(said)


def _name(tale: Tale, key: object) -> str:
    return tale.names.get(str(key), str(key)) if key else ""


def _outcome(code: str, words: Words) -> str:
    return LABELS[words.language][Outcome(code)] if code else ""
