"""Promise: a home's day is the same whenever the seed is the same, in order, numbered without a gap, and valid."""

import json
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hemvakt_sim import diary
from hemvakt_sim.capture import read
from hemvakt_sim.cli_traffic import day
from hemvakt_sim.scenario import Devices, Home
from hemvakt_sim.wire import Channel

START = datetime(2026, 3, 1)  # noqa: DTZ001 - local time of day
HOME = Home(
    id="home-1", devices=Devices(pendant="p", hub="h", rooms=("hall", "kitchen", "bedroom"), doors=("front-door",))
)


def whole(seed: int = 1, start: datetime = START, hours: float = 24) -> list[diary.Said]:
    end = start + timedelta(hours=hours)
    return list(takewhile(lambda said: said.at < end, diary.of_home(HOME, start, seed=seed)))


def test_the_same_seed_gives_the_same_day_and_another_gives_another() -> None:
    assert whole(1) == whole(1)
    assert whole(1) != whole(2)


def test_a_day_holds_what_a_day_holds_in_order() -> None:
    said = whole()
    assert all(one.at <= other.at for one, other in pairwise(said))
    beats = [one for one in said if one.channel is Channel.HEARTBEAT]
    assert len(beats) == 2 * 24 * 60
    assert len([one for one in said if one.channel is Channel.MEASUREMENT]) == 2
    motions = [one for one in said if one.fields.get("occupancy") is True]
    assert 60 < len(motions) < 1500


def test_daily_life_in_pieces_is_daily_life_at_once() -> None:
    noon = START + timedelta(hours=12)
    seen = [one for one in whole() if one.channel is None and one.fields and one.at >= noon]
    assert seen == [one for one in whole(start=noon, hours=12) if one.channel is None and one.fields]


def test_messages_are_numbered_without_a_gap_and_carry_their_time() -> None:
    scribe, zone = diary.Scribe(HOME, boot="b"), ZoneInfo("Europe/Stockholm")
    packets = [scribe.packet(said, said.at.replace(tzinfo=zone)) for said in whole(hours=3)]
    own = [json.loads(packet.payload) for packet in packets if packet.topic == "hemvakt/v1/p/up/heartbeat"]
    assert [one["seq"] for one in own] == list(range(1, len(own) + 1))
    assert all(one["time"].endswith("+01:00") for one in own)


@pytest.mark.parametrize(("date", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_made_day_is_a_recording_also_when_the_clocks_change(
    date: tuple[int, int, int], hours: int, tmp_path: Path
) -> None:
    out = tmp_path / "day.jsonl"
    day("press-until-ack", out, begins=datetime(*date), days=1, zone="Europe/Stockholm", seed=1)  # noqa: DTZ001
    heard = list(read(out))
    assert timedelta(hours=hours - 0.1) < heard[-1].at - heard[0].at < timedelta(hours=hours)
