"""How far a device is supported, by rules that a test checks; the page SUPPORTED.md is made of it.

bronze: what it says is read, with units, from a message whose source is named.
silver: also its battery is read, and the family says when it cannot be reached.
gold: also every message is numbered, so that a repeat is folded and a second press is not, and is acknowledged to the
device when it is stored.
"""

import json
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import Any

import msgspec

from devices.family import Family, Message
from devices.observation import Kind

_ABOUT = (
    "Made by `python -m devices.grades`; a test keeps it true.",
    "Each model has messages in `tests/devices/fixtures/`, of the shapes that its source documents;",
    "`hemvakt device record` makes a fixture of a device at hand.",
    "Bluetooth devices are read by the home hub: [docs/hub.md](docs/hub.md).",
)


class Grade(IntEnum):
    """How far a device is supported."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3


class Sample(msgspec.Struct, frozen=True):
    """One recorded message: ``payload`` is text as it came, or JSON; ``reads`` are the values by kind."""

    topic: str
    payload: Any
    reads: dict[str, float | None]

    @property
    def raw(self) -> bytes:
        return self.payload.encode() if isinstance(self.payload, str) else json.dumps(self.payload).encode()


class Fixture(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says, without the identity of any device, and where that is known from."""

    family: str
    maker: str
    model: str
    what: str
    source: str
    messages: tuple[Sample, ...]


def read_fixture(path: Path) -> Fixture:
    """Read a fixture. Raises msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=Fixture)


def values(message: Message) -> dict[str, float | None]:
    """Return the values of a message by kind, as fixtures hold them."""
    return {reading.kind.value: reading.value for reading in message.readings}


def grade(family: Family, fixture: Fixture) -> Grade:
    """Return the grade of a model."""
    messages = [family.decode(sample.topic, sample.raw) for sample in fixture.messages]
    kinds = {reading.kind for message in messages for reading in message.readings}
    if not kinds - {Kind.UNKNOWN, Kind.HEARTBEAT, Kind.ONLINE, Kind.BATTERY} or not fixture.source:
        return Grade.NONE
    if not {Kind.BATTERY, Kind.ONLINE} <= kinds:
        return Grade.BRONZE
    said = [message for message in messages if {one.kind for one in message.readings} != {Kind.ONLINE}]
    return Grade.GOLD if all(one.seq is not None and one.wants_ack for one in said) else Grade.SILVER


def page(known: Iterable[Family], fixtures: Iterable[Fixture]) -> str:
    """Return SUPPORTED.md."""
    families = {family.name: family for family in known}
    lines = [
        "# Supported devices",
        "",
        *_ABOUT,
        "",
        *(f"- **{line.split(':')[0]}**:{line.split(':', 1)[1]}" for line in _rules()),
        "",
        "| family | maker | model | what | reads | grade | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in sorted(fixtures, key=lambda fixture: (fixture.family, fixture.maker, fixture.model)):
        reads = sorted({kind for sample in one.messages for kind in sample.reads})
        level = grade(families[one.family], one).name.lower()
        lines.append(
            f"| {one.family} | {one.maker} | {one.model} | {one.what} | {', '.join(reads)} | {level} | {one.source} |"
        )
    lines += ["", "Topics that are read:", ""]
    lines += [f"- {name}: {', '.join(f'`{one}`' for one in families[name].filters)}" for name in sorted(families)]
    return "\n".join(lines) + "\n"


def _rules() -> list[str]:
    text = (__doc__ or "").split("\n\n", 1)[1].replace("\ngold", "\0gold").replace("\nsilver", "\0silver")
    return [" ".join(rule.split()) for rule in text.split("\0")]


if __name__ == "__main__":
    from devices.family import families as all_families

    found = [read_fixture(path) for path in sorted(Path("tests/devices/fixtures").glob("*.json"))]
    Path("SUPPORTED.md").write_text(page(all_families(), found), encoding="utf-8")
