"""All commands, and how an error becomes a sentence."""

import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup
from typer.exceptions import TyperException

from devices.hub.cli import hub
from gateway.cli import devices
from gateway.cli.audit import audit
from gateway.cli.contacts import contact
from gateway.cli.coverage import coverage
from gateway.cli.demo import demo
from gateway.cli.explain import explain
from gateway.cli.follow_up import follow_up
from gateway.cli.home_assistant import app as home_assistant
from gateway.cli.municipality import import_municipality
from gateway.cli.people import account, token
from gateway.cli.replay import replay
from gateway.cli.reviews import reviews
from gateway.cli.roles import api, desk, gateway, migrate
from gateway.cli.up import up
from gateway.logs import told
from store.errors import HemvaktError

_ERR = Console(stderr=True)


class Sentences(TyperGroup):
    """Says errors that Hemvakt raises on purpose as sentences, without a traceback, and exits with 1."""

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
for command in (demo, up, gateway, desk, api, migrate, replay, explain, coverage, reviews, hub):
    app.command()(command)
app.command("import")(import_municipality)
app.command("follow-up")(follow_up)
app.add_typer(devices.app, name="device")
app.add_typer(account, name="account")
app.add_typer(token, name="token")
app.add_typer(audit, name="audit")
app.add_typer(contact, name="contact")
app.add_typer(home_assistant, name="home-assistant")
