"""Frames of real and published devices: each is read to its value, or stands on the list of what is not, and why."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from devices.ble import bthome, xiaomi
from devices.ble.advertisement import Advertisement, Event, Said
from devices.ble.frame import RejectedFrameError
from tests.ble.vectors import frames, from_hci, key, load, needs_vectors

pytestmark = [pytest.mark.recordings, needs_vectors]

NOT_OURS = "no resident's measurement and no alarm of a home comes from it"
ROOM_CLIMATE = "room climate; a home that has it brings it through Zigbee2MQTT or an MQTT bridge"
UNSUPPORTED = {
    "test_airmentor.py": ROOM_CLIMATE,
    "test_almendo.py": ROOM_CLIMATE,
    "test_atc_parser.py": f"{ROOM_CLIMATE}; its newer firmware speaks BTHome, which is read",
    "test_bluemaestro.py": ROOM_CLIMATE,
    "test_blustream.py": ROOM_CLIMATE,
    "test_bparasite_parser.py": "plant moisture; its newer firmware speaks BTHome, which is read",
    "test_govee_parser.py": ROOM_CLIMATE,
    "test_grundfos.py": f"a heating pump: {NOT_OURS}",
    "test_hormann.py": f"a garage door: {NOT_OURS}",
    "test_inkbird.py": f"pool and grill thermometers: {NOT_OURS}",
    "test_inode_parser.py": ROOM_CLIMATE,
    "test_michelin.py": f"tyre pressure: {NOT_OURS}",
    "test_oral_b.py": f"a toothbrush: {NOT_OURS}",
    "test_oras.py": f"a water tap: {NOT_OURS}",
    "test_qingping_parser.py": ROOM_CLIMATE,
    "test_relsib.py": ROOM_CLIMATE,
    "test_ruuvitag_parser.py": ROOM_CLIMATE,
    "test_sensirion_parser.py": ROOM_CLIMATE,
    "test_smartdry.py": f"a laundry drier: {NOT_OURS}",
    "test_sonoff.py": "a plain button: anybody may send its press, so it must not call for help",
    "test_switchbot.py": ROOM_CLIMATE,
    "test_teltonika.py": ROOM_CLIMATE,
    "test_thermobeacon.py": ROOM_CLIMATE,
    "test_tilt.py": f"a brewing hydrometer: {NOT_OURS}",
}
#: Single vectors that are read otherwise than their source does, and why.
OTHERWISE = {
    ("test_parser_v2.py", "test_increasing_packet_id"): "repeats are told apart by the hub, not by the decoder",
    ("test_xiaomi_parser.py", "test_Xiaomi_RTCGQ02LM"): "the key in the vector is not that of the frame",
}
#: ble_monitor's words for values, and for what is an event here.
SAME = {"weight": "mass", "dewpoint": "dew_point", "switch": "power", "tvoc": "volatile_organic_compounds"}
ABOUT_THE_DEVICE = {"firmware", "type", "mac", "packet"}
EVENTS = {
    "test_bthome_v2_button": Event("button", "double_press"),
    "test_bthome_v2_dimmer": Event("dimmer", "rotate_left"),
    "test_Xiaomi_XMMF01JQD": Event("cube", "rotate_left"),
    "test_Xiaomi_PTX": Event("button", "press"),
    "test_Xiaomi_MUE4094RT": Event("motion", "motion_detected"),
    "test_Xiaomi_ZNMS16LM_fingerprint": Event("fingerprint", "match_successful"),
    "test_Xiaomi_ZNMS16LM_lock": Event("lock", "unlock_outside_the_door"),
    "test_Xiaomi_XMZNMS08LM_lock": Event("lock", "unlock_outside_the_door"),
}
SAID_BY_EVENT = {
    "button", "dimmer", "steps", "button_switch", "one_btn_switch", "motion_timer", "no_motion_time", "result",
    "action", "method", "locktype", "key_id", "door_action", "error",
}  # fmt: skip

ADVERTISEMENTS = load("adv_vectors.json")


def source(vector: dict[str, Any]) -> str:
    return PurePosixPath(vector["path"]).name


def name(vector: dict[str, Any]) -> str:
    return f"{source(vector).removesuffix('.py')}-{vector['test']}"


def heard(vector: dict[str, Any], frame: bytes) -> Advertisement:
    if vector["frame"].startswith("full HCI"):
        return from_hci(frame)
    return Advertisement(address=vector["address"], service_data={service(vector, frame): frame})


def service(vector: dict[str, Any], frame: bytes) -> str:
    if "FCD2" in vector["frame"]:
        return bthome.V2
    if "Scale" in vector["test"]:
        (found,) = (one for one in xiaomi.SCALES if ("181b" in one) is (len(frame) == 13))
        return found
    return xiaomi.MIBEACON


def read(vector: dict[str, Any]) -> Said:
    """Read all frames of a vector and return what they say together."""
    said = []
    for frame in frames(vector):
        advertisement = heard(vector, frame)
        family = bthome if bthome.UUIDS & set(advertisement.service_data) else xiaomi
        said.append(family.read(advertisement, key(vector)))
    return Said(
        values={name: one for part in said for name, one in part.values.items()},
        events=tuple(event for part in said for event in part.events),
        packet=said[-1].packet,
        model=said[-1].model,
    )


@pytest.mark.parametrize("vector", [one for one in ADVERTISEMENTS if "ble_monitor" not in one["source"]], ids=name)
def test_an_advertisement_means_what_its_maker_says(vector: dict[str, Any]) -> None:
    said = read(vector)
    expected = {name.lower().replace(" ", "_"): one for name, one in vector["expected"].items()}
    if (source(vector), vector["test"]) in OTHERWISE:
        assert {name: said.values.get(name) for name in expected} != expected
        return
    assert {name: said.values.get(name) for name in expected} == expected
    wanted = [Event(device.lower().replace(" ", "_"), what) for device, what, _ in vector["events"]]
    assert list(said.events) == wanted


@pytest.mark.parametrize("vector", [one for one in ADVERTISEMENTS if "ble_monitor" in one["source"]], ids=name)
def test_a_whole_radio_report_is_read_or_knowingly_left(vector: dict[str, Any]) -> None:
    if source(vector) in UNSUPPORTED:
        (frame,) = frames(vector)
        assert not (bthome.UUIDS | xiaomi.UUIDS) & set(from_hci(frame).service_data), "it could be read after all"
        return
    if (source(vector), vector["test"]) in OTHERWISE:
        with pytest.raises(RejectedFrameError, match="key"):
            read(vector)
        return
    said, expected = read(vector), {name.replace(" ", "_"): one for name, one in vector["expected"].items()}
    assert said.packet == (None if expected["packet"] == "no packet id" else expected["packet"])
    assert not said.model or said.model.startswith(expected["type"])
    for called, wanted in expected.items():
        if called not in ABOUT_THE_DEVICE | SAID_BY_EVENT and wanted is not None:
            ours = SAME.get(called, called)
            assert ours in said.values or vector["test"] in EVENTS, called
            assert said.values.get(ours, wanted) == wanted, called
    if (event := EVENTS.get(vector["test"])) is not None:
        assert event in said.events


def test_nothing_stands_on_the_list_that_is_not_recorded() -> None:
    recorded = {source(vector) for vector in ADVERTISEMENTS}
    assert not recorded or set(UNSUPPORTED) <= recorded
