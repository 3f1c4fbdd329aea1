"""A press of a Bluetooth button behind a hub: the hub says that help is on its way, confirms, and is told no more."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from devices.downlink import settings as device_settings
from devices.downlink.settings import Settings
from devices.hub.config import HubConfig
from devices.hub.uplink import MqttUplink
from gateway.broker.embedded import EmbeddedBroker
from hemvakt_sim.ble.button import Button
from store import tables
from store.database import Database
from store.roster_version import count_up
from tests.ble.home import BUTTON, KEY, config, device, home
from tests.gateway.test_help_goes_down_through_real_brokers import CLOCK, act, speaking
from tests.gateway.test_the_whole_intake_with_real_brokers import at_work, rows, until
from tests.gateway.world import build_town

pytestmark = pytest.mark.broker

#: A program that notes what it is to say, with how.
PROGRAM = "import sys; open(sys.argv[1], 'ab').write(' '.join(sys.argv[2:]).encode() + b' ' + sys.stdin.buffer.read())"
PATIENCE_S = 120


def hub_file(folder: Path, broker: EmbeddedBroker) -> HubConfig:
    key = folder / "button.key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    return config(
        folder,
        device("button-1", BUTTON, "button", key_file=key),
        broker={
            "url": f"mqtt://127.0.0.1:{broker.port}",
            "user": "devices",
            "password_file": broker.devices_password_file,
        },
        say_command=[sys.executable, "-c", PROGRAM, str(folder / "said"), "{language}", "{volume}"],
    )


def add_button(connection: Any) -> None:
    now = CLOCK.now()
    row = {"id": "button-1", "family": "hemvakt", "address": "button-1", "kind": "pendant", "added_at": now}
    connection.execute(insert(tables.device), row)
    stay = {"device_id": "button-1", "home_id": "home-1", "resident_id": "resident-1", "from_at": now}
    connection.execute(insert(tables.assignment), stay)
    count_up(connection)


class Household:
    """A gateway with its broker, and a home with a hub and a button."""

    def __init__(self, folder: Path, database: Database, button: Button, port: int) -> None:
        self.database, self.button, self.port = database, button, port
        self._said = folder / "said"

    def said(self) -> list[str]:
        """Return what the program of the hub was to say, with language and volume."""
        return self._said.read_text(encoding="utf-8").splitlines() if self._said.exists() else []

    def words(self, kind: str = "help") -> dict[str, Any]:
        return {row.device_id: row for row in rows(self.database, tables.downlink) if row.kind == kind}

    def heard(self, state: str) -> bool:
        """Tell whether button and hub have both confirmed this state."""
        words = self.words()
        return set(words) == {"button-1", "hub-1"} and all(
            (one.state, one.body["state"]) == ("heard", state) for one in words.values()
        )

    def voice(self) -> bool:
        return any(row.device_id == "hub-1" and row.voice for row in rows(self.database, tables.presence))

    async def page(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/")).text


@asynccontextmanager
async def household(folder: Path, database: Database, broker: EmbeddedBroker) -> AsyncIterator[Household]:
    build_town(database, CLOCK)
    database.write_now(add_button)
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with (
        at_work(database, broker.address),
        speaking(database, broker.address),
        home() as at,
        Button(at.air, BUTTON, KEY).powered() as button,
        at.hub(hub_file(folder, broker), uplink=MqttUplink, clock=CLOCK, listening=listening.set_result),
    ):
        made = Household(folder, database, button, await listening)
        await until(made.voice, PATIENCE_S)
        yield made


async def test_who_presses_hears_that_help_is_on_its_way_and_the_gateway_stops(
    sqlite: Database, nats: EmbeddedBroker, tmp_path: Path
) -> None:
    async with household(tmp_path, sqlite, nats) as at:
        await at.button.press()
        await until(lambda: len(rows(sqlite, tables.alarm)) == 1, PATIENCE_S)
        act(sqlite, "accept")
        await until(lambda: at.heard("accepted"), PATIENCE_S)
        act(sqlite, "attend")
        await until(lambda: at.heard("on_its_way"), PATIENCE_S)
        assert "To the resident: Hjälp är på väg." in await at.page()
        act(sqlite, "close", outcome="helped")
        await until(lambda: at.heard("closed"), PATIENCE_S)
        await until(lambda: len(at.said()) == 3, PATIENCE_S)
        # Said by the hub to the home once, though button and hub were both told.
        assert at.said() == [
            "sv 100 Någon har tagit emot ditt larm.",
            "sv 100 Hjälp är på väg.",
            "sv 100 Larmet är avslutat. Tryck igen om du behöver hjälp.",
        ]
        assert "To the resident" not in await at.page()
        # What is heard is due no more, so the speaker never says it again.
        assert {row.state for row in at.words().values()} == {"heard"}


async def test_settings_reach_the_hub_and_are_believed_when_it_confirms(
    sqlite: Database, nats: EmbeddedBroker, tmp_path: Path
) -> None:
    async with household(tmp_path, sqlite, nats) as at:
        wanted = Settings(heartbeat_s=120, volume=60, language="en")
        sqlite.write_now(lambda c: device_settings.change(c, "hub-1", wanted, CLOCK.now()))
        await until(lambda: at.words("settings")["hub-1"].state == "heard", PATIENCE_S)
        await at.button.press()
        await until(lambda: len(rows(sqlite, tables.alarm)) == 1, PATIENCE_S)
        act(sqlite, "accept")
        await until(lambda: at.said() == ["en 60 Somebody has taken your alarm."], PATIENCE_S)
        (hub,) = [row for row in rows(sqlite, tables.device) if row.id == "hub-1"]
        assert hub.interval_s == 120
