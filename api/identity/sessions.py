"""Sessions of browsers and API tokens: who is behind a secret."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, literal, select

from api.identity import secrets
from api.identity.caller import Caller
from api.identity.roles import Role
from store.tables import account, api_token, calendar_feed, responder, session
from store.types import Utc


def start(connection: Connection, account_id: int, now: datetime, *, hours: float) -> str:
    """Begin a session and return its secret. Sessions that are over are cleared away in passing."""
    connection.execute(delete(session).where(session.c.expires_at <= now))
    secret = secrets.new()
    connection.execute(
        session.insert().values(
            token_hash=secrets.digest(secret),
            account_id=account_id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return secret


def end(connection: Connection, token_hash: str) -> None:
    connection.execute(delete(session).where(session.c.token_hash == token_hash))


def end_all(connection: Connection, account_id: int) -> None:
    """End every session of an account: a new password must lock out whoever had the old one."""
    connection.execute(delete(session).where(session.c.account_id == account_id))


def find(connection: Connection, token_hash: str, now: datetime, *, by_cookie: bool, source: str = "") -> Caller | None:
    """Return who is behind a session cookie or an API token, or None when it is over, revoked or unknown."""
    row = connection.execute(_session(token_hash, now) if by_cookie else _token(token_hash, now)).one_or_none()
    return None if row is None else _caller(row, token_hash, now, by_cookie=by_cookie, source=source)


def find_subscriber(
    connection: Connection, login: str, secret_hash: str, now: datetime, *, source: str = ""
) -> Caller | None:
    """Return in whose name a calendar program asks, or None when its password is revoked or not that of ``login``."""
    query = (
        _accounts(literal(now + timedelta(hours=1), type_=Utc()))
        .join_from(calendar_feed, account)
        .outerjoin(responder)
        .where(
            calendar_feed.c.secret_hash == secret_hash,
            calendar_feed.c.revoked_at.is_(None),
            account.c.login == login,
            account.c.active,
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _caller(row, secret_hash, now, by_cookie=False, source=source)


def _session(token_hash: str, now: datetime) -> Select[*tuple[object, ...]]:
    return (
        _accounts(session.c.expires_at)
        .join_from(session, account)
        .outerjoin(responder)
        .where(session.c.token_hash == token_hash, session.c.expires_at > now, account.c.active)
    )


def _token(token_hash: str, now: datetime) -> Select[*tuple[object, ...]]:
    return (
        _accounts(api_token.c.expires_at)
        .join_from(api_token, account)
        .outerjoin(responder)
        .where(
            api_token.c.token_hash == token_hash,
            api_token.c.expires_at > now,
            api_token.c.revoked_at.is_(None),
            account.c.active,
        )
    )


def _accounts(expires_at: ColumnElement[datetime]) -> Select[*tuple[object, ...]]:
    return select(
        account.c.id,
        account.c.login,
        account.c.name,
        account.c.role,
        account.c.language,
        account.c.responder_id,
        responder.c.team_id,
        responder.c.supervisor,
        responder.c.active.label("responder_active"),
        expires_at.label("expires_at"),
    )


def _caller(row: Row[*tuple[object, ...]], token_hash: str, now: datetime, *, by_cookie: bool, source: str) -> Caller:
    works = bool(row.responder_active)
    return Caller(
        account_id=row.id,
        login=row.login,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        responder_id=row.responder_id if works else None,
        team_id=row.team_id if works else None,
        supervisor=bool(row.supervisor) and works,
        expires_at=row.expires_at,
        token_hash=token_hash,
        by_cookie=by_cookie,
        at=now,
        source=source,
    )
