"""Accounts, one-time links and API tokens, as units of work. The command line uses them too."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from api.errors import ConflictError, NotFoundError
from api.identity import secrets
from api.identity.roles import OF_RESIDENTS, Role
from store.tables import account, account_resident, api_token, resident, responder
from store.tables import one_time_link as links

FIRST_LOGIN = "admin"


def create_account(
    connection: Connection,
    *,
    login: str,
    name: str,
    role: Role | str,
    now: datetime,
    responder_id: str | None = None,
    resident_id: str | None = None,
    language: str = "sv",
) -> int:
    """Create an account without a password and return its number; a one-time link lets its owner set one.

    An account of a resident or a relative, and no other, names the resident whose data it shows. Raises ConflictError
    when the login is taken or the two do not fit, NotFoundError when there is no such responder or resident.
    """
    if (Role(role) in OF_RESIDENTS) != (resident_id is not None):
        raise ConflictError("An account of a resident or relative names a resident, and no other account does.")
    if resident_id and connection.scalar(select(resident.c.id).where(resident.c.id == resident_id)) is None:
        raise NotFoundError(f"There is no resident {resident_id!r}.")
    if connection.scalar(select(account.c.id).where(account.c.login == login)) is not None:
        raise ConflictError(f"There is an account {login!r} already.")
    if responder_id and connection.scalar(select(responder.c.id).where(responder.c.id == responder_id)) is None:
        raise NotFoundError(f"There is no responder {responder_id!r}.")
    row = account.insert().values(
        login=login,
        name=name,
        role=Role(role).value,
        responder_id=responder_id,
        language=language,
        active=True,
        created_at=now,
    )
    number = int(connection.execute(row.returning(account.c.id)).scalar_one())
    if resident_id is not None:
        connection.execute(account_resident.insert().values(account_id=number, resident_id=resident_id))
    return number


def account_id(connection: Connection, login: str) -> int:
    """Return the number of an active account. Raises NotFoundError."""
    found = connection.scalar(select(account.c.id).where(account.c.login == login, account.c.active))
    if found is None:
        raise NotFoundError(f"There is no account {login!r}.")
    return int(found)


def one_time_link(connection: Connection, login: str, now: datetime, *, hours: float = 24) -> str:
    """Return the secret of a new link with which ``login`` sets a password, once. Earlier links stop working.

    Put it behind ``#`` (``link_url``): a fragment is never sent to a server, so no log can hold it.
    """
    owner = account_id(connection, login)
    connection.execute(update(links).where(links.c.account_id == owner, links.c.used_at.is_(None)).values(used_at=now))
    secret = secrets.new()
    connection.execute(
        links.insert().values(
            token_hash=secrets.digest(secret),
            account_id=owner,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return secret


def link_url(base_url: str, secret: str) -> str:
    """Return the address of the page on which a one-time link is used."""
    return f"{base_url.rstrip('/')}/welcome#{secret}"


def create_token(connection: Connection, login: str, name: str, now: datetime, *, days: float = 365) -> str:
    """Return the secret of a new API token that acts as ``login``. It is shown once and stored as a hash."""
    secret = secrets.new()
    connection.execute(
        api_token.insert().values(
            token_hash=secrets.digest(secret),
            account_id=account_id(connection, login),
            name=name,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return secret


def revoke_tokens(connection: Connection, login: str, name: str, now: datetime) -> int:
    """Revoke the tokens of ``login`` that are called ``name``; return how many there were."""
    revoked = connection.execute(
        update(api_token)
        .where(
            api_token.c.account_id == account_id(connection, login),
            api_token.c.name == name,
            api_token.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return revoked.rowcount


def first_start_link(connection: Connection, now: datetime, *, hours: float = 24) -> str | None:
    """Return the secret of a one-time link for the first administrator, or None when one has a password already."""
    ready = select(func.count()).where(
        account.c.role == Role.ADMIN.value, account.c.active, account.c.password_hash.is_not(None)
    )
    if connection.scalar(ready):
        return None
    if connection.scalar(select(account.c.id).where(account.c.login == FIRST_LOGIN)) is None:
        create_account(connection, login=FIRST_LOGIN, name="Administrator", role=Role.ADMIN, now=now)
    return one_time_link(connection, FIRST_LOGIN, now, hours=hours)
