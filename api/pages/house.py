"""The page about the house itself: devices for technicians, who is on call for everybody."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, RowMapping, select

from alarms import commissioning
from api.asking import needs
from api.context import InContext
from api.fields import Cursor, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.reads import devices, on_call, pauses
from devices import registry
from devices.downlink import asking, queue
from store.tables import responder

router = APIRouter(include_in_schema=False)
_ROWS = 100
#: What a technician may call a device; the rules know these kinds.
KINDS = (
    "pendant",
    "hub",
    "pir",
    "door",
    "bed",
    "chair",
    "sos",
    "smoke",
    "gas",
    "carbon_monoxide",
    "leak",
    "appliance",
    "plug",
    "temperature",
)
#: What a device that spoke of this is likely to be, the first that fits.
_LIKELY = {
    "press": "sos",
    "smoke": "smoke",
    "gas": "gas",
    "carbon_monoxide": "carbon_monoxide",
    "leak": "leak",
    "motion": "pir",
    "presence": "pir",
    "door": "door",
    "power": "plug",
    "room_temperature": "temperature",
}


@router.get("/house")
async def house_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.ON_CALL_READ)],
    cursor: Cursor = None,
) -> Response:
    now, after = context.clock.now(), key_of(cursor) if cursor else None
    paused = await pauses.current(context.database, caller, now)
    sees_devices = caller.may(Permission.DEVICES_READ)

    def read(connection: Connection) -> dict[str, Any]:
        values: dict[str, Any] = {
            "turns": on_call.now(connection, caller, now),
            "teams": on_call.teams(connection, caller),
            "pauses": paused,
        }
        holders = sorted({one.responder_id for one in values["pauses"]})
        query = select(responder.c.id, responder.c.name).where(responder.c.id.in_(holders))
        values["names"] = {row.id: row.name for row in connection.execute(query)}
        if sees_devices:
            values["devices"] = devices.listed(connection, after=after, limit=_ROWS)
            values["never"] = devices.listed(connection, after=None, limit=_ROWS, never_heard=True)
            values["untested"] = commissioning.untested(connection)[:_ROWS]
            values["versions"] = asking.versions(connection)
            values["can_hear"] = queue.able(connection, {row["id"] for row in (*values["devices"], *values["never"])})
            values["unknown"] = registry.list_unknown(connection)[:_ROWS]
        return values

    none: dict[str, Any] = dict.fromkeys(("devices", "never", "unknown", "untested", "versions", "can_hear"), ())
    values = none | await context.database.read(read)
    covered = {turn.team_id for turn in values["turns"] if turn.responders}
    extra = {
        "sees_devices": sees_devices,
        "may_adopt": caller.may(Permission.DEVICES_ADOPT),
        "uncovered": [name for key, name in sorted(values["teams"].items()) if key not in covered],
        "zone": context.settings.zone,
        "next": _next(values["devices"]),
        "kinds": KINDS,
        "likely": _likely,
    }
    return page(request, "house.html", values | extra, caller=caller)


def _likely(one: registry.UnknownDevice) -> str:
    """Return what was announced of a device, or else what it is by what it spoke of."""
    return one.kind or next((kind for word, kind in _LIKELY.items() if word in one.kinds), "hub")


def _next(rows: Sequence[RowMapping]) -> str | None:
    return cursor_of(rows[-1]["id"]) if len(rows) == _ROWS else None
