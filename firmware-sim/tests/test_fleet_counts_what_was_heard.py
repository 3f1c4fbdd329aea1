"""Promise: a fleet says what it was asked to, counts every ack once, and admits what it has none for."""

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.fleet import Fleet, roster
from hemvakt_sim.testing import StandInGateway

pytestmark = pytest.mark.broker


async def test_every_message_of_a_fleet_is_delivered_and_acknowledged_once(broker: Broker) -> None:
    async with (
        StandInGateway(broker, client_id="fleet-0") as gateway,
        Fleet(broker, homes=20, connections=3, prefix="all") as fleet,
    ):
        await fleet.stream(rate=100, seconds=2)
        for home in range(20):
            fleet.press(home)
        report = await fleet.settled(30)
        assert report.made == 220
        assert report.unacknowledged == 0
        assert report.delivered == report.made + report.repeats
        assert report.acknowledged == len(report.ack_seconds)
        assert 0 < report.quantile(0.5) <= report.quantile(0.99)
        pressed = {topic for topic, _ in gateway.heard if topic.endswith("/up/press")}
        assert pressed == {f"hemvakt/v1/{home.pendant}/up/press" for home in roster(20, "all")}


async def test_what_nobody_acknowledges_is_repeated_and_admitted(broker: Broker) -> None:
    async with Fleet(broker, homes=2, connections=1, prefix="unheard") as fleet:
        fleet.press(0)
        fleet.press(1)
        report = await fleet.settled(3)
        assert report.unacknowledged == 2
        assert report.repeats >= 2
        assert report.acknowledged == 0
