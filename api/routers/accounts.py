"""Accounts, for administrators: who has one, what it may do, and the link with which its owner sets a password."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Connection, RowMapping

from api import account_office as office
from api.accounts import link_url
from api.asking import needs
from api.context import Context, InContext
from api.fields import Cursor, Id, Limit, Listing, Number, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import Permission, Role

router = APIRouter(prefix="/accounts", tags=["accounts"])

Admin = Annotated[Caller, needs(Permission.ACCOUNTS_MANAGE)]
NewLogin = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00]*$", strip_whitespace=True)]

_ACCOUNT: dict[str, Any] = {
    "id": 7,
    "login": "anna",
    "name": "Anna Ek",
    "role": "responder",
    "language": "sv",
    "active": True,
    "has_password": True,
    "created_at": "2026-01-01T09:00:00Z",
    "responder_id": "anna",
    "team_id": "north",
    "resident_id": None,
}


class Account(BaseModel):
    """An account. ``has_password`` is false until its owner has used a one-time link."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ACCOUNT]})

    id: int
    login: str
    name: str
    role: Role
    language: str
    active: bool
    has_password: bool
    created_at: datetime
    responder_id: str | None
    team_id: str | None
    resident_id: str | None


class NewAccount(BaseModel):
    """An account to create. One of a resident or a relative, and no other, names a ``resident_id``."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "login": "anna",
                    "name": "Anna Ek",
                    "role": "responder",
                    "language": "sv",
                    "responder_id": "anna",
                    "resident_id": None,
                }
            ]
        },
    )

    login: NewLogin
    name: Name
    role: Role
    language: Literal["sv", "en"] = "sv"
    responder_id: Id | None = None
    resident_id: Id | None = None


class AccountChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    role: Role | None = None
    active: bool | None = None


class OneTimeLink(BaseModel):
    """A link that is shown once. Hand it to the owner of the account; it works once, until ``expires_at``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://hemvakt.example/welcome#secret", "expires_at": "2026-01-14T01:30:00Z"}]
        }
    )

    url: str
    expires_at: datetime


class CreatedAccount(BaseModel):
    """A new account and its link."""

    account: Account
    link: OneTimeLink


@router.get("", summary="List accounts")
async def list_accounts(
    context: InContext, _caller: Admin, limit: Limit = 100, cursor: Cursor = None
) -> Listing[Account]:
    """Every account by login, those that are disabled too."""
    after = key_of(cursor) if cursor else None
    rows = await context.database.read(lambda connection: office.listed(connection, after=after, limit=limit))
    items = [_shown(row) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].login) if len(items) == limit else None)


@router.post("", summary="Create an account", status_code=201)
async def create_account(context: InContext, caller: Admin, body: NewAccount) -> CreatedAccount:
    """The account has no password: its owner sets one through the link, which is shown this once."""
    now, values = context.clock.now(), body.model_dump()
    row, secret = await context.database.write(lambda connection: office.create(connection, caller, now, **values))
    return CreatedAccount(account=_shown(row), link=_link(context, secret, now))


@router.patch("/{account_id}", summary="Change or disable an account")
async def change_account(context: InContext, caller: Admin, account_id: Number, body: AccountChange) -> Account:
    """Its sessions end when its role changes or it is disabled. The last administrator and the own account stay."""
    now, values = context.clock.now(), body.model_dump()

    def work(connection: Connection) -> RowMapping:
        return office.change(connection, caller, now, account_id, **values)

    return _shown(await context.database.write(work))


@router.post("/{account_id}/link", summary="Make a new one-time link")
async def make_link(context: InContext, caller: Admin, account_id: Number) -> OneTimeLink:
    """With it the owner sets a new password. Links given out before stop working."""
    now = context.clock.now()
    secret = await context.database.write(lambda connection: office.new_link(connection, caller, now, account_id))
    return _link(context, secret, now)


def _shown(row: RowMapping) -> Account:
    return Account.model_validate(dict(row))


def _link(context: Context, secret: str, now: datetime) -> OneTimeLink:
    return OneTimeLink(
        url=link_url(context.settings.base_url, secret), expires_at=now + timedelta(hours=office.LINK_HOURS)
    )
