"""Sends the canary off: a press through the real broker, as a device in a home would."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import aiomqtt
import structlog

from alarms.canary import flights
from gateway.address import BrokerAddress
from gateway.intake_role import IntakeRole
from store.cancellation import heed_cancellation
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)

#: A gateway that has just begun to listen is given this long, at most, before the first flight.
_FIRST_S: Final = 60.0
_WAIT_S: Final = 0.5


class Canary:
    """Flies every ``every_s`` seconds for as long as the gateway runs; 0 keeps it in its cage."""

    def __init__(
        self, database: Database, clock: Clock, intake: IntakeRole, *, every_s: float, first_s: float = _FIRST_S
    ) -> None:
        self._database, self._clock, self._intake = database, clock, intake
        self._every_s, self._first_s = every_s, min(first_s, every_s)
        self._boot = secrets.token_hex(4)

    async def run(self) -> None:
        """Fly until cancelled. A broker that cannot be reached is missed as a flight that does not come back."""
        if self._every_s <= 0:
            await asyncio.get_running_loop().create_future()
        # Only the gateway that holds the lease connects, and only its session keeps what is sent while it is away.
        while not self._intake.link.up.is_set():  # noqa: ASYNC110 - an event of threads
            await asyncio.sleep(_WAIT_S)
        await self._try(self._install)
        await asyncio.sleep(self._first_s)
        while True:
            await self._try(self._fly)
            await asyncio.sleep(self._every_s)

    async def _try(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do ``work``; a broker or a database that is away must not end the gateway that waits for it to come back."""
        try:
            async with asyncio.timeout(self._every_s):
                await work()
        except Exception as error:  # noqa: BLE001 - whatever kept it on the ground, the flight is missed and told of
            log.warning("canary_did_not_take_off", problem=type(error).__name__)
        heed_cancellation()

    async def _install(self) -> bool:
        now = self._clock.now()
        return await self._database.write(lambda c: flights.install(c, now))

    async def _fly(self) -> None:
        if not await self._install():
            return
        now = self._clock.now()
        number = await self._database.write(lambda c: flights.launch(c, now))
        await _press(self._intake.link.address, self._boot, number, now)


async def _press(broker: BrokerAddress, boot: str, number: int, now: datetime) -> None:
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user,
        password=broker.password,
        tls_context=broker.context(),
        identifier=f"hemvakt-canary-{boot}",
    )
    said = {"boot": boot, "seq": number, "time": now.isoformat(), "button": str(number)}
    async with client:
        await client.publish(f"hemvakt/v1/{flights.ADDRESS}/up/press", json.dumps(said), qos=1)
