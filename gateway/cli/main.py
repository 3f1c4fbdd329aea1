"""All commands, and how an error becomes a sentence."""

import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup
from typer.exceptions import TyperException

from gateway.cli.commands import COMMANDS
from gateway.cli.later import Later
from gateway.logs import told
from store.errors import HemvaktError

_ERR = Console(stderr=True)


class Sentences(TyperGroup):
    """Says errors that Hemvakt raises on purpose as sentences, without a traceback, and exits with 1."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = {name: Later(name, where, says) for name, (where, says) in COMMANDS.items()}

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the last place where an error can be told
            for one in _leaves(error):
                _say(one)
            sys.exit(1)


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for one in error.exceptions for leaf in _leaves(one)]


def _say(error: BaseException) -> None:
    if isinstance(error, HemvaktError):
        _ERR.print(f"[bold red]hemvakt:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    else:
        typer.echo("\n".join(told(error)), err=True)


app = typer.Typer(
    cls=Sentences,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Telemonitoring and alarm gateway: from sensors in homes to the team on duty. "
    "Hemvakt supports staff; it is not a medical device.",
)


@app.callback()
def _root() -> None:
    """Make a group of commands even before one is imported."""
