"""Xiaomi MiBeacon sensors and scales, by xiaomi-ble."""

from xiaomi_ble import XiaomiBluetoothDeviceData

from devices.ble import sensor_state
from devices.ble.advertisement import Advertisement, Said
from devices.ble.frame import RejectedFrameError

#: Service data of MiBeacon, of the plant sensor HHCCJCY10, and of the two scales (payload of their own, not the SIG's).
MIBEACON = "0000fe95-0000-1000-8000-00805f9b34fb"
_PLANT = "0000fd50-0000-1000-8000-00805f9b34fb"
SCALES = frozenset({"0000181d-0000-1000-8000-00805f9b34fb", "0000181b-0000-1000-8000-00805f9b34fb"})
UUIDS = SCALES | {MIBEACON, _PLANT}

_ENCRYPTED, _VERSION_SHIFT, _AUTHENTICATED_VERSION = 0x08, 4, 4


def read(advertisement: Advertisement, key: bytes | None = None) -> Said:
    """Read an advertisement; ``key`` is the bind key of 12 (MiBeacon 2, 3) or 16 bytes. Raises RejectedFrameError.

    An advertisement may say nothing at all: many only tell that the device is there.
    ``Said.counter`` is set for MiBeacon 4 and 5 only: the encryption of 2 and 3 does not tell a wrong key.
    """
    if not UUIDS & set(advertisement.service_data):
        raise RejectedFrameError("It has no Xiaomi data.")
    if key is not None and len(key) not in {12, 16}:
        raise RejectedFrameError("Its key has neither 12 nor 16 bytes.")
    data = advertisement.service_data.get(MIBEACON, b"")
    encrypted = bool(data) and bool(data[0] & _ENCRYPTED)
    try:
        parser = XiaomiBluetoothDeviceData(bindkey=key)
        update = parser.update(sensor_state.service_info(advertisement))
    except Exception as error:  # a library that fails on bytes from the air, however it does
        raise RejectedFrameError("It is no Xiaomi data that can be read.") from error
    if encrypted and not parser.bindkey_verified:
        raise RejectedFrameError("It is encrypted, and does not open with the key known here.")
    authenticated = encrypted and data[1] >> _VERSION_SHIFT >= _AUTHENTICATED_VERSION
    return Said(
        values=sensor_state.values(update),
        events=sensor_state.events(update),
        counter=int.from_bytes(data[4:5] + data[-7:-4], "little") if authenticated else None,
        packet=data[4] if len(data) > 4 else None,
        model=next((one.model or "" for one in update.devices.values()), ""),
    )
