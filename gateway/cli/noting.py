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
    audit.append(connection, at=now, actor_kind="account", actor=signed(by), action=action, detail=detail)


def signed(by: str) -> str:
    """Return the name that stands in the audit; ``by`` is empty where nobody gave one."""
    return (by or getpass.getuser())[:64]
