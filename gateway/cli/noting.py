"""What is done from a terminal stands in the audit, under the name of whoever did it."""

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from alarms import audit

By = Annotated[str, typer.Option("--by", help="Who does this; it is kept.", show_default="your login here")]


def note(connection: Connection, action: str, by: str, now: datetime, detail: Mapping[str, Any]) -> None:
    """Write a row of the audit; ``by`` is empty where nobody gave a name."""
    who = by or getpass.getuser()
    audit.append(connection, at=now, actor_kind="account", actor=who[:64], action=action, detail=detail)
