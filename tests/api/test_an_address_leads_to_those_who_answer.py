"""A postal code or a point gives the area, the team in charge now, and who is on duty."""

from datetime import timedelta

from sqlalchemy import Connection, insert, update

from store.tables import area, area_term
from tests.api.conftest import Town

SQUARE = [[17.0, 59.0], [17.5, 59.0], [17.5, 59.5], [17.0, 59.5], [17.0, 59.0]]


async def test_an_address_gives_area_team_and_people(any_town: Town) -> None:
    now = any_town.clock.now()

    def draw(connection: Connection) -> None:
        geometry = {"type": "Polygon", "coordinates": [SQUARE]}
        connection.execute(update(area).where(area.c.id == "north").values(postal_codes=["123 45"], geometry=geometry))
        connection.execute(
            update(area).where(area.c.id == "south").values(postal_codes=["123*"], geometry={"type": "?"})
        )
        term = {"area_id": "north", "team_id": "south", "from_at": now + timedelta(days=1), "to_at": None}
        connection.execute(insert(area_term).values(term))

    any_town.database.write_now(draw)
    async with any_town.as_("karin") as client:

        async def ask(**asked: object) -> list[tuple[str, str, list[str]]]:
            items = (await client.get("/api/v1/on-call/areas", params=asked)).json()["items"]  # type: ignore[arg-type]
            return [(one["area_id"], one["team_id"], one["on_duty"]) for one in items]

        north, south = ("north", "north", ["anna"]), ("south", "south", ["stina"])
        assert await ask() == [north, south]
        assert await ask(postal_code="12345") == [north]
        assert await ask(postal_code="123 46") == [south]
        assert await ask(postal_code="999 99") == []
        assert await ask(longitude=17.2, latitude=59.2) == [north]
        assert await ask(longitude=10, latitude=59.2) == []
        any_town.clock.advance(days=1)
        assert await ask(postal_code="12345") == [("north", "south", ["stina"])]
