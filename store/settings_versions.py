"""The versions of the settings of rules: written once, read for ever."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, false, func, insert, or_, select

from store import roster_version
from store.tables import rule_setting

IMPORT, API = "import", "api"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version. ``scope`` is default, home, resident or device; ``subject`` is empty for default.

    ``account_id`` is set when a person who was signed in made it. ``review_on`` is the day on which somebody is to look
    at it again.
    """

    number: int
    rule: str
    scope: str
    subject: str
    settings: dict[str, Any]
    author: str
    reason: str
    valid_from: datetime
    review_on: date | None = None
    origin: str = IMPORT
    account_id: int | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is a version of."""
        return self.rule, self.scope, self.subject


def add(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Write versions and tell the gateway; return their numbers. A row has the columns of ``rule_setting``."""
    numbers = [
        int(connection.execute(insert(rule_setting).values(**row).returning(rule_setting.c.id)).scalar_one())
        for row in rows
    ]
    if numbers:
        roster_version.count_up(connection)
    return numbers


def history(
    connection: Connection,
    *,
    rule: str | None = None,
    places: Collection[tuple[str, str]] | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[Version]:
    """Return versions, newest first; ``places`` are pairs of scope and subject."""
    query = _query().order_by(rule_setting.c.id.desc()).limit(limit)
    if rule is not None:
        query = query.where(rule_setting.c.rule == rule)
    if before is not None:
        query = query.where(rule_setting.c.id < before)
    if places is not None:
        wanted = [(rule_setting.c.scope == scope) & (rule_setting.c.subject == subject) for scope, subject in places]
        query = query.where(or_(false(), *wanted))
    return [_version(row) for row in connection.execute(query)]


def named(connection: Connection, numbers: Collection[int]) -> dict[int, Version]:
    """Return versions by their numbers."""
    if not numbers:
        return {}
    rows = connection.execute(_query().where(rule_setting.c.id.in_(sorted(set(numbers)))))
    return {row.id: _version(row) for row in rows}


def newest(
    connection: Connection, *, rule: str | None = None, at: datetime | None = None, origin: str | None = None
) -> list[Version]:
    """Return the newest version of each rule, scope and subject, by these.

    Only of those of ``rule``, that began to hold by ``at``, that came from ``origin``, where given.
    """
    query = _query().order_by(rule_setting.c.valid_from, rule_setting.c.id)
    if rule is not None:
        query = query.where(rule_setting.c.rule == rule)
    if at is not None:
        query = query.where(rule_setting.c.valid_from <= at)
    if origin is not None:
        query = query.where(rule_setting.c.origin == origin)
    latest = {version.place: version for version in map(_version, connection.execute(query))}
    return [latest[place] for place in sorted(latest)]


def due_for_review(connection: Connection, by: date) -> list[Version]:
    """Return the newest versions that are to be looked at again on or before ``by``, the longest overdue first."""
    ranked = (
        func.row_number()
        .over(
            partition_by=(rule_setting.c.rule, rule_setting.c.scope, rule_setting.c.subject),
            order_by=(rule_setting.c.valid_from.desc(), rule_setting.c.id.desc()),
        )
        .label("age")
    )
    each = select(rule_setting.c.id, ranked).subquery()
    query = (
        _query()
        .join(each, each.c.id == rule_setting.c.id)
        .where(each.c.age == 1, rule_setting.c.review_on <= by)
        .order_by(rule_setting.c.review_on, rule_setting.c.id)
    )
    return [_version(row) for row in connection.execute(query)]


def _query() -> Select[Any]:
    return select(rule_setting)


def _version(row: Row[Any]) -> Version:
    return Version(
        number=row.id,
        rule=row.rule,
        scope=row.scope,
        subject=row.subject,
        settings=row.settings,
        author=row.author,
        reason=row.reason,
        valid_from=row.valid_from,
        review_on=row.review_on,
        origin=row.origin,
        account_id=row.account_id,
    )
