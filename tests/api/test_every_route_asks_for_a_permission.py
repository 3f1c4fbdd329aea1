"""Each route is either public by name, or asks for one permission that the table grants by role."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from api.identity.roles import PERMISSIONS, Permission, Role
from tests.api.conftest import Town
from tests.api.town import PEOPLE, press

#: What must answer before anybody can have signed in, and the probes. Everything else asks who is there.
PUBLIC = {
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/password"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/welcome"),
    ("GET", "/about"),
    ("GET", "/claim"),
    ("GET", "/static"),
    # Providers prove themselves otherwise.
    ("POST", "/callbacks/{provider}/report/{key}/{given}"),
    ("POST", "/callbacks/{provider}/press/{key}/{given}"),
    ("POST", "/callbacks/{provider}/reply/{given}"),
}
BODIES = {
    "/api/v1/alarms/{alarm_id}/close": {"outcome": "helped"},
    "/api/v1/alarms/{alarm_id}/release": {"reason": "busy"},
    "/api/v1/alarms/{alarm_id}/note": {"text": "note"},
    "/api/v1/me": {"language": "en"},
    "/api/v1/settings": {"rule": "limits", "scope": "default", "settings": {}, "reason": "why"},
    "/api/v1/tests": {"scope": "device", "subject": "x", "minutes": 5, "reason": "y"},
    "/api/v1/devices/{device_id}/decommission": {"reason": "none"},
    "/api/v1/claims": {"code": "none", "home_id": "home-1"},
    "/api/v1/claims/look": {"code": "none"},
    "/api/v1/shelvings": {"scope": "device", "subject": "x", "minutes": 5, "reason": "y"},
    "/api/v1/accounts": {"login": "new", "name": "New", "role": "technician"},
    "/api/v1/accounts/{account_id}": {"name": "New"},
    "/api/v1/me/calendar-feeds": {"name": "phone"},
    "/api/v1/on-call/notes": {"team_id": "north", "text": "note"},
    "/api/v1/devices/{device_id}/find": {"for_s": 5},
    "/api/v1/devices/{device_id}/settings": {"volume": 5},
    "/api/v1/devices/{device_id}/identity/rotation": {"overlap_hours": 5},
    "/api/v1/homes/{home_id}/home-assistant": {"residents": []},
    "/api/v1/devices": {"family": "x", "address": "y", "id": "z", "kind": "pir", "home_id": "home-1"},
}
KEYS: dict[str, str | int] = {
    "resident_id": "greta",
    "device_id": "pendant-1",
    "home_id": "home-1",
    "what": "give",
    "team_id": "north",
    "responder_id": "anna",
    "entry_id": "none",
    "month": "2026-01",
    "contact_id": 1,
    "pause_id": 1,
    "feed_id": "none",
    "account_id": 1,
}
#: The role of each login with the token of the town.
LOGINS = {role: login for login, (role, _) in reversed(list(PEOPLE.items()))}


def routes(town: Town) -> Iterator[tuple[str, str, Permission | None]]:
    """Yield method, path and permission of every route."""
    for found in iter_route_contexts(town.app.routes):
        route = found.original_route
        path = str(getattr(found, "path", None) or getattr(route, "path", ""))
        asks = [
            dependency.call.permission  # type: ignore[union-attr]
            for dependency in (route.dependant.dependencies if isinstance(route, APIRoute) else [])
            if hasattr(dependency.call, "permission")
        ]
        assert len(asks) <= 1, f"{path} asks for {asks}"
        for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD"}):
            yield method, path, asks[0] if asks else None


def test_only_the_listed_routes_are_public(town: Town) -> None:
    found = list(routes(town))
    assert len(found) > 35
    assert {(method, path) for method, path, asks in found if asks is None} == PUBLIC


def test_every_permission_is_granted_to_somebody() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(PERMISSIONS.values())


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_exactly_what_the_table_says(town: Town, role: Role) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_(LOGINS[role]) as client:
        for method, path, asks in routes(town):
            if asks is None or path == "/api/v1/events" or path in {"/sign-out", "/language"}:
                continue
            address = path.format(alarm_id=alarm, **KEYS)
            if (method, path) == ("DELETE", "/api/v1/session"):
                continue
            answer = await client.request(method, address, json=BODIES.get(path))
            allowed = role in PERMISSIONS[asks]
            assert (
                answer.json()["type"].endswith(":not-allowed") if answer.status_code == 403 else False
            ) != allowed, (
                method,
                path,
                answer.text,
            )
            if allowed:
                assert answer.status_code < 500, (path, answer.text)


async def test_nobody_gets_nothing(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.browser() as client:
        for method, path, asks in routes(town):
            if asks is None:
                continue
            address = path.format(alarm_id=alarm, **KEYS)
            answer = await client.request(method, address, json=BODIES.get(path))
            assert answer.status_code == 401, (method, path)


async def test_a_technician_gets_no_health_data_from_a_device(town: Town) -> None:
    async with town.as_("tor") as client:
        devices = (await client.get("/api/v1/devices")).json()["items"]
    assert len(devices) == 3
    assert {device["resident_id"] for device in devices} == {None}
    assert not {"value", "observations"} & set(devices[0])
