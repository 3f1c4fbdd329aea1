"""The adoption list shows what devices announce of themselves, as text and nothing else."""

from devices import announcements
from devices.discovery import Part
from devices.family import families
from tests.api.conftest import Town


def announce(town: Town, part: Part, topic: str = "homeassistant/sensor/x/config") -> None:
    now = town.clock.now()
    town.database.write_now(lambda connection: announcements.keep(connection, topic, [part], families(), now))


def part(state_topic: str, name: str = "Hall") -> Part:
    return Part(part="", identifier="0x1", kind="gas", name=name, model="Maker Model", state_topic=state_topic)


async def test_the_api_lists_and_adopts_it(any_town: Town) -> None:
    announce(any_town, part("zigbee2mqtt/home-1/gas"))
    async with any_town.as_("tor") as client:
        (item,) = [
            one
            for one in (await client.get("/api/v1/unknown-devices")).json()["items"]
            if one["address"] == "home-1/gas"
        ]
        assert (item["kind"], item["name"], item["model"], item["messages"]) == ("gas", "Hall", "Maker Model", 0)
        wanted = {"family": "zigbee2mqtt", "address": "home-1/gas", "id": "gas", "kind": "gas", "home_id": "home-1"}
        answer = await client.post("/api/v1/devices", json=wanted)
        assert (answer.status_code, answer.json()["model"]) == (201, "Maker Model")


async def test_the_page_proposes_its_kind_and_runs_nothing_that_it_says(town: Town) -> None:
    announce(town, part("zigbee2mqtt/home-1/gas", "<script>alert(1)</script>"))
    announce(town, part("elsewhere/x"), "homeassistant/sensor/y/config")
    async with town.as_("tor") as client:
        page = (await client.get("/house")).text
    assert "<option selected>gas</option>" in page
    assert "<script>alert" not in page
    assert "Maker Model" in page
    assert "elsewhere/x" in page
    assert 'data-address=""' not in page
