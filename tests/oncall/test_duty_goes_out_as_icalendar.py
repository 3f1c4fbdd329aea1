"""Duty as RFC 5545: every value comes out as it went in, lines are folded at 75 octets, UIDs stay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alarms.oncall.ical import Event, calendar

NOW = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
Properties = list[tuple[str, str]]


def parse(text: str) -> Properties:
    """Read content lines by the letter of the RFC: unfold (3.1), split name and value."""
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded: list[str] = []
    for line in lines:
        if line.startswith(" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    return [(name.partition(";")[0], value) for name, _, value in (line.partition(":") for line in unfolded)]


def plain(value: str) -> str:
    """Undo the escapes of TEXT (3.3.11)."""
    out, rest = "", iter(value)
    for sign in rest:
        out += {"n": "\n", "N": "\n"}.get(escaped := next(rest), escaped) if sign == "\\" else sign
    return out


def events(properties: Properties) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for name, value in properties:
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found:
            found[-1].setdefault(name, value)
    return found


text = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"]) | st.sampled_from(' \\;,:"\n'),
    max_size=200,
)


@given(name=text, summary=text, seconds=st.integers(0, 4_000_000_000), hours=st.integers(1, 99))
def test_every_text_survives(name: str, summary: str, seconds: int, hours: int) -> None:
    begins = datetime.fromtimestamp(seconds, UTC)
    event = Event(key="k", start=begins, end=begins + timedelta(hours=hours), summary=summary)
    properties = parse(calendar(name, [event], NOW))
    assert properties[0] == ("BEGIN", "VCALENDAR")
    assert properties[-1] == ("END", "VCALENDAR")
    assert plain(dict(properties)["X-WR-CALNAME"]) == name
    (found,) = events(properties)
    assert plain(found["SUMMARY"]) == summary
    read = [datetime.strptime(found[key], "%Y%m%dT%H%M%S%z") for key in ("DTSTART", "DTEND", "DTSTAMP")]
    assert read == [event.start, event.end, NOW]


def test_what_a_calendar_needs_is_there_and_nothing_can_be_smuggled_in() -> None:
    evil = "x\r\nEND:VCALENDAR\r\nBEGIN:VEVENT\0\x07"
    properties = parse(calendar(evil, [Event(key="k", start=NOW, end=NOW, summary=evil, busy=False)], NOW))
    assert [name for name, _ in properties].count("BEGIN") == 2
    names = {name for name, _ in properties}
    assert {"VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"} <= names
    assert dict(properties)["TRANSP"] == "TRANSPARENT"


def test_an_event_keeps_its_uid_while_it_begins_at_the_same_time() -> None:
    def uid(key: str, start: datetime, hours: int) -> str:
        event = Event(key=key, start=start, end=start + timedelta(hours=hours), summary="x")
        return events(parse(calendar("x", [event], NOW)))[0]["UID"]

    assert uid("a", NOW, 1) == uid("a", NOW, 2)
    assert len({uid("a", NOW, 1), uid("b", NOW, 1), uid("a", NOW + timedelta(hours=1), 1)}) == 3
