"""All commands, and how an error becomes a sentence."""

import sys
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from gateway.cli import devices
from gateway.cli.municipality import import_municipality
from gateway.cli.people import account, token
from gateway.cli.replay import replay
from gateway.cli.roles import api, desk, gateway, migrate
from gateway.cli.up import up
from store.errors import HemvaktError

_ERR = Console(stderr=True)


class Sentences(TyperGroup):
    """Says errors that Hemvakt raises on purpose as sentences, without a traceback, and exits with 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BaseExceptionGroup as group:
            expected, others = group.split(HemvaktError)
            if others is not None:
                raise others from None
            for error in _leaves(expected):
                _say(error)
            sys.exit(1)
        except HemvaktError as error:
            _say(error)
            sys.exit(1)


def _leaves(group: BaseExceptionGroup[Any] | None) -> list[BaseException]:
    if group is None:
        return []
    return [
        leaf for one in group.exceptions for leaf in (_leaves(one) if isinstance(one, BaseExceptionGroup) else [one])
    ]


def _say(error: BaseException) -> None:
    _ERR.print(f"[bold red]hemvakt:[/] {error}", highlight=False, soft_wrap=True)


app = typer.Typer(
    cls=Sentences,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Telemonitoring and alarm gateway: from sensors in homes to the team on duty. "
    "Hemvakt supports staff; it is not a medical device.",
)
for command in (up, gateway, desk, api, migrate, replay):
    app.command()(command)
app.command("import")(import_municipality)
app.add_typer(devices.app, name="device")
app.add_typer(account, name="account")
app.add_typer(token, name="token")
