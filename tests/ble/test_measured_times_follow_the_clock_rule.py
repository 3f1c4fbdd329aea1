"""The clock rule: shift by the measured difference, keep the original, and say so when nobody could check."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.hub.timing import Basis, ClockReading, stamp
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.scale import Scale
from tests.ble.home import CUFF, SCALE, STOCKHOLM, config, device, home

MOMENT = datetime(2026, 3, 1, 8, 0)  # noqa: DTZ001 - as a device says it
NOW = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001


@given(
    wrong=st.timedeltas(timedelta(days=-9000), timedelta(days=9000)),
    age=st.timedeltas(timedelta(0), timedelta(days=400)),
)
@example(wrong=timedelta(days=-9000), age=timedelta(days=200))
def test_however_wrong_the_clock_is_the_true_time_is_found(wrong: timedelta, age: timedelta) -> None:
    """Also for a clock that stayed in summer or winter time: only the difference counts."""
    reading = ClockReading(device=MOMENT + wrong, hub=NOW)
    made = stamp(MOMENT + wrong - age, NOW, reading, STOCKHOLM)
    assert made.time == NOW - age
    assert (made.basis, made.original) == (Basis.SHIFTED, MOMENT + wrong - age)
    assert made.offset_s == pytest.approx(wrong.total_seconds(), abs=0.1)


def test_a_device_without_a_clock_gets_the_time_at_which_it_was_heard() -> None:
    made = stamp(None, NOW, None, STOCKHOLM)
    assert (made.time, made.basis, made.original) == (NOW, Basis.HUB, None)


def test_a_device_that_cannot_tell_its_time_is_believed_and_it_is_said() -> None:
    made = stamp(MOMENT, NOW, None, STOCKHOLM)
    assert (made.time, made.basis, made.original) == (NOW, Basis.UNCHECKED, MOMENT)


def test_a_hub_whose_own_clock_is_not_set_shifts_nothing_and_invents_no_time() -> None:
    reading = ClockReading(device=MOMENT + timedelta(days=900), hub=NOW)
    assert stamp(MOMENT, None, reading, STOCKHOLM).basis is Basis.UNCHECKED
    assert stamp(None, None, reading, STOCKHOLM).time is None


@given(measured=st.datetimes(), clock=st.datetimes())
@example(measured=LAST, clock=FIRST)
@example(measured=FIRST, clock=LAST)
def test_no_time_that_a_device_can_say_is_an_error(measured: datetime, clock: datetime) -> None:
    made = stamp(measured, NOW, ClockReading(device=clock, hub=NOW), STOCKHOLM)
    assert made.original == measured


@pytest.mark.looptime
async def test_a_cuff_whose_clock_is_years_wrong_is_put_right(tmp_path: Path) -> None:
    async with home() as at:
        cuff = Cuff(at.air, CUFF, "cuff", clock=lambda: at.clock.local(wrong=timedelta(days=-2000)))
        async with cuff.powered(), at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))):
            cuff.measure(142, 91, 71)
            await asyncio.sleep(7200)
            assert await cuff.call()
            await asyncio.sleep(1)
            (message,) = at.gateway.said("cuff-1 measurement")
            assert message["time"] == "2026-03-01T06:00:00+00:00"
            assert message["device_time"] == "2020-09-08T08:00:00"
            assert message["time_basis"] == "shifted"
            assert message["clock_offset_s"] == pytest.approx(-2000 * 86_400 + 3600, abs=2)


@pytest.mark.looptime
async def test_a_hub_that_waits_for_its_time_server_says_so(tmp_path: Path) -> None:
    async with home() as at, Scale(at.air, SCALE, "scale", clock=lambda: None).powered() as scale:
        at.synchronised = False
        async with at.hub(config(tmp_path, device("scale-1", SCALE, "scale"))):
            scale.weigh(70.0)
            assert await scale.call()
            await asyncio.sleep(1)
            (message,) = at.gateway.said("scale-1 measurement")
            assert message["time_basis"] == "none"
            assert "time" not in message
