"""Fetches stored records by the Record Access Control Point. Records stay in the device: they belong to its owner."""

import asyncio
from contextlib import suppress

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic

from devices.ble import gatt, racp
from devices.ble.frame import RejectedFrameError

_ANSWER_S = 60.0
_HIGHEST = 0xFFFF
_GLUCOSE_SERVICE = 0x1808


class RecordAccess:
    """One control point of a connected device. Records themselves arrive as notifications of the service."""

    def __init__(self, client: BleakClient, point: BleakGATTCharacteristic) -> None:
        self._client, self._point = client, point
        self._answers: asyncio.Queue[racp.Response] = asyncio.Queue()

    @property
    def has_numbers(self) -> bool:
        """Tell whether records can be asked for by number: glucose meters number theirs."""
        return gatt.number(self._point.service_uuid) == _GLUCOSE_SERVICE

    def lost(self) -> None:
        """The connection is gone: nobody will answer."""
        self._answers.put_nowait(racp.Response(racp.Outcome.NOT_COMPLETED))

    async def open(self) -> None:
        """Listen for answers. Raises BleakError."""
        await self._client.start_notify(self._point, self._heard)

    async def fetch(self, after: int | None) -> racp.Outcome:
        """Ask for the records after the number ``after``, or for all. Raises BleakError, TimeoutError."""
        if after is None or after >= _HIGHEST or not self.has_numbers:
            return await self._ask(racp.report_all())
        return await self._ask(racp.report_from(after + 1))

    async def fetch_last(self) -> racp.Outcome:
        """Ask for the newest record: shows whether the device began to number anew. Raises BleakError, TimeoutError."""
        return await self._ask(racp.report_last())

    async def _ask(self, request: bytes) -> racp.Outcome:
        while not self._answers.empty():
            self._answers.get_nowait()
        await self._client.write_gatt_char(self._point, request, response=True)
        async with asyncio.timeout(_ANSWER_S):
            return (await self._answers.get()).outcome

    def _heard(self, _: BleakGATTCharacteristic, data: bytearray) -> None:
        with suppress(RejectedFrameError):
            self._answers.put_nowait(racp.response(bytes(data)))
