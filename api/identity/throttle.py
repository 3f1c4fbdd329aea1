"""Slows down who guesses passwords, without letting a stranger lock out the person on duty."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from api.errors import TooManyAttemptsError
from store.tables import login_attempt as attempts

WINDOW = timedelta(minutes=15)
#: One person who mistypes.
PER_LOGIN_AND_SOURCE = 5
#: One machine that tries many names.
PER_SOURCE = 50
#: One name from everywhere: NIST SP 800-63B-4 3.2.2 allows no more than 100. Deliberately far above the others, since
#: whoever reaches it keeps a responder from signing in; sessions that are open go on.
PER_LOGIN = 100


def check(connection: Connection, login: str, source: str, now: datetime) -> None:
    """Raise TooManyAttemptsError when ``login`` or ``source`` has failed too often."""
    by_login, by_source = attempts.c.login == login, attempts.c.source == source
    limits = ((by_login & by_source, PER_LOGIN_AND_SOURCE), (by_source, PER_SOURCE), (by_login, PER_LOGIN))
    for condition, limit in limits:
        recent = condition & (attempts.c.at > now - WINDOW)
        count, oldest = connection.execute(select(func.count(), func.min(attempts.c.at)).where(recent)).one()
        if count >= limit:
            raise TooManyAttemptsError(max(1, round((oldest + WINDOW - now).total_seconds())))


def begin(connection: Connection, login: str, source: str, now: datetime) -> None:
    """Count an attempt before the password is looked at, so that many at once do not pass together.

    Raises TooManyAttemptsError.
    """
    check(connection, login, source, now)
    connection.execute(delete(attempts).where(attempts.c.at <= now - WINDOW))
    connection.execute(attempts.insert().values(login=login, source=source, at=now))


def succeed(connection: Connection, login: str, source: str) -> None:
    """Forget the attempts of a person who got it right at last."""
    connection.execute(delete(attempts).where(attempts.c.login == login, attempts.c.source == source))
