"""The policies are listed in the order in which one is chosen, the installation's own last."""

from typing import Any

from sqlalchemy import insert

from store.tables import policy
from tests.api.conftest import Town


def write(town: Town, name: str, **values: Any) -> None:
    row = {"id": name, "name": name, "alarm_class": "care", "position": 0, "content": {"repeat": 1}, "active": True}
    town.database.write_now(lambda c: c.execute(insert(policy).values(row | values)))


async def test_a_responder_sees_those_of_the_own_team_and_of_all(any_town: Town) -> None:
    write(any_town, "all", days=["mon"], from_time="21:00", to_time="07:00")
    write(any_town, "north", team_id="north", position=5)
    write(any_town, "south", team_id="south", content={"steps": "nonsense"})
    async with any_town.as_("anna") as anna, any_town.as_("root") as root:
        mine = (await anna.get("/api/v1/policies")).json()["items"]
        every = (await root.get("/api/v1/policies")).json()["items"]
    assert [one["id"] for one in mine] == ["north", "all", "", "", ""]
    assert [one["alarm_class"] for one in mine[2:]] == ["life_safety", "care", "technical"]
    assert (mine[1]["days"], mine[1]["chain"]["repeat"], mine[1]["chain"]["ring_s"]) == (["mon"], 1, 1800)
    assert [step["after_s"] for step in mine[2]["chain"]["steps"]] == [0, 60, 60, 60]
    assert {one["id"]: one["chain"] for one in every}["south"] is None
