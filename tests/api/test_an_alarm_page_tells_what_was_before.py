"""The page of an alarm shows the last signs of life and measurements, and takes for a sign only what is one."""

import re
from datetime import timedelta

from devices.observation import Kind
from tests.api import happenings as ours
from tests.api.conftest import Town
from tests.api.happenings import said


async def shown(town: Town, number: int) -> str:
    async with town.as_("anna") as client:
        answer = await client.get(f"/fragments/alarms/{number}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"<[^>]+>|\s+", " ", answer.text)


def happened(town: Town) -> int:
    """A week of pulses, and a morning in which a door was opened once and told five times that it is closed."""
    now = town.clock.now()
    observations = ours.measured(now, Kind.SPO2, [96, 95, 97, 96, 91])
    fridge = {"device": "door-1", "resident": "", "room": "fridge"}
    morning = now - timedelta(hours=10)
    times = [morning + timedelta(minutes=50 * number) for number in range(7)]
    states = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    doors = [
        said(10 + n, at, Kind.DOOR, state, **fridge) for n, (at, state) in enumerate(zip(times, states, strict=True))
    ]
    room = {"device": "pir-1", "resident": "", "room": "hall"}
    pir = [said(30 + n, morning + timedelta(minutes=n), Kind.MOTION, float(n == 0), **room) for n in range(2)]
    both = sorted([*observations, *doors, *pir], key=lambda one: one.received_at)
    return ours.happen(town.database, both, now + timedelta(minutes=1), "limits")


async def test_measurements_and_signs_of_life_are_on_the_page(town: Town) -> None:
    page = await shown(town, happened(town))
    assert "Syremättnad 91 %" in page
    assert page.count("Rörelse · hall") == 1
    assert page.count("Dörr öppnad · fridge") == 1
    assert page.count("Dörr stängd · fridge") == 1
