"""Signing in with a password, and setting one through a one-time link."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from api.errors import LinkSpentError, WrongCredentialsError
from api.identity import passwords, secrets, sessions, throttle
from store.clock import Clock
from store.database import Database
from store.tables import account
from store.tables import one_time_link as links


class Entry(NamedTuple):
    """What a successful sign-in gives: the secret of the session, and the account's language."""

    secret: str
    language: str


class Door:
    """Checks passwords two at a time, so that a flood of sign-ins never takes the machine from the alarms."""

    def __init__(self, database: Database, clock: Clock, *, session_hours: float) -> None:
        self._database, self._clock, self._hours = database, clock, session_hours
        self._hashing = ThreadPoolExecutor(2, thread_name_prefix="password")

    async def sign_in(self, login: str, password: str, source: str) -> Entry:
        """Begin a session. Raises WrongCredentialsError, TooManyAttemptsError."""
        now = self._clock.now()
        # Refused by a reader first: a flood of guesses must not queue up before the one writer of SQLite.
        await self._database.read(lambda connection: throttle.check(connection, login, source, now))
        await self._database.write(lambda connection: throttle.begin(connection, login, source, now))
        found = await self._database.read(lambda connection: _account(connection, login))
        stored = found.password_hash if found else None
        right = await asyncio.get_running_loop().run_in_executor(self._hashing, passwords.verify, password, stored)
        if not right or found is None:
            raise WrongCredentialsError

        def begin(connection: Connection) -> str:
            throttle.succeed(connection, login, source)
            return sessions.start(connection, found.id, now, hours=self._hours)

        return Entry(await self._database.write(begin), found.language)

    async def redeem(self, link: str, password: str) -> str:
        """Set a password through a one-time link and return the login. Raises LinkSpentError, WeakPasswordError."""
        now, digest = self._clock.now(), secrets.digest(link)
        login = await self._database.read(lambda connection: _owner(connection, digest, now)[1])
        hash_it = partial(passwords.hash_password, password, login=login)
        stored = await asyncio.get_running_loop().run_in_executor(self._hashing, hash_it)

        def spend(connection: Connection) -> None:
            # Looked at again where it is spent: of two who use it at once, one has come too late.
            owner, _login = _owner(connection, digest, now)
            spent = connection.execute(
                update(links).where(links.c.token_hash == digest, links.c.used_at.is_(None)).values(used_at=now)
            )
            if spent.rowcount != 1:
                raise LinkSpentError
            connection.execute(update(account).where(account.c.id == owner).values(password_hash=stored))
            sessions.end_all(connection, owner)

        await self._database.write(spend)
        return login

    def close(self) -> None:
        self._hashing.shutdown(wait=False)


class _Account(NamedTuple):
    id: int
    password_hash: str | None
    language: str


def _account(connection: Connection, login: str) -> _Account | None:
    query = select(account.c.id, account.c.password_hash, account.c.language)
    row = connection.execute(query.where(account.c.login == login, account.c.active)).one_or_none()
    return None if row is None else _Account(*row)


def _owner(connection: Connection, digest: str, now: datetime) -> tuple[int, str]:
    row = connection.execute(
        select(account.c.id, account.c.login)
        .join_from(links, account)
        .where(links.c.token_hash == digest, links.c.used_at.is_(None), links.c.expires_at > now, account.c.active)
    ).one_or_none()
    if row is None:
        raise LinkSpentError
    return row.id, row.login
