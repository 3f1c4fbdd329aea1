"""Who a connected device is, how its battery is, and how its clock goes."""

from collections.abc import Callable
from typing import TypeVar

from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode

from devices.ble import gatt, identity
from devices.ble.frame import RejectedFrameError
from devices.hub.desk import Desk
from devices.hub.timing import ClockReading

T = TypeVar("T")

#: What a device answers that does not know the hub (any more).
NOT_BONDED = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    }
)


async def meet(client: BleakClient, device: str, desk: Desk) -> ClockReading | None:
    """Note what the device says of itself, and return its clock beside the hub's, or None where it tells no time."""
    health = desk.health.devices[device]
    clock = await _clock(client, desk)
    battery = await _read(client, gatt.BATTERY_LEVEL, identity.battery_level)
    if battery is not None:
        health.battery = battery
    health.model = await _read(client, gatt.MODEL, identity.text) or health.model
    health.firmware = (await _read(client, gatt.FIRMWARE, identity.text) or health.firmware)[:32]
    return clock


async def _clock(client: BleakClient, desk: Desk) -> ClockReading | None:
    for characteristic, read in ((gatt.CURRENT_TIME, identity.current_time), (gatt.DATE_TIME, identity.date_time)):
        asked = desk.now()
        said = await _read(client, characteristic, read)
        if said is not None:
            # The device looked at its clock somewhere between question and answer.
            return ClockReading(device=said, hub=asked + (desk.now() - asked) / 2)
    return None


async def _read(client: BleakClient, characteristic: int, decode: Callable[[bytes], T]) -> T | None:
    """Read an optional characteristic; None where it is absent, not readable, or not what it should be.

    Raises BleakGATTProtocolError for a bond that is missing, and BleakError when the connection breaks.
    """
    found = client.services.get_characteristic(gatt.uuid(characteristic))
    if found is None or "read" not in found.properties:
        return None
    try:
        return decode(bytes(await client.read_gatt_char(found)))
    except BleakGATTProtocolError as error:
        if error.code in NOT_BONDED:
            raise
        return None
    except RejectedFrameError:
        return None
