"""The page of accounts, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api import account_office as office
from api.asking import needs
from api.context import InContext
from api.fields import Cursor, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import OF_RESIDENTS, Permission, Role
from api.pages.view import page

router = APIRouter(include_in_schema=False)
_ROWS = 100


@router.get("/accounts")
async def accounts_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.ACCOUNTS_MANAGE)],
    cursor: Cursor = None,
) -> Response:
    after = key_of(cursor) if cursor else None
    rows = await context.database.read(lambda connection: office.listed(connection, after=after, limit=_ROWS))
    values = {
        "accounts": rows,
        "roles": list(Role),
        "of_residents": OF_RESIDENTS,
        "next": cursor_of(rows[-1]["login"]) if len(rows) == _ROWS else None,
    }
    return page(request, "accounts.html", values, caller=caller)
