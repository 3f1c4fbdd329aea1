"""The canary's press goes through the broker, the intake, the rules and the desk; a real button is no canary."""

import asyncio
import json
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from alarms.canary import flights
from alarms.service import Desk
from alarms.settings import DeskSettings
from gateway.broker.embedded import EmbeddedBroker
from gateway.canary import Canary
from gateway.intake_role import IntakeRole
from gateway.settings import Settings
from store import tables
from store.clock import SystemClock
from store.database import Database
from tests.conftest import NIGHT
from tests.gateway.world import World, build_town
from tests.running import RunningClock


@pytest.mark.broker
async def test_a_flight_comes_back(nats: EmbeddedBroker, sqlite: Database, tmp_path: Path) -> None:
    clock = RunningClock(NIGHT)
    build_town(sqlite, clock)
    settings = Settings(data_folder=tmp_path)
    intake = IntakeRole(sqlite, clock, settings, nats.address, holder="test")
    desk = Desk(sqlite, clock, DeskSettings(canary_every_s=1, canary_limit_s=60))
    canary = Canary(sqlite, clock, intake, every_s=1, first_s=0)
    parts = [asyncio.create_task(part) for part in (intake.run(), desk.run(), canary.run())]
    home = select(tables.alarm.c.id).where(tables.alarm.c.outcome == "chain_works")
    try:
        async with asyncio.timeout(60):
            while (number := await sqlite.read(lambda c: c.execute(home).scalar())) is None:
                for part in parts:
                    if part.done():
                        await part
                await asyncio.sleep(0.05)
    finally:
        for part in reversed(parts):
            part.cancel()
            with suppress(asyncio.CancelledError):
                await part
    query = select(tables.page.c.channel).where(tables.page.c.alarm_id == number)
    assert set(sqlite.read_now(lambda c: c.execute(query).scalars().all())) == {"canary"}
    returned = select(tables.canary_flight).where(tables.canary_flight.c.returned_at.is_not(None))
    assert sqlite.read_now(lambda c: c.execute(returned).first()) is not None
    others = select(tables.alarm.c.id).where(tables.alarm.c.rule != "canary")
    assert sqlite.read_now(lambda c: c.execute(others).all()) == []


async def test_a_database_that_is_away_keeps_it_on_the_ground_and_ends_nothing() -> None:
    tries = 0

    async def write(_work: object) -> None:
        nonlocal tries
        tries += 1
        raise OperationalError("SELECT", {}, Exception())

    up = threading.Event()
    up.set()
    intake: Any = SimpleNamespace(link=SimpleNamespace(up=up))
    database: Any = SimpleNamespace(write=write)
    flying = asyncio.create_task(Canary(database, SystemClock(), intake, every_s=0.01, first_s=0).run())
    async with asyncio.timeout(30):
        while tries < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not flying.done()
    flying.cancel()
    with suppress(asyncio.CancelledError):
        await flying


async def test_it_lands_when_it_is_told_to_even_where_python_forgets_that_it_was() -> None:
    begun = asyncio.Event()

    async def write(_work: object) -> bool:
        begun.set()
        # As asyncio.wait_for of Python 3.11 does when the answer comes in the same turn.
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return False

    up = threading.Event()
    up.set()
    intake: Any = SimpleNamespace(link=SimpleNamespace(up=up))
    database: Any = SimpleNamespace(write=write)
    flying = asyncio.create_task(Canary(database, SystemClock(), intake, every_s=600, first_s=600).run())
    await begun.wait()
    flying.cancel()
    done, _ = await asyncio.wait([flying], timeout=30)
    flying.cancel()
    assert done


def says(name: str) -> tuple[str, bytes]:
    return f"hemvakt/v1/{name}/up/press", json.dumps({"boot": "c", "seq": 1, "button": "1"}).encode()


def test_a_canary_that_the_roster_does_not_know_yet_calls_nobody(small_world: World) -> None:
    small_world.say(*says(flights.ADDRESS))
    assert small_world.rows(tables.alarm) == []
    small_world.say(*says("somebody-else"))
    (stranger,) = small_world.rows(tables.alarm)
    assert stranger.alarm_class == "life_safety"


@pytest.mark.parametrize("changed", [{"id": "canary-1"}, {"kind": "pendant"}])
def test_a_real_button_is_never_taken_for_the_canary(sqlite: Database, clock: Any, changed: dict[str, str]) -> None:
    build_town(sqlite, clock)
    row = {
        "id": "hemvakt:canary",
        "family": "hemvakt",
        "address": "button-9",
        "kind": "canary",
        "added_at": clock.now(),
    }
    sqlite.write_now(lambda c: c.execute(insert(tables.device), row | changed))
    world = World(sqlite, clock).start()
    world.say(*says("button-9"))
    (found,) = world.rows(tables.alarm)
    assert (found.rule, found.alarm_class) == ("press", "life_safety")
