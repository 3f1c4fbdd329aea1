"""A small municipality as a file, and what it takes to import it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gateway.municipality.apply import apply
from gateway.municipality.check import check
from gateway.municipality.plan import Plan, make_plan
from gateway.municipality.source import BadFileError, read
from store.clock import ManualClock
from store.database import Database

# Without this, pytest-asyncio 1.x asks Python 3.11 for a loop of the main thread, which nobody ever closes.
asyncio.set_event_loop(None)

TOWN = """\
municipality: Exempelby
teams:
  - { id: north, name: North }
  - { id: south, name: South }
areas:
  - id: a
    name: A
    team: north
    fallback: true
    postal_codes: ["123 45", "124*"]
    geometry: { type: Polygon, coordinates: [[[17.0, 59.0], [17.5, 59.0], [17.5, 59.5], [17.0, 59.5], [17.0, 59.0]]] }
  - id: b
    name: B
    team: south
    postal_codes: ["123 46", "124 99"]
    geometry: { type: Polygon, coordinates: [[[17.5, 59.0], [18.0, 59.0], [18.0, 59.5], [17.5, 59.5], [17.5, 59.0]]] }
responders:
  - { id: anna, name: Anna, team: north, skills: [nurse], contacts: [{ channel: console }] }
  - { id: bo, name: Bo, team: north, contacts: [{ channel: console }] }
  - { id: stina, name: Stina, team: south, contacts: [{ channel: console }] }
rotations:
  - { id: nights, team: north, starts_on: 2026-01-01, handovers: ["07:00"], turns: [[anna], [bo]] }
  - { id: days, team: south, starts_on: 2026-01-01, handovers: ["07:00"], turns: [[stina]] }
homes:
  - { id: h-1, area: a, address: Street 1, residents: [{ id: r-1, name: Astrid, sex: female }] }
"""

Import = Callable[[str], Plan]


@pytest.fixture
def bring_in(sqlite: Database, clock: ManualClock, tmp_path: Path) -> Import:
    """Import a text as the command does."""

    def work(text: str) -> Plan:
        path = tmp_path / "town.yaml"
        path.write_text(text, encoding="utf-8")
        town, source = read(path)
        check(town, source)

        def write(connection: Connection) -> Plan:
            plan = make_plan(connection, town, clock.now())
            apply(connection, plan, author="import", reason="test", now=clock.now())
            return plan

        return sqlite.write_now(write)

    return work


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[str], list[str]]:
    """Return what is wrong with a text, each with its line and field."""

    def work(text: str) -> list[str]:
        path = tmp_path / "bad.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            check(*read(path))
        except BadFileError as error:
            return [str(problem) for problem in error.problems]
        return []

    return work
