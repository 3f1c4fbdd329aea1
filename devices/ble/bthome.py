"""BTHome, versions 1 and 2, by bthome-ble. Format: https://bthome.io/format/.

The library is asked anew for each advertisement. Its memory of packet numbers is of four seconds, and its encryption
counter may begin again below 100 (bthome-ble 3.25, ``_check_encryption_counter``), which would let anybody send an old
press again; who needs a rising counter compares ``Said.counter``.
"""

from bthome_ble import BTHomeBluetoothDeviceData
from bthome_ble.parser import EncryptionScheme

from devices.ble import sensor_state
from devices.ble.advertisement import Advertisement, Said
from devices.ble.frame import RejectedFrameError

#: Service data of BTHome 2, and of BTHome 1 plain and encrypted.
V2 = "0000fcd2-0000-1000-8000-00805f9b34fb"
_V1, _V1_ENCRYPTED = "0000181c-0000-1000-8000-00805f9b34fb", "0000181e-0000-1000-8000-00805f9b34fb"
UUIDS = frozenset({V2, _V1, _V1_ENCRYPTED})


def read(advertisement: Advertisement, key: bytes | None = None) -> Said:
    """Read an advertisement; ``key`` is the bind key of 16 bytes. Raises RejectedFrameError.

    With a key, what is not encrypted with it is refused. An object of a number that is not known ends the list, as the
    format says; an advertisement may say nothing at all.
    """
    # The first is the one that the library reads; what else is shouted with it says nothing of it.
    uuid, data = next(((uuid, one) for uuid, one in advertisement.service_data.items() if uuid in UUIDS), ("", b""))
    if not data:
        raise RejectedFrameError("It has no BTHome data.")
    encrypted = uuid == _V1_ENCRYPTED or (uuid == V2 and bool(data[0] & 1))
    if encrypted and key is None:
        raise RejectedFrameError("It is encrypted, and its key is not known here.")
    if not encrypted and key is not None:
        raise RejectedFrameError("It is not encrypted, though its key is known: another device may speak for it.")
    try:
        parser = BTHomeBluetoothDeviceData(bindkey=key)
        update = parser.update(sensor_state.service_info(advertisement))
    except Exception as error:  # a library that fails on bytes from the air, however it does
        raise RejectedFrameError("It is no BTHome data that can be read.") from error
    if parser.encryption_scheme is not EncryptionScheme.NONE and not parser.bindkey_verified:
        raise RejectedFrameError("It does not open with its key.")
    return Said(
        values=sensor_state.values(update),
        events=sensor_state.events(update),
        counter=int(parser.encryption_counter) if encrypted else None,
        packet=None if parser.packet_id is None else int(parser.packet_id),
    )
