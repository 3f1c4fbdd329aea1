"""Alive, ready and metrics: for machines, without a name of anybody in them."""

from collections.abc import Mapping

import httpx
import pytest
from pydantic import ValidationError

from api.app import create_app
from api.settings import ApiSettings
from tests.api.conftest import Town
from tests.api.town import press


async def test_ready_means_that_the_database_answers_with_the_right_schema(any_town: Town) -> None:
    client = any_town.browser()
    assert (await client.get("/readyz")).json() == {"ready": True, "checks": {"database": ""}}
    any_town.database.write_now(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'"))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "WrongSchemaError"}
    assert (await client.get("/livez")).status_code == 200


async def test_ready_asks_the_role_that_runs_here(town: Town) -> None:
    wrong = {"broker": ""}

    def readiness() -> Mapping[str, str]:
        return wrong

    app = create_app(town.database, town.clock, ApiSettings(), readiness)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://10.1.2.3") as client:
        assert (await client.get("/readyz")).status_code == 200
        wrong["broker"] = "not connected for 12 s"
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "not connected for 12 s"


async def test_metrics_are_for_this_machine_or_an_administrator(town: Town) -> None:
    assert (await town.browser().get("/metrics")).status_code == 200
    # A proxy on this machine passes on what comes from elsewhere.
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert (await town.browser().get("/metrics", headers=forwarded)).status_code == 401
    assert (await town.as_("anna").get("/metrics", headers=forwarded)).status_code == 403
    assert (await town.as_("root").get("/metrics", headers=forwarded)).status_code == 200


async def test_metrics_name_nobody_and_grow_by_no_address(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        await client.get(f"/api/v1/alarms/{alarm}")
        await client.get("/api/v1/residents/greta")
        for number in range(20):
            await client.get(f"/made-up-{number}")
            await client.request(f"VERB{number}", "/made-up")
        text = (await town.browser().get("/metrics")).text
    for secret in ("greta", "Greta", "pendant-1", "home-1", "made-up", "VERB", "anna"):
        assert secret not in text
    assert 'hemvakt_http_requests_total{method="GET",route="/api/v1/residents/{resident_id}",status="200"}' in text


def test_settings_refuse_what_is_not_safe() -> None:
    for values in (
        {"base_url": "hemvakt.example.org"},
        {"base_url": "https://user:secret@hemvakt.example.org"},
        {"base_url": "https://hemvakt.example.org/?token=x"},
        {"base_url": "https://hemvakt.example.org", "cookie_secure": False},
        {"session_hours": 0},
        {"session_hours": 1000},
        {"max_body_bytes": 0},
        {"unknown": 1},
    ):
        with pytest.raises(ValidationError):
            ApiSettings.model_validate(values)
    assert ApiSettings(cookie_secure=False).cookie_name == "hemvakt"
