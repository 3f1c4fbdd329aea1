"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, TypeDecorator, insert

Row = Sequence[Any]
#: Which columns need a value converted to what the driver takes, and how.
Converters = tuple[tuple[int, Callable[[Any], Any]], ...]


@cache
def _plan(table: Table, dialect: Dialect) -> tuple[str, Converters]:
    """Return the statement, made once for each engine, and the converters."""
    # What the drivers take as it is needs no conversion; only our own column types do.
    converters = tuple(
        (position, convert)
        for position, column in enumerate(table.columns)
        if isinstance(column.type, TypeDecorator)
        and (convert := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    )
    names = ", ".join(dialect.identifier_preparer.format_column(column) for column in table.columns)
    if dialect.name == "sqlite":
        return str(insert(table).compile(dialect=dialect)), converters
    return f"COPY {dialect.identifier_preparer.format_table(table)} ({names}) FROM STDIN", converters


def write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in its order."""
    if not rows:
        return
    dialect = connection.dialect
    statement, converters = _plan(table, dialect)
    ready = [_converted(row, converters) for row in rows] if converters else rows
    if dialect.name == "sqlite":
        connection.exec_driver_sql(statement, [tuple(row) for row in ready])
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in ready:
            copy.write_row(row)


def _converted(row: Row, converters: Converters) -> list[Any]:
    values = list(row)
    for position, convert in converters:
        values[position] = convert(values[position])
    return values
