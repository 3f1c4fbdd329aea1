"""Duty as iCalendar (RFC 5545): what a person's own calendar subscribes to.

Times are in UTC, so that no calendar program needs our idea of a zone. A shift keeps its UID for as long as it begins
at the same instant, so a program that fetches again moves what it has and adds nothing twice.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

_END: Final = "\r\n"
#: Octets of a line without its end (3.1).
_LINE: Final = 75


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. ``key`` names the rotation and the person; with the start it is the UID."""

    key: str
    start: datetime
    end: datetime
    summary: str
    #: Whether the time counts as taken; a shift in reserve does not.
    busy: bool = True


def calendar(name: str, events: Iterable[Event], now: datetime) -> str:
    """Return a VCALENDAR."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Hemvakt//On-call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        # Programs may ask again after this long; swaps of the same day should be seen.
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *(line for event in events for line in _event(event, now)),
        "END:VCALENDAR",
    ]
    return "".join(folded + _END for line in lines for folded in _fold(line))


def _event(event: Event, now: datetime) -> Iterator[str]:
    uid = hashlib.sha256(f"{event.key} {event.start.isoformat()}".encode()).hexdigest()[:32]
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}@hemvakt"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"DTSTART:{_instant(event.start)}"
    yield f"DTEND:{_instant(event.end)}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"TRANSP:{'OPAQUE' if event.busy else 'TRANSPARENT'}"
    yield "END:VEVENT"


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Escape a TEXT value (3.3.11); other control characters have no place in one."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(sign for sign in escaped if sign.isprintable() or sign == "\t")


def _fold(line: str) -> Iterator[str]:
    """Cut a line into pieces of 75 octets, never within a character; all but the first begin with a space (3.1)."""
    piece, size = "", 0
    for sign in line:
        octets = len(sign.encode("utf-8", "replace"))
        if size + octets > _LINE:
            yield piece
            piece, size = " ", 1
        piece += sign
        size += octets
    yield piece
