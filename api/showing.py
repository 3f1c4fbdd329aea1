"""A home's yes and no to its own Home Assistant, given by staff or by a resident: each stands in two logs.

The audit says who changed it and names no resident. The access log tells each resident whom it concerns.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from alarms import audit
from api.identity import access
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import own
from devices import sharing
from devices.sharing import NotSharedError, Shared

_WHAT: Final = "home_assistant"


def switch_on(
    connection: Connection,
    caller: Caller,
    now: datetime,
    home_id: str,
    *,
    residents: Sequence[str],
    health: bool,
    language: str,
) -> str:
    """Show a home from now on and return the password of its Home Assistant; what was agreed before is replaced.

    Raises NoSuchPlaceError, NoSuchLanguageError.
    """
    audit.lock(connection)
    before = _shown(connection, home_id)
    password = sharing.share(connection, home_id, residents, health=health, language=language, now=now)
    _changed(connection, caller, {*(before.residents if before else ()), *residents}, now)
    detail = {"home": home_id, "residents": len(set(residents)), "health": health}
    _note(connection, caller.login, now, "home_assistant_on", detail)
    return password


def switch_off(connection: Connection, caller: Caller, now: datetime, home_id: str) -> None:
    """Show a home no more. Raises NotSharedError."""
    audit.lock(connection)
    before = sharing.of_home(connection, home_id).residents
    sharing.end(connection, home_id, now)
    _changed(connection, caller, before, now)
    _note(connection, caller.login, now, "home_assistant_off", {"home": home_id})


def include(connection: Connection, caller: Caller, now: datetime, home_id: str, resident_id: str) -> None:
    """Show a resident too, who has said yes. Raises NotSharedError, NoSuchPlaceError."""
    audit.lock(connection)
    sharing.include(connection, home_id, resident_id)
    _changed(connection, caller, [resident_id], now)
    _note(connection, caller.login, now, "home_assistant_on", _standing(connection, home_id))


def leave_out(connection: Connection, caller: Caller, now: datetime, home_id: str, resident_id: str) -> None:
    """Show a resident no more, and the rest of the home as before. Raises NotSharedError."""
    audit.lock(connection)
    sharing.leave_out(connection, home_id, resident_id)
    _changed(connection, caller, [resident_id], now)
    _note(connection, caller.login, now, "home_assistant_off", _standing(connection, home_id))


def read(connection: Connection, caller: Caller, now: datetime, shown: Sequence[Shared]) -> None:
    """Log that the caller is about to see which residents are shown, where the caller may see that at all."""
    if caller.may(Permission.RESIDENTS_READ):
        people = {person for one in shown for person in one.residents}
        access.log(connection, caller, people, now=now, action="read", what=_WHAT)


def withdraw(connection: Connection, caller: Caller, now: datetime) -> None:
    """Show the residents of the caller's account no more. Raises NotSharedError where nothing of them is shown.

    Where somebody lives alone all of the home is about them, and all of it ends.
    """
    audit.lock(connection)
    ended = False
    for person in own.residents_of(connection, caller):
        home_id = person["home_id"]
        shown = _shown(connection, home_id)
        if shown is None:
            continue
        if own.lives_alone(connection, person):
            sharing.end(connection, home_id, now)
            detail: dict[str, Any] = {"home": home_id}
        elif person["id"] in shown.residents:
            sharing.leave_out(connection, home_id, person["id"])
            detail = _standing(connection, home_id)
        else:
            continue
        ended = True
        _changed(connection, caller, [person["id"]], now)
        # The user name of a resident often is the resident's name, and the audit lets nothing go.
        _note(connection, str(caller.account_id), now, "home_assistant_off", detail)
    if not ended:
        raise NotSharedError


def _shown(connection: Connection, home_id: str) -> Shared | None:
    try:
        return sharing.of_home(connection, home_id)
    except NotSharedError:
        return None


def _standing(connection: Connection, home_id: str) -> dict[str, Any]:
    one = sharing.of_home(connection, home_id)
    return {"home": home_id, "residents": len(one.residents), "health": one.health}


def _changed(connection: Connection, caller: Caller, residents: Iterable[str], now: datetime) -> None:
    access.log(connection, caller, residents, now=now, action="change", what=_WHAT)


def _note(connection: Connection, actor: str, now: datetime, action: str, detail: dict[str, Any]) -> None:
    audit.append(connection, at=now, actor_kind="account", actor=actor, action=action, detail=detail)
