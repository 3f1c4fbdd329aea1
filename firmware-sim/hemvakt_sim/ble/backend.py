"""A backend for bleak 3 that scans and connects in a simulated air instead of a real one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from bleak import BleakClient, BleakScanner
from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_16, normalize_uuid_str
from bumble import att, core, hci
from bumble.device import Advertisement, Connection, Device, Peer

from hemvakt_sim.ble.air import NEAR_DBM, Air
from hemvakt_sim.ble.passkey import typed
from hemvakt_sim.ble.tcp import RemoteAir

_ATT_HEADER = 3
_MTU = 247
_ENCRYPT_S = 5.0
_BY_HAND_S = 30.0


class Central:
    """A Bluetooth adapter in the air: makes bleak scanners and clients."""

    def __init__(self, air: Air | RemoteAir, address: str = "F0:00:00:00:00:01") -> None:
        self.air = air
        self.device: Device = air.device("central", address)
        self._scanners: list[_Scanner] = []
        # The controller knows one pending connection at a time.
        self.connecting = asyncio.Lock()
        self._scanner_class: type[BaseBleakScanner] = type("AirScanner", (_Scanner,), {"central": self})
        self._client_class: type[BaseBleakClient] = type("AirClient", (_Client,), {"central": self})

    @asynccontextmanager
    async def powered(self) -> AsyncIterator["Central"]:
        await self.device.power_on()
        self.device.on(Device.EVENT_ADVERTISEMENT, self._advertised)
        try:
            yield self
        finally:
            await self.device.power_off()

    def scanner(self, detected: AdvertisementDataCallback) -> BleakScanner:
        """A scanner that calls ``detected`` for each advertisement."""
        return BleakScanner(detected, backend=self._scanner_class)

    async def connect(self, device: BLEDevice, _name: str, lost: Callable[[], None]) -> BleakClient:
        """Connect once; ``lost`` is called when the connection breaks. Raises BleakError, TimeoutError."""
        client = BleakClient(device, disconnected_callback=lambda _: lost(), backend=self._client_class, timeout=10.0)
        await client.connect()
        return client

    async def pair_by_hand(self, address: str, passkey: int) -> None:
        """Pair as a person does with ``bluetoothctl pair``, who types what the device shows. Raises BleakError."""
        before, self.device.pairing_config_factory = self.device.pairing_config_factory, lambda _: typed(passkey)
        try:
            async with self.connecting:
                connection = await self.device.connect_le(hci.Address(address), timeout=10.0)
            async with asyncio.timeout(_BY_HAND_S):
                await connection.pair()
            await connection.disconnect()
        except (core.BaseError, hci.HCI_Error, TimeoutError, asyncio.CancelledError) as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BleakError(f"pairing with {address} failed") from error
        finally:
            self.device.pairing_config_factory = before

    async def listen(self, scanner: "_Scanner") -> None:
        if not self._scanners:
            await self.device.start_scanning(active=False)
        self._scanners.append(scanner)

    async def hush(self, scanner: "_Scanner") -> None:
        self._scanners.remove(scanner)
        if not self._scanners:
            await self.device.stop_scanning()

    def _advertised(self, advertisement: Advertisement) -> None:
        # This link repeats each advertisement as its own scan response, with the data doubled.
        if not advertisement.is_scan_response:
            for scanner in list(self._scanners):
                scanner.heard(advertisement)


class _Scanner(BaseBleakScanner):
    central: Central

    def __init__(
        self, detection_callback: AdvertisementDataCallback | None, service_uuids: list[str] | None, *_: Any, **__: Any
    ) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        await self.central.listen(self)

    async def stop(self) -> None:
        await self.central.hush(self)

    def heard(self, advertisement: Advertisement) -> None:
        address = advertisement.address.to_string(with_type_qualifier=False)
        data = _advertisement_data(advertisement, self.central.air.rssi.get(address, NEAR_DBM))
        if self.is_allowed_uuid(data.service_uuids):
            device = self.create_or_update_device(address, address, data.local_name, advertisement.address, data)
            self.call_detection_callbacks(device, data)


def _advertisement_data(advertisement: Advertisement, rssi: int) -> AdvertisementData:
    types, name = core.AdvertisingData.Type, None
    uuids: list[str] = []
    service_data: dict[str, bytes] = {}
    manufacturer_data: dict[int, bytes] = {}
    for kind, content in advertisement.data.ad_structures:
        if kind in {types.COMPLETE_LOCAL_NAME, types.SHORTENED_LOCAL_NAME}:
            name = content.decode("utf-8", errors="replace")
        elif kind in {
            types.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            types.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        }:
            numbers = (int.from_bytes(content[at : at + 2], "little") for at in range(0, len(content) - 1, 2))
            uuids += [normalize_uuid_16(number) for number in numbers]
        elif kind == types.SERVICE_DATA_16_BIT_UUID and len(content) >= 2:
            service_data[normalize_uuid_16(int.from_bytes(content[:2], "little"))] = content[2:]
        elif kind == types.MANUFACTURER_SPECIFIC_DATA and len(content) >= 2:
            manufacturer_data[int.from_bytes(content[:2], "little")] = content[2:]
    return AdvertisementData(
        local_name=name,
        manufacturer_data=manufacturer_data,
        service_data=service_data,
        service_uuids=list(dict.fromkeys(uuids)),
        tx_power=None,
        rssi=rssi,
        platform_data=(advertisement,),
    )


class _Client(BaseBleakClient):
    central: Central

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        super().__init__(
            address_or_ble_device,
            disconnected_callback=kwargs["disconnected_callback"],
            timeout=kwargs["timeout"],
        )
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return self._connected().att_mtu

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        device = self.central.device
        async with self.central.connecting:
            try:
                connection = await device.connect_le(hci.Address(self.address), timeout=self._timeout)
            except (core.TimeoutError, TimeoutError) as error:
                raise TimeoutError(f"{self.address} does not answer") from error
            except core.ConnectionError as error:
                raise BleakDeviceNotFoundError(self.address) from error
        self._connection = connection
        connection.on(connection.EVENT_DISCONNECTION, self._disconnected)
        self._peer = Peer(connection)
        await self._encrypt_if_bonded(connection)
        async with _as_bleak_errors():
            await self._peer.request_mtu(_MTU)
            await self._peer.discover_all()  # type: ignore[no-untyped-call] # bumble 0.0.236
        self.services = _services(self._peer, connection)
        if pair:
            await self.pair()

    async def _encrypt_if_bonded(self, connection: Connection) -> None:
        """BlueZ encrypts by itself with stored keys; bumble does not. A peer that has lost them stays unencrypted."""
        keystore = self.central.device.keystore
        if keystore is not None and await keystore.get(str(connection.peer_address)) is not None:
            with suppress(hci.HCI_Error, core.ProtocolError, TimeoutError):
                async with asyncio.timeout(_ENCRYPT_S):
                    await connection.encrypt()

    async def disconnect(self) -> None:
        if self._connection is not None:
            with suppress(hci.HCI_Error, core.BaseError):
                await self._connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        connection = self._connected()
        if connection.is_encrypted:
            return
        try:
            await connection.pair()
        except (core.ProtocolError, hci.HCI_Error, asyncio.CancelledError) as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BleakError(f"pairing with {self.address} failed") from error

    async def unpair(self) -> None:
        keystore = self.central.device.keystore
        if keystore is not None:
            await keystore.delete(str(hci.Address(self.address)))
        await self.disconnect()

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        del use_cached
        self._connected()
        async with _as_bleak_errors():
            return bytearray(await characteristic.obj.read_value())

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        del use_cached
        self._connected()
        async with _as_bleak_errors():
            return bytearray(await descriptor.obj.read_value())

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        self._connected()
        async with _as_bleak_errors():
            await characteristic.obj.write_value(bytes(data), with_response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        self._connected()
        async with _as_bleak_errors():
            await descriptor.obj.write_value(bytes(data), with_response=True)

    async def start_notify(self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any) -> None:
        self._connected()

        def heard(value: bytes) -> None:
            callback(bytearray(value))

        self._callbacks[characteristic.handle] = heard
        async with _as_bleak_errors():
            await characteristic.obj.subscribe(heard)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        self._connected()
        async with _as_bleak_errors():
            await characteristic.obj.unsubscribe(self._callbacks.pop(characteristic.handle, None))

    def _connected(self) -> Connection:
        if self._connection is None:
            raise BleakError("not connected")
        return self._connection

    def _disconnected(self, _reason: int) -> None:
        self._connection = None
        if self._disconnected_callback is not None:
            self._disconnected_callback()


@asynccontextmanager
async def _as_bleak_errors() -> AsyncIterator[None]:
    """What goes wrong on the wire, as bleak says it. A request whose connection is lost comes as a cancellation."""
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(int(error.error_code)) from error
    except (core.BaseError, hci.HCI_Error, TimeoutError) as error:
        raise BleakError(str(error)) from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BleakError("the connection was lost") from error


def _services(peer: Peer, connection: Connection) -> BleakGATTServiceCollection:
    found = BleakGATTServiceCollection()
    for service in peer.services:
        ours = BleakGATTService(service, service.handle, _uuid(service.uuid))
        found.add_service(ours)
        for characteristic in service.characteristics:
            shown = BleakGATTCharacteristic(
                characteristic,
                characteristic.handle,
                _uuid(characteristic.uuid),
                list(gatt_char_props_to_strs(int(characteristic.properties))),
                lambda: connection.att_mtu - _ATT_HEADER,
                ours,
            )
            found.add_characteristic(shown)
            for descriptor in characteristic.descriptors:
                found.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, _uuid(descriptor.type), shown))
    return found


def _uuid(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))
