"""The office of accounts: who has one, what it may do, and that a municipality never locks itself out.

Units of work for an administrator. Each change writes a row of the audit that knows accounts by their number.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from alarms import audit
from api import accounts
from api.errors import ConflictError, NotFoundError
from api.identity import sessions
from api.identity.caller import Caller
from api.identity.roles import OF_RESIDENTS, Role
from store.tables import account, account_resident, responder

#: Hours in which a one-time link works.
LINK_HOURS: Final = 24.0


def listed(connection: Connection, *, after: str | None, limit: int) -> list[RowMapping]:
    """Return accounts by login, behind ``after``."""
    query = _accounts().order_by(account.c.login).limit(limit)
    return list(connection.execute(query if after is None else query.where(account.c.login > after)).mappings())


def one(connection: Connection, number: int) -> RowMapping:
    """Return one account. Raises NotFoundError."""
    found = connection.execute(_accounts().where(account.c.id == number)).mappings().one_or_none()
    if found is None:
        raise NotFoundError("There is no such account.")
    return found


def create(connection: Connection, caller: Caller, now: datetime, **values: Any) -> tuple[RowMapping, str]:
    """Create an account and return it with the secret of its one-time link. Raises ConflictError, NotFoundError."""
    number = accounts.create_account(connection, now=now, **values)
    made = one(connection, number)
    _note(connection, caller, now, "account_created", number, role=made["role"])
    return made, accounts.one_time_link(connection, made["login"], now, hours=LINK_HOURS)


def new_link(connection: Connection, caller: Caller, now: datetime, number: int) -> str:
    """Return the secret of a new link; earlier ones stop working. Raises NotFoundError, also for a disabled account."""
    found = one(connection, number)
    secret = accounts.one_time_link(connection, found["login"], now, hours=LINK_HOURS)
    _note(connection, caller, now, "account_link", number)
    return secret


def change(
    connection: Connection,
    caller: Caller,
    now: datetime,
    number: int,
    *,
    name: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> RowMapping:
    """Change what is not None, and end the sessions of the account when it may do less or something else.

    Raises NotFoundError; ConflictError for one's own role or end, for the last administrator, and for a role that
    would turn staff into a resident or the other way round.
    """
    found = one(connection, number)
    wanted = {"name": name, "role": role.value if role else None, "active": active}
    changed = {key: value for key, value in wanted.items() if value is not None and value != found[key]}
    if not changed:
        return found
    _guard(connection, caller, found, changed)
    connection.execute(update(account).where(account.c.id == number).values(changed))
    if {"role", "active"} & set(changed):
        sessions.end_all(connection, number)
    # The name stays out of the audit; that it was changed is enough.
    told = {key: value for key, value in changed.items() if key != "name"} | {"fields": sorted(changed)}
    _note(connection, caller, now, "account_changed", number, **told)
    return one(connection, number)


def _guard(connection: Connection, caller: Caller, found: RowMapping, changed: dict[str, Any]) -> None:
    if found["id"] == caller.account_id and {"role", "active"} & set(changed):
        raise ConflictError("Nobody changes the own role or disables the own account: ask another administrator.")
    if "role" in changed and (Role(found["role"]) in OF_RESIDENTS) != (Role(changed["role"]) in OF_RESIDENTS):
        raise ConflictError("Accounts of staff and of residents are never turned into each other: create a new one.")
    loses_admin = found["role"] == Role.ADMIN and (changed.get("role") or changed.get("active") is False)
    if loses_admin and _other_admins(connection, found["id"]) == 0:
        raise ConflictError("This is the last administrator who can sign in.")


def _other_admins(connection: Connection, number: int) -> int:
    query = select(func.count()).where(
        account.c.role == Role.ADMIN.value,
        account.c.active,
        account.c.password_hash.is_not(None),
        account.c.id != number,
    )
    return connection.scalar(query) or 0


def _accounts() -> Select[Any]:
    return (
        select(
            account.c.id,
            account.c.login,
            account.c.name,
            account.c.role,
            account.c.language,
            account.c.active,
            account.c.created_at,
            account.c.responder_id,
            account.c.password_hash.is_not(None).label("has_password"),
            responder.c.team_id,
            account_resident.c.resident_id,
        )
        .outerjoin_from(account, responder)
        .outerjoin(account_resident, account_resident.c.account_id == account.c.id)
    )


def _note(connection: Connection, caller: Caller, now: datetime, action: str, number: int, **detail: Any) -> None:
    audit.append(
        connection,
        at=now,
        actor_kind="account",
        actor=caller.login,
        action=action,
        detail={"account": number, **detail},
    )
