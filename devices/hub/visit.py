"""One connection to a device: bond, read its clock, take over what it has, leave."""

from typing import TYPE_CHECKING

import structlog
from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError, BleakGATTProtocolError

from devices.ble import gatt, glucose, racp
from devices.ble.frame import RejectedFrameError
from devices.ble.measurement import Measurement, Note
from devices.hub.acquaintance import NOT_BONDED, meet
from devices.hub.config import Device
from devices.hub.desk import Desk
from devices.hub.inbox import Heard, Inbox
from devices.hub.memory import Fact
from devices.hub.reception import Reception
from devices.hub.records import RecordAccess
from store.errors import HemvaktError

if TYPE_CHECKING:
    from devices.hub.timing import ClockReading

log = structlog.get_logger(__name__)

#: A cuff sends what it has stored one after the other and then hangs up by itself; one that does not is left in peace.
_FIRST_FRAME_S, _NEXT_FRAME_S = 30.0, 8.0
#: A glucose meter sends the context right after its measurement.
_CONTEXT_S = 2.0


class BondLostError(HemvaktError):
    """The device does not know the hub any more, or another device has taken its address."""


class NotPairedError(HemvaktError):
    """The device does not pair; it must be made ready for it."""


class NothingToReadError(HemvaktError):
    """The device has no characteristic that the hub reads."""


class Visit:
    """A connected client and what it says. Make one per connection; ``lost`` ends it."""

    def __init__(self, device: Device, desk: Desk, reception: Reception) -> None:
        self._device, self._desk, self._reception = device, desk, reception
        self._inbox = Inbox()
        self._points: list[RecordAccess] = []
        self._clock: ClockReading | None = None
        self._fetching = False
        self.taken = 0

    def lost(self) -> None:
        """The connection is gone; what was heard is still taken over."""
        self._inbox.close()
        for point in self._points:
            point.lost()

    async def run(self, client: BleakClient) -> int:
        """Return how many new measurements were taken over.

        Raises BleakError, TimeoutError, NotPairedError, BondLostError, NothingToReadError, StorageFailedError.
        """
        await self._bond(client)
        try:
            await self._subscribe(client)
            # Frames wait in memory until the clocks have been compared: a device may send as soon as it is listened to.
            self._clock = await meet(client, self._device.name, self._desk)
            if self._device.bond:
                self._desk.memory.remember(self._device.name, Fact.BONDED, "yes")
            for point in self._points:
                await self._fetch(point)
        except BleakGATTProtocolError as error:
            if error.code in NOT_BONDED:
                raise BondLostError(self._device.name) from error
            raise
        finally:
            # What has arrived is taken over also when the device went away in the middle.
            await self._take_arrived()
        await self._until_quiet()
        return self.taken

    async def _bond(self, client: BleakClient) -> None:
        """Bond once. A device that asks for it again is looked at by a person: it may be another device."""
        if self._device.bond and self._desk.memory.fact(self._device.name, Fact.BONDED) is None:
            try:
                await client.pair()
            except BleakError as error:
                log.info("pairing failed", device=self._device.name, reason=str(error))
                raise NotPairedError(self._device.name) from error
            log.info("bonded", device=self._device.name)

    async def _subscribe(self, client: BleakClient) -> None:
        subscribed = 0
        for service in client.services:
            for characteristic in service.characteristics:
                known = gatt.number(characteristic.uuid)
                if known in gatt.MEASUREMENTS or known == gatt.GLUCOSE_CONTEXT:
                    await client.start_notify(characteristic, self._on_frame)
                    subscribed += 1
                elif known == gatt.RECORD_ACCESS:
                    self._points.append(RecordAccess(client, characteristic))
        if not subscribed:
            raise NothingToReadError(self._device.name)
        for point in self._points:
            await point.open()

    def _on_frame(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        known = gatt.number(characteristic.uuid) or 0
        self._inbox.push(Heard(known, bytes(data), self._desk.trusted_now(), self._fetching))

    async def _fetch(self, point: RecordAccess) -> None:
        self._fetching = True
        try:
            last = self._desk.memory.number(self._device.name, Fact.LAST_RECORD) if point.has_numbers else None
            outcome = await point.fetch(last)
            if outcome is racp.Outcome.NO_RECORDS and last is not None and await self._begins_anew(point, last):
                self._desk.memory.forget(self._device.name, Fact.LAST_RECORD)
                outcome = await point.fetch(None)
        finally:
            self._fetching = False
        if outcome not in {racp.Outcome.SUCCESS, racp.Outcome.NO_RECORDS}:
            self._desk.health.devices[self._device.name].say("The device does not hand out its stored records.")

    async def _begins_anew(self, point: RecordAccess, last: int) -> bool:
        """Tell whether the newest record has a lower number than the one taken last: the meter was reset."""
        await self._take_arrived()
        await point.fetch_last()
        newest = None
        while len(self._inbox):
            measured = _read(self._inbox.take())
            newest = newest if measured is None or measured.sequence is None else measured.sequence
        return newest is not None and newest < last

    async def _take_arrived(self) -> None:
        while len(self._inbox):
            await self._take(self._inbox.take())

    async def _until_quiet(self) -> None:
        wait = _NEXT_FRAME_S if self.taken or self._points else _FIRST_FRAME_S
        while await self._inbox.first(wait) is not None:
            await self._take(self._inbox.take())
            wait = _NEXT_FRAME_S

    async def _take(self, heard: Heard) -> None:
        if heard.characteristic != gatt.GLUCOSE_CONTEXT:
            context = await self._context(heard)
            self.taken += self._reception.take(
                self._device,
                heard.characteristic,
                heard.frame,
                heard=heard.at,
                clock=self._clock,
                context=context,
                stored=heard.stored,
            )

    async def _context(self, heard: Heard) -> glucose.Context | None:
        """Return the context that a glucose measurement announces. Its meter keeps the record, so waiting is safe."""
        measured = _read(heard)
        if measured is None or Note.CONTEXT_FOLLOWS not in measured.notes:
            return None
        following = await self._inbox.first(_CONTEXT_S)
        if following is None or following.characteristic != gatt.GLUCOSE_CONTEXT:
            return None
        self._inbox.take()
        try:
            context = glucose.context(following.frame)
        except RejectedFrameError as error:
            self._desk.reject(self._device.name, f"{gatt.GLUCOSE_CONTEXT:#06x}", following.frame, error.detail)
            return None
        return context if context.sequence == measured.sequence else None


def _read(heard: Heard) -> Measurement | None:
    try:
        return gatt.decode(heard.characteristic, heard.frame)
    except RejectedFrameError:
        return None
