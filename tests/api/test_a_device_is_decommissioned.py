"""Over the API a device goes with a reason; who may not install devices may not take them away either."""

import pytest
from sqlalchemy import select

from store.tables import audit, audit_text
from tests.api.conftest import Town

ADDRESS = "/api/v1/devices/pendant-1/decommission"


async def test_it_is_refused_with_a_reason_and_goes_when_it_is_meant(any_town: Town) -> None:
    async with any_town.as_("tor") as client:
        refused = await client.post(ADDRESS, json={"reason": "moved"})
        assert refused.status_code == 409
        assert refused.json()["type"].endswith(":leaves-without")
        assert "greta" not in refused.text
        assert (await client.get("/api/v1/devices/pendant-1")).status_code == 200
        done = await client.post(ADDRESS, json={"reason": "moved", "leave_without": True})
        assert done.status_code == 200, done.text
        assert done.json()["left_without"] == 1
        assert (await client.get("/api/v1/devices/pendant-1")).status_code == 404
        assert (await client.post(ADDRESS, json={"reason": "again"})).status_code == 404
    wrote = any_town.database.read_now(lambda c: c.execute(select(audit)).one())
    assert (wrote.action, wrote.actor) == ("device_decommissioned", "tor")
    assert any_town.database.read_now(lambda c: c.scalar(select(audit_text.c.text))) == "moved"


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "x" * 2001}, {"reason": "a\0b"}, {"reason": "x", "force": True}, [], None]
)
async def test_without_a_reason_nothing_goes(town: Town, body: object) -> None:
    async with town.as_("tor") as client:
        assert (await client.post(ADDRESS, json=body)).status_code == 422


@pytest.mark.parametrize("login", ["anna", "karin", "greta", "vera"])
async def test_others_may_not(town: Town, login: str) -> None:
    async with town.as_(login) as client:
        assert (await client.post(ADDRESS, json={"reason": "x", "leave_without": True})).status_code == 403
