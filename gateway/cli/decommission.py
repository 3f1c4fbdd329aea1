"""``hemvakt device decommission``."""

import getpass
from typing import Annotated

import typer
from rich.console import Console

from alarms import decommissioning
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from store.clock import SystemClock

_OUT = Console()


def decommission(
    device: Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    leave_without: Annotated[
        bool, typer.Option("--yes-leave-without", help="Also when somebody then has nothing left that calls for help.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Who does this; it is kept.", show_default="your login here")] = "",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Take a device out of use for good, and say what stays of it.

    It serves nobody from now on, its password and its label are void, and it is shown in no Home Assistant any more.
    """
    now, who = SystemClock().now(), (by or getpass.getuser())[:64]
    with open_database(data, database) as opened:
        gone = opened.write_now(
            lambda connection: decommissioning.decommission(
                connection, device, by=who, reason=reason, leave_without=leave_without, now=now
            )
        )
    _say(f"{device} is out of use{', and its password is void' if gone.had_identity else ''}.")
    if gone.left_without:
        _say(f"Nothing left to call with: {', '.join(gone.left_without)}.")
    if gone.open_alarms:
        _say(f"Still to be handled by people: {', '.join(f'#{number}' for number in gone.open_alarms)}.")
    if gone.first_at is None or gone.last_at is None:
        _say("It never said anything; nothing of it stays but its name and where it served.")
    else:
        span = f"{gone.first_at.astimezone():%Y-%m-%d} to {gone.last_at.astimezone():%Y-%m-%d}"
        _say(f"What stays: {gone.observations} observations of {span}, in {gone.messages} messages, and the audit.")
        _say("They stay until they are deleted: Hemvakt deletes no observation by itself.")


def _say(text: str) -> None:
    _OUT.print(text, highlight=False, soft_wrap=True, markup=False)
