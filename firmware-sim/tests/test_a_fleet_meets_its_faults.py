"""Promise: faults of a fleet befall the homes and the seconds that were named, and what is acknowledged is counted."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import StepError
from hemvakt_sim.fleet import Fleet, Report
from hemvakt_sim.fleet_faults import FleetTroubles, read_fault
from hemvakt_sim.packet import Packet
from hemvakt_sim.testing import StandInGateway

PACKET = Packet("t", b"{}")
TRUE = datetime(2026, 3, 1, tzinfo=UTC)


def troubles(*texts: str, seed: int = 1) -> FleetTroubles:
    return FleetTroubles([read_fault(text, 10) for text in texts], seed)


def test_it_befalls_the_homes_and_the_seconds_that_are_named() -> None:
    lossy = troubles("loss share 1 homes 3-4 at 5s lasts 10s")
    hit = [(place, now) for place in range(10) for now in (0, 4.9, 5, 14.9, 15) if not lossy.fates(place, now, PACKET)]
    assert hit == [(2, 5), (2, 14.9), (3, 5), (3, 14.9)]


def test_several_befall_one_home_together() -> None:
    both = troubles("duplicates share 1", "reorder share 1 by 2s homes 1")
    assert len(both.fates(0, 0, PACKET)) == 2
    assert both.fates(0, 0, PACKET)[0][0] > 0
    assert both.fates(1, 0, PACKET) == [(0.0, PACKET)] * 2


def test_links_are_down_while_a_mast_is_and_in_turns_while_they_flap() -> None:
    mast = troubles("mast_outage homes 1-2 at 1s lasts 4s")
    assert [mast.down_for(place, 2) for place in range(3)] == [3, 3, 0]
    flapping = troubles("flapping up 3s down 2s lasts 12s")
    assert [flapping.down_for(0, now) for now in (0, 1, 2, 4, 5, 6.5, 11, 12)] == [2, 1, 0, 0, 2, 0.5, 1, 0]


def test_clocks_are_wrong_for_the_time_given() -> None:
    wrong = troubles("wrong_clock behind 1h homes 1 lasts 5s", "clock_drift ahead 60s homes 2", "wrong_clock homes 3")
    assert wrong.clock(0, 1, TRUE) == TRUE - timedelta(hours=1)
    assert wrong.clock(0, 6, TRUE) == TRUE
    assert wrong.clock(1, 1800, TRUE) == TRUE + timedelta(seconds=30)
    assert wrong.clock(2, 1, TRUE) is None
    assert wrong.clock(3, 1, TRUE) == TRUE


def test_batteries_run_down_and_stay_down() -> None:
    low = troubles("battery_decline begins 50 percent 10 at 10s lasts 20s homes 1")
    assert [low.battery(0, now) for now in (0, 10, 20, 30, 99)] == [90, 50, 30, 10, 10]
    assert low.battery(1, 99) == 90


def test_deeds_are_done_once_or_at_their_rate_however_time_is_cut() -> None:
    some = troubles("reboot homes 2 at 3s", "clone presses 2 homes 1 at 3s", "storm rate 10 homes 3 at 1s lasts 2s")
    whole = sorted(some.deeds(0, 10, 10))
    cuts = [0, 0.3, 1.05, 2.9, 3, 3.1, 7, 10]
    pieces = [deed for since, now in pairwise(cuts) for deed in some.deeds(since, now, 10)]
    assert sorted(pieces) == whole == [(0, "clone")] * 2 + [(1, "reboot")] + [(2, "storm")] * 20


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        ("loss share 3", "less than or equal"),
        ("loss homes 5-2", "from 1 to 10"),
        ("loss homes 1-11", "from 1 to 10"),
        ("loss homes all", "write 3 or 1-50"),
        ("press", "nothing that befalls a fleet"),
        ("loss at noon", "length of time"),
        ("loss colour red", "not understood"),
        ("dance", "is no step"),
    ],
)
def test_what_is_not_understood_is_said(text: str, word: str) -> None:
    with pytest.raises(StepError) as caught:
        read_fault(text, 10)
    assert word in str(caught.value)


async def streamed(broker: Broker, prefix: str, *faults: str, seed: int = 1) -> tuple[Report, StandInGateway]:
    read = [read_fault(text, 10) for text in faults]
    async with (
        StandInGateway(broker, client_id=f"ear-{prefix}") as gateway,
        Fleet(broker, homes=10, connections=2, prefix=prefix, seed=seed, faults=read) as fleet,
    ):
        await fleet.stream(rate=60, seconds=3)
        return await fleet.settled(60), gateway


@pytest.mark.broker
async def test_whatever_befalls_it_every_numbered_message_is_acknowledged_in_the_end(broker: Broker) -> None:
    report, gateway = await streamed(
        broker,
        "worst",
        "loss share 0.3 acks true lasts 3s",
        "duplicates share 0.3",
        "reorder share 0.3 by 500ms",
        "mast_outage homes 1-5 at 1s lasts 1s",
        "flapping homes 6-7 up 300ms down 300ms lasts 2s",
        "reboot homes 8 at 1s",
        "clone homes 9 at 1s presses 1",
        "storm homes 10 rate 20 at 1s lasts 1s",
    )
    assert report.unacknowledged == 0
    assert report.swallowed > 0
    assert report.added > 0
    assert 198 <= report.made <= 203
    boots = {payload.split(b'"')[3] for topic, payload in gateway.heard if "worst-00009-pendant/up" in topic}
    assert len(boots) == 2
    assert "without acknowledgement" in str(report)


@pytest.mark.broker
async def test_the_same_seed_swallows_the_same_first_messages(broker: Broker) -> None:
    counts = [(await streamed(broker, f"same{turn}", "loss share 0.5 lasts 3s"))[1] for turn in range(2)]
    motions = [
        [topic.replace(f"same{turn}", "x") for topic, _ in gateway.heard if topic.startswith(f"zigbee2mqtt/same{turn}")]
        for turn, gateway in enumerate(counts)
    ]
    assert sorted(motions[0]) == sorted(motions[1])
    assert 20 < len(motions[0]) < 90
