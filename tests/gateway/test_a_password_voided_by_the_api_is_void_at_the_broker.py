"""What a technician does to a device's password over the API holds at the real broker: given, overlapping, cut off."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import ApiSettings
from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.broker.following import following, read_identities
from gateway.ports import free_port
from store.clock import ManualClock
from store.database import Database
from tests.api import town as places
from tests.gateway.test_the_embedded_broker import Device

pytestmark = pytest.mark.broker

PENDANT = "/api/v1/devices/pendant-1/identity"
PRESS = "hemvakt/v1/pendant-1/up/press"


async def until(said: Callable[[], bool]) -> None:
    """Wait until the broker, which tells nobody when it has taken up a change, has it."""
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(said):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_given_rotated_and_cut_off(sqlite: Database, clock: ManualClock, tmp_path: Path) -> None:
    sqlite.write_now(lambda connection: places.build(connection, clock.now()))
    token = sqlite.write_now(lambda connection: places.sign_up(connection, clock.now()))["tor"]
    folder, port = tmp_path / "broker", free_port()
    broker = EmbeddedBroker(folder, port=port, identities=sqlite.read_now(read_identities), shared=False)

    def device(user: str, password: str) -> Device:
        return Device(BrokerAddress(host="127.0.0.1", port=port, user=user, password=password), user)

    def let_in(user: str, password: str) -> bool:
        with device(user, password) as found:
            return not found.refused and found.publish(PRESS)

    app = create_app(sqlite, clock, ApiSettings())
    async with broker.running(), following(sqlite, broker, clock), places.Caller(app, token) as technician:
        given = (await technician.post(PENDANT)).json()
        await until(lambda: let_in(given["user"], given["password"]))
        rotated = (await technician.post(f"{PENDANT}/rotation", json={"overlap_hours": 1})).json()
        await until(lambda: let_in(rotated["user"], rotated["password"]))
        assert await asyncio.to_thread(let_in, given["user"], given["password"]), "it is not locked out meanwhile"
        connected = await asyncio.to_thread(device(rotated["user"], rotated["password"]).__enter__)
        try:
            assert (await technician.delete(PENDANT)).status_code == 204
            await until(connected.lost.is_set)
        finally:
            await asyncio.to_thread(connected.__exit__, None, None, None)
        for one in (given, rotated):
            await until(lambda one=one: not let_in(one["user"], one["password"]))  # type: ignore[misc]
        assert broker.starts == 1
