"""Frames of GATT characteristics as devices really sent them, and as others published them, rightly and wrongly."""

from decimal import Decimal
from typing import Any

import pytest

from devices.ble import bthome, gatt, heart_rate, xiaomi
from devices.ble.advertisement import Advertisement
from devices.ble.frame import RejectedFrameError
from devices.ble.measurement import Quantity
from devices.observation import Kind, Reading
from devices.plausible import is_possible
from tests.ble.vectors import frames, load, needs_vectors

pytestmark = [pytest.mark.recordings, needs_vectors]

VECTORS = {one["char"]: one for one in load("gatt_vectors.json")}


def vector(begins: str) -> dict[str, Any]:
    (found,) = (one for called, one in VECTORS.items() if called.startswith(begins))
    return found


def test_every_vector_is_looked_at() -> None:
    assert {called.split(" ")[0] for called in VECTORS} == {
        "0x2A35", "0x2A37", "0x2A9D", "proprietary", "FE95", "advertisement,", "advertisement", "vendor",
    }  # fmt: skip


def test_a_pressure_behind_a_vendors_own_prefix_is_refused() -> None:
    (frame,) = frames(vector("0x2A35 as really received"))
    with pytest.raises(RejectedFrameError):
        gatt.decode(0x2A35, frame)


def test_a_wrong_published_pressure_is_read_as_the_standard_says_and_is_impossible() -> None:
    (frame,) = frames(vector("0x2A35 wrong published vector"))
    systolic = gatt.decode(0x2A35, frame).values[0]
    assert systolic.value == Decimal("0.00000120")
    assert not is_possible(Reading(kind=Kind.SYSTOLIC, value=float(systolic.value), unit=systolic.unit))


@pytest.mark.parametrize("called", [one for one in VECTORS if one.startswith("0x2A37")])
def test_a_heart_rate_is_read(called: str) -> None:
    (frame,), expected = frames(VECTORS[called]), VECTORS[called]["expected"]
    assert gatt.decode(0x2A37, frame).values[0].value == expected["bpm"]
    assert [float(one) for one in heart_rate.beat_intervals(frame)] == expected.get("rr_s", [])


def test_a_weight_is_read() -> None:
    (frame,) = frames(vector("0x2A9D"))
    (weight,) = gatt.decode(0x2A9D, frame).values
    assert (weight.quantity, weight.value, weight.unit) == (Quantity.WEIGHT, Decimal("70.000"), "kg")


def test_the_encrypted_scale_s400_is_read() -> None:
    s400 = vector("FE95")
    (frame,) = frames(s400)
    advertisement = Advertisement(address=s400["mac"], service_data={xiaomi.MIBEACON: frame})
    said = xiaomi.read(advertisement, bytes.fromhex(s400["bindkey"]))
    assert said.values["mass"] == s400["expected"]["weight_kg"]
    assert said.is_authentic


@pytest.mark.parametrize("begins", ["proprietary FitTrack", "vendor notify 0x2AF0"])
@pytest.mark.parametrize("characteristic", sorted(gatt.MEASUREMENTS))
def test_a_vendors_own_frame_gives_no_value_anywhere(begins: str, characteristic: int) -> None:
    """They come on characteristics of their own, which the hub does not listen to."""
    assert 0x2AF0 not in gatt.MEASUREMENTS
    for frame in frames(vector(begins)):
        with pytest.raises(RejectedFrameError):
            gatt.decode(characteristic, frame)


def test_an_advertisement_of_a_cuff_alone_has_no_value() -> None:
    for begins in ("advertisement, Silvercrest", "advertisement manufacturer AD, Omron"):
        assert frames(vector(begins))
        said = Advertisement(address="00:00:00:00:00:01", service_data={})
        for family in (bthome, xiaomi):
            with pytest.raises(RejectedFrameError):
                family.read(said)
