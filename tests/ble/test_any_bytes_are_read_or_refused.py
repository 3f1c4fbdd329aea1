"""Whatever the air brings: a decoder reads it to its last byte or raises RejectedFrameError, and nothing else."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.ble import bthome, gatt, glucose, identity, racp, thermometer, xiaomi
from devices.ble.advertisement import Advertisement
from devices.ble.frame import RejectedFrameError

DECODERS: dict[str, Callable[[bytes], Any]] = {
    **{f"{number:#06x}": decode for number, decode in gatt.MEASUREMENTS.items()},
    "context": glucose.context,
    "site": thermometer.temperature_type,
    "racp": racp.response,
    "battery": identity.battery_level,
    "text": identity.text,
    "system": identity.system_id,
    "current_time": identity.current_time,
    "date_time": identity.date_time,
}
ADDRESS = "54:48:E6:8F:80:A5"
KEY = bytes(range(16))
PLAIN_V1, ENCRYPTED_V1 = (f"0000{number}-0000-1000-8000-00805f9b34fb" for number in ("181c", "181e"))


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.binary(max_size=64))
@example(data=b"")
@example(data=b"\0" * 512)
@example(data=b"\xff" * 512)
def test_a_frame_is_read_or_refused(name: str, data: bytes) -> None:
    with contextlib.suppress(RejectedFrameError):
        DECODERS[name](data)


@pytest.mark.parametrize("name", [name for name in DECODERS if name.startswith("0x")])
@given(data=st.binary(min_size=1, max_size=40), extra=st.binary(min_size=1, max_size=4))
def test_a_frame_that_is_read_is_not_read_when_it_has_lost_its_end(name: str, data: bytes, extra: bytes) -> None:
    """Beat intervals end where the frame ends; all others have one length only."""
    decode = DECODERS[name]
    with contextlib.suppress(RejectedFrameError):
        decode(data)
        if not (name == "0x2a37" and data[0] & 0x10):
            for other in (data[:-1], data + extra):
                with pytest.raises(RejectedFrameError):
                    decode(other)


@given(data=st.binary(max_size=40), uuid=st.sampled_from(sorted(bthome.UUIDS)), key=st.sampled_from([None, KEY]))
@example(data=b"\x41", uuid=bthome.V2, key=KEY)
@example(data=b"\x43\x01", uuid=bthome.V2, key=KEY)
@example(data=b"\x44\x53\xff\xff", uuid=bthome.V2, key=None)
def test_a_bthome_advertisement_is_read_or_refused(data: bytes, uuid: str, key: bytes | None) -> None:
    with contextlib.suppress(RejectedFrameError):
        bthome.read(Advertisement(address=ADDRESS, service_data={uuid: data}), key)


@given(
    said=st.dictionaries(st.sampled_from(sorted(bthome.UUIDS)), st.binary(max_size=20), min_size=2),
    key=st.sampled_from([None, KEY]),
)
@example(said={PLAIN_V1: b"x", bthome.V2: b""}, key=None)
@example(said={bthome.V2: b"\x40\x3a\x01", ENCRYPTED_V1: b"x"}, key=KEY)
@example(said={PLAIN_V1: b"\x02\x00\x01", bthome.V2: b"\x41\x00"}, key=KEY)
def test_what_was_not_decrypted_has_no_counter_whatever_else_is_shouted_with_it(
    said: dict[str, bytes], key: bytes | None
) -> None:
    """Nobody who shouts in the clear can make a button look played back."""
    with contextlib.suppress(RejectedFrameError):
        assert bthome.read(Advertisement(address=ADDRESS, service_data=said), key).counter is None


@given(
    data=st.binary(max_size=40) | st.binary(max_size=30).map(lambda rest: b"\x58\x58\x6e\x2a" + rest),
    uuid=st.sampled_from(sorted(xiaomi.UUIDS)),
    key=st.sampled_from([None, KEY, KEY[:12], b"short"]),
)
def test_a_xiaomi_advertisement_is_read_or_refused(data: bytes, uuid: str, key: bytes | None) -> None:
    with contextlib.suppress(RejectedFrameError):
        xiaomi.read(Advertisement(address=ADDRESS, service_data={uuid: data}), key)


def test_with_a_key_a_plain_press_is_refused_and_without_a_key_an_encrypted_one() -> None:
    plain = Advertisement(address=ADDRESS, service_data={bthome.V2: bytes.fromhex("403a01")})
    closed = Advertisement(address=ADDRESS, service_data={bthome.V2: bytes.fromhex("41a47266c95f730011223378237214")})
    assert not bthome.read(plain).is_authentic
    for advertisement, key in ((plain, KEY), (closed, None), (closed, KEY)):
        with pytest.raises(RejectedFrameError):
            bthome.read(advertisement, key)
