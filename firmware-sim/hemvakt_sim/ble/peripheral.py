"""What all simulated devices with a connection share: they wake after a measurement, call, send, and sleep again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Protocol, Self

from bumble import core, hci
from bumble.att import Attribute
from bumble.device import Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.passkey import shown

#: The device's own clock: local time, or None when it is not set.
Clock = Callable[[], datetime | None]

_ADVERTISING_MS = 100.0
#: How long a device stays after its last record, and how long it calls when nobody comes.
STAY_S, CALL_S = 1.0, 30.0
_CONFIRM_S = 30.0
#: A connection interval: notifications do not go out faster, and the air itself takes no time here.
_INTERVAL_S = 0.03

_Permission = Attribute.Permissions
_Property = Characteristic.Properties


class Surroundings(Protocol):
    """The air around a device: that of this process, or that of another over a link."""

    def device(self, name: str, address: str) -> Device: ...
    def remove(self, device: Device) -> None: ...
    def take_away(self, address: str) -> None: ...


class Peripheral:
    """A simulated device. Subclasses say which service it has and how its records look on the wire.

    ``bonding`` devices let nobody subscribe or read without encryption, as real ones do. One with a ``passkey`` shows
    it, and pairs only with whom it was typed at.
    """

    service_number: int
    measurement_number: int
    #: Indications are confirmed one by one; notifications are not.
    indicates = True

    def __init__(
        self,
        air: Surroundings,
        address: str,
        name: str,
        *,
        clock: Clock,
        bonding: bool = True,
        battery: int = 80,
        passkey: int | None = None,
    ) -> None:
        self.air, self.address, self.name, self.clock = air, address, name, clock
        self.battery = battery
        self.device: Device = air.device(name, address)
        if passkey is not None:
            self.device.pairing_config_factory = lambda _: shown(passkey)
        #: Records that no hub has confirmed.
        self.unsent: list[bytes] = []
        self.confirmed = 0
        self.advertising_ms = _ADVERTISING_MS
        #: Is carried out of range before it has sent one frame more than so many; None for one that stays.
        self.leaves_after: int | None = None
        self._bonding = bonding
        self.measurement = self.subscribable(self.measurement_number, indicate=self.indicates)
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def powered(self) -> AsyncIterator[Self]:
        """Have batteries in."""
        self.device.add_services(self._services())
        self.device.on(Device.EVENT_CONNECTION, self._connected)
        self.measurement.on(Characteristic.EVENT_SUBSCRIPTION, self._subscribed)
        await self.device.power_on()
        try:
            yield self
        finally:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.device.power_off()
            self.air.remove(self.device)

    def own_characteristics(self) -> Sequence[Characteristic[bytes]]:
        """Characteristics of the device's own service besides its measurement."""
        return ()

    async def call(self, seconds: float = CALL_S) -> bool:
        """Advertise until a hub has come and gone, at most ``seconds``; return whether one came."""
        self._ended.clear()
        await self.device.start_advertising(
            advertising_data=self._advertisement(),
            advertising_interval_min=self.advertising_ms,
            advertising_interval_max=self.advertising_ms,
        )
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return False
        finally:
            with suppress(core.BaseError, hci.HCI_Error):
                await self.device.stop_advertising()
        return True

    async def forget_bonds(self) -> None:
        """What a reset of the device does."""
        if self.device.keystore is not None:
            await self.device.keystore.delete_all()

    def subscribable(self, number: int, *, indicate: bool) -> Characteristic[bytes]:
        """Make a characteristic to subscribe to, for a bonding device only under encryption."""
        characteristic: Characteristic[bytes] = Characteristic(
            core.UUID.from_16_bits(number),
            _Property.INDICATE if indicate else _Property.NOTIFY,
            _Permission.READABLE,
            b"",
        )
        permissions = _Permission.READABLE | _Permission.WRITEABLE
        if self._bonding:
            permissions |= _Permission.WRITE_REQUIRES_ENCRYPTION
        value = self.device.gatt_server.make_descriptor_value(characteristic)
        characteristic.descriptors = [
            Descriptor(GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, permissions, value)
        ]
        return characteristic

    async def send(self, connection: Connection, characteristic: Characteristic[bytes], frame: bytes) -> bool:
        """Send one frame; return whether it was confirmed, or is not to be."""
        if self.leaves_after is not None:
            self.leaves_after -= 1
            if self.leaves_after < 0:
                self.leaves_after = None
                self.air.take_away(self.address)
        try:
            if _Property.INDICATE in characteristic.properties:
                async with asyncio.timeout(_CONFIRM_S):
                    await self.device.indicate_subscriber(connection, characteristic, frame)
            else:
                await self.device.notify_subscriber(connection, characteristic, frame)
                await asyncio.sleep(_INTERVAL_S)
        except (core.BaseError, hci.HCI_Error, TimeoutError):
            return False
        return True

    async def serve(self, connection: Connection) -> None:
        """Do what the device does once a hub listens: send what is unsent, then hang up."""
        while self.unsent and await self.send(connection, self.measurement, self.unsent[0]):
            self.unsent.pop(0)
            self.confirmed += 1
        await asyncio.sleep(STAY_S)
        await self.hang_up(connection)

    async def hang_up(self, connection: Connection) -> None:
        with suppress(core.BaseError, hci.HCI_Error):
            await connection.disconnect()

    def later(self, work: Any) -> None:
        """Run a coroutine while the device is powered."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connected(self, connection: Connection) -> None:
        connection.on(Connection.EVENT_DISCONNECTION, lambda _: self._ended.set())

    def _subscribed(self, connection: Connection, notifies: bool, indicates: bool) -> None:
        if notifies or indicates:
            self.later(self.serve(connection))

    def _advertisement(self) -> bytes:
        types = core.AdvertisingData.Type
        return bytes(
            core.AdvertisingData(
                [
                    (types.FLAGS, b"\x06"),
                    (types.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, encode.uint16(self.service_number)),
                    (types.COMPLETE_LOCAL_NAME, self.name.encode()),
                ]
            )
        )

    def _services(self) -> list[Service]:
        def short(number: int, characteristics: Sequence[Characteristic[bytes]]) -> Service:
            return Service(core.UUID.from_16_bits(number), list(characteristics))

        return [
            short(self.service_number, [self.measurement, *self.own_characteristics()]),
            short(0x180F, [self._readable(0x2A19, lambda: bytes((self.battery,)))]),
            short(0x180A, [self._readable(0x2A24, self.name.encode), self._readable(0x2A26, lambda: b"1.0")]),
            short(0x1805, [self._readable(0x2A2B, lambda: encode.current_time(self.clock()))]),
        ]

    def _readable(self, number: int, read: Callable[[], bytes]) -> Characteristic[bytes]:
        permissions = _Permission.READABLE
        if self._bonding:
            permissions |= _Permission.READ_REQUIRES_ENCRYPTION
        value = CharacteristicValue(read=lambda _: read())
        return Characteristic(core.UUID.from_16_bits(number), _Property.READ, permissions, value)
