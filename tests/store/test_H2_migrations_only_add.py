"""H2: a migration only adds, so that the version before it goes on working; one that takes away must say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from store import schema
from store.database import Database

SCRIPT = ScriptDirectory.from_config(schema._config())
STEPS = [step for step in reversed(list(SCRIPT.walk_revisions())) if step.down_revision is not None]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    with Database(f"sqlite:///{tmp_path / 'hemvakt.db'}") as database:
        yield database


def _columns(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    with database.writer.connect() as connection:
        found = inspect(connection)
        return {
            (table, column["name"]): dict(column)
            for table in found.get_table_names()
            if table != "alembic_version"
            for column in found.get_columns(table)
        }


def _upgrade(database: Database, revision: str) -> None:
    config = schema._config()
    config.attributes["engine"] = database.writer
    command.upgrade(config, revision)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.revision)
def test_H2_what_the_version_before_writes_and_reads_stays(empty: Database, step: Any) -> None:
    if getattr(step.module, "contracts", False):
        return
    _upgrade(empty, step.down_revision)
    before = _columns(empty)
    _upgrade(empty, step.revision)
    after = _columns(empty)
    tables = {table for table, _ in before}
    assert before.keys() <= after.keys(), "it takes a column away: say `contracts = True`"
    for name, column in after.items():
        if name in before:
            assert str(column["type"]) == str(before[name]["type"]), name
            assert column["nullable"] or not before[name]["nullable"], name
        elif name[0] in tables:
            # The version before leaves it out when it writes a row.
            assert column["nullable"] or column["default"] is not None, f"{name}: give it a server_default"
