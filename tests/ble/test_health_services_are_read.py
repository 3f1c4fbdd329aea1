"""Frames made by hand from the specifications, one per thing that a device can say."""

from datetime import datetime

import pytest

from devices.ble import gatt, glucose, heart_rate, identity, racp, thermometer
from devices.ble.frame import RejectedFrameError
from devices.ble.measurement import Measurement, Note, Quantity
from devices.ble.number import Absent

MORNING = "ea07 03 01 08 01 0c"  # 2026-03-01 08:01:12
TAKEN = datetime(2026, 3, 1, 8, 1, 12)  # noqa: DTZ001 - as a device says it


def frame(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def read(characteristic: int, text: str) -> Measurement:
    return gatt.decode(characteristic, frame(text))


def said(measurement: Measurement) -> dict[str, tuple[str, str]]:
    return {one.quantity: (str(one.value), one.unit) for one in measurement.values}


def test_a_pressure_with_everything() -> None:
    measurement = read(0x2A35, f"1e 8e00 5b00 6c00 {MORNING} 4d00 02 0500")
    assert said(measurement) == {
        "systolic": ("142", "mm[Hg]"), "diastolic": ("91", "mm[Hg]"), "mean_arterial": ("108", "mm[Hg]"),
        "pulse": ("77", "/min"),
    }  # fmt: skip
    assert (measurement.time, measurement.user) == (TAKEN, 2)
    assert measurement.notes == (Note.BODY_MOVED, Note.IRREGULAR_PULSE)


def test_the_unit_flag_set_means_kilopascal() -> None:
    assert said(read(0x2A35, "01 bdf0 79f0 90f0"))["systolic"] == ("18.9", "kPa")
    assert said(read(0x2A35, "00 8e00 5b00 6c00"))["systolic"] == ("142", "mm[Hg]")


def test_a_failed_pressure_has_a_reason_and_no_value() -> None:
    values = read(0x2A35, "00 ff07 ff07 ff07").values
    assert [(one.value, one.absent) for one in values] == [(None, Absent.NOT_A_NUMBER)] * 3


def test_an_unknown_user_and_an_unknown_date_are_none() -> None:
    measurement = read(0x2A35, "0a 8e00 5b00 6c00 0000 00 00 00 00 00 ff")
    assert (measurement.time, measurement.user) == (None, None)


def test_a_temperature_with_time_and_place() -> None:
    measurement = read(0x2A1C, f"06 710100ff {MORNING} 06")
    assert said(measurement) == {"temperature": ("36.9", "Cel")}
    assert (measurement.time, measurement.site) == (TAKEN, "mouth")
    assert said(read(0x2A1C, "01 dd0300ff")) == {"temperature": ("98.9", "[degF]")}
    assert thermometer.temperature_type(b"\x03") == "ear"


def test_glucose_comes_in_the_unit_people_use() -> None:
    assert said(read(0x2A18, f"02 0700 {MORNING} 37b0 11")) == {"glucose": ("55", "mg/dL")}
    assert said(read(0x2A18, f"06 0800 {MORNING} 38c0 11")) == {"glucose": ("5.6", "mmol/L")}


def test_a_glucose_time_is_base_time_plus_offset() -> None:
    measurement = read(0x2A18, f"03 0700 {MORNING} 3c00 37b0 11")
    assert (measurement.time, measurement.sequence) == (datetime(2026, 3, 1, 9, 1, 12), 7)  # noqa: DTZ001
    assert read(0x2A18, f"03 0700 {MORNING} ff7f 37b0 11").notes == (Note.TIME_FAULT,)


def test_control_solution_is_not_the_residents_blood() -> None:
    for sample in ("1a", "41"):
        measurement = read(0x2A18, f"02 0700 {MORNING} 37b0 {sample}")
        assert Note.CONTROL_SOLUTION in measurement.notes
        assert not measurement.is_of_the_resident


def test_a_glucose_status_says_what_was_wrong() -> None:
    measurement = read(0x2A18, f"1a 0700 {MORNING} 37b0 11 2100")
    assert measurement.notes == (Note.BATTERY_LOW, Note.TOO_HIGH_FOR_DEVICE, Note.CONTEXT_FOLLOWS)


def test_a_glucose_context_belongs_to_a_sequence_number() -> None:
    context = glucose.context(frame("5b 0700 01 3cd0 01 2c01 32 02 05a0 41f0"))
    assert (context.sequence, context.meal, context.exercise_s) == (7, "before meal", 300)
    assert (str(context.carbohydrate), str(context.medication), context.medication_unit) == ("60", "0.005", "g")
    assert str(context.hba1c) == "6.5"


def test_a_spot_check_and_its_status() -> None:
    measurement = read(0x2A5E, f"0f 6100 4800 {MORNING} 2002 200000 14f0")
    assert said(measurement) == {"spo2": ("97", "%"), "pulse": ("72", "/min"), "pulse_amplitude": ("2.0", "%")}
    assert measurement.time == TAKEN
    assert measurement.notes == (Note.ONGOING, Note.FROM_STORAGE, Note.LOW_PERFUSION)


def test_an_oximeter_without_a_set_clock_has_no_time() -> None:
    measurement = read(0x2A5E, f"11 6100 4800 {MORNING}")
    assert (measurement.time, measurement.notes) == (None, (Note.CLOCK_NOT_SET,))


def test_a_demonstration_is_not_a_measurement_of_the_resident() -> None:
    assert not read(0x2A5E, "02 6100 4800 0004").is_of_the_resident
    assert read(0x2A5E, "02 6100 4800 2000").is_of_the_resident


def test_a_continuous_value_is_the_normal_average() -> None:
    assert said(read(0x2A5F, "03 6100 4800 5a00 4900 6000 4700")) == {"spo2": ("97", "%"), "pulse": ("72", "/min")}


def test_a_weight_with_everything() -> None:
    measurement = read(0x2A9D, f"0e b036 {MORNING} 01 e500 a406")
    assert said(measurement) == {"weight": ("70.000", "kg"), "bmi": ("22.9", "kg/m2"), "height": ("1.700", "m")}
    assert (measurement.time, measurement.user) == (TAKEN, 1)
    assert said(read(0x2A9D, "01 b036"))["weight"] == ("140.00", "[lb_av]")


def test_an_unsuccessful_weighing_has_no_value() -> None:
    (weight,) = read(0x2A9D, "00 ffff").values
    assert (weight.value, weight.absent) == (None, Absent.UNSUCCESSFUL)


def test_a_body_composition_lists_what_its_flags_say() -> None:
    measurement = read(0x2A9C, f"0607 1601 {MORNING} 01 401f 8813 b036")
    assert said(measurement) == {
        "body_fat": ("27.8", "%"), "body_water_mass": ("40.000", "kg"), "impedance": ("500.0", "Ohm"),
        "weight": ("70.000", "kg"),
    }  # fmt: skip


def test_a_heart_rate_with_intervals_and_without_contact() -> None:
    assert [float(one) for one in heart_rate.beat_intervals(frame("10 5a 0008 0010"))] == [2.0, 4.0]
    assert said(read(0x2A37, "09 c800 6400"))["energy"] == ("100", "kJ")
    assert read(0x2A37, "04 50").notes == (Note.NO_SKIN_CONTACT,)
    assert read(0x2A37, "06 50").is_of_the_resident


def test_a_device_says_who_it_is_and_what_time_it_has() -> None:
    assert identity.battery_level(b"\x51") == 81
    assert identity.text(b"UA-651BLE\0\0\0") == "UA-651BLE"
    assert identity.system_id(frame("c377adde eeabedfe")) == "FE-ED-AB-EE-DE-AD-77-C3"
    assert identity.current_time(frame(f"{MORNING} 07 80 00")) == datetime(2026, 3, 1, 8, 1, 12, 500_000)  # noqa: DTZ001
    assert identity.date_time(frame(MORNING)) == TAKEN


def test_records_are_asked_for_and_the_answer_is_read() -> None:
    assert (racp.report_all(), racp.report_last(), racp.count_all()) == (b"\x01\x01", b"\x01\x06", b"\x04\x01")
    assert racp.report_from(0x1234) == b"\x01\x03\x01\x34\x12"
    assert racp.response(frame("06 00 01 01")) == racp.Response(racp.Outcome.SUCCESS)
    assert racp.response(frame("06 00 01 06")) == racp.Response(racp.Outcome.NO_RECORDS)
    assert racp.response(frame("05 00 2c01")) == racp.Response(racp.Outcome.SUCCESS, 300)


@pytest.mark.parametrize(
    ("characteristic", "text"),
    [
        (0x2A35, ""),
        (0x2A35, "00 8e00 5b00 6c"),
        (0x2A35, "00 8e00 5b00 6c00 00"),
        (0x2A35, "20 8e00 5b00 6c00"),
        (0x2A35, "02 8e00 5b00 6c00 ea07 0d 01 08 01 0c"),
        (0x2A35, "10 8e00 5b00 6c00 1800"),
        (0x2A1C, "00 710100"),
        (0x2A1C, "04 710100ff 0a"),
        (0x2A18, f"02 0700 {MORNING} 37b0 1f"),
        (0x2A18, "01 0700 0f27 0c 1f 17 3b 3b ff7e"),
        (0x2A37, "10 5a"),
        (0x2A37, "10 5a 00"),
        (0x2A9D, "00 b036 00"),
        (0x2A35, f"fe 2027 0075 0055 005f {MORNING} 6900 01"),
        (0xFFF1, "00"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(characteristic: int, text: str) -> None:
    with pytest.raises(RejectedFrameError):
        read(characteristic, text)


def test_a_number_of_the_sig_has_a_long_form_and_a_vendors_has_no_number() -> None:
    assert gatt.number(gatt.uuid(0x2A35)) == 0x2A35
    assert gatt.number("233bf000-5a34-1b6d-975c-000d5690abe4") is None
    assert gatt.number("nonsense") is None
    assert {one.value for one in Quantity} >= {"systolic", "weight"}
