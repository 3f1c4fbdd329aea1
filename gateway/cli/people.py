"""``hemvakt account`` and ``hemvakt token``: who may sign in, and which programs may ask."""

from typing import Annotated

import typer
from rich.console import Console

from api import accounts
from api.identity.roles import Role
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock

account = typer.Typer(no_args_is_help=True, help="Create accounts, and links with which their owners set a password.")
token = typer.Typer(no_args_is_help=True, help="Create and revoke API tokens.")
_OUT = Console()

_FOLDER = Settings().data_folder
Login = Annotated[str, typer.Argument(help="The name to sign in with.")]


def _print(text: str) -> None:
    _OUT.print(text, highlight=False, soft_wrap=True, markup=False)


@account.command("create")
def create_account(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    name: Annotated[str, typer.Option(help="The name shown to others; the login when left out.")] = "",
    responder: Annotated[str | None, typer.Option(help="The responder whose account it is.")] = None,
    resident: Annotated[str | None, typer.Option(help="Whose data a resident or a relative sees.")] = None,
    language: Annotated[str, typer.Option(help="sv or en.")] = "sv",
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Create an account and print the link with which its owner sets a password, once."""
    now = SystemClock().now()
    with open_database(data, database) as opened:
        opened.write_now(
            lambda c: accounts.create_account(
                c,
                login=login,
                name=name or login,
                role=role,
                now=now,
                responder_id=responder,
                resident_id=resident,
                language=language,
            )
        )
        secret = opened.write_now(lambda c: accounts.one_time_link(c, login, now))
    _print(accounts.link_url(Settings().api.base_url, secret))


@account.command("link")
def new_link(login: Login, data: DataFolder = _FOLDER, database: DatabaseUrl = None) -> None:
    """Print a new link with which the owner sets a password, once; links given out before stop working."""
    with open_database(data, database) as opened:
        secret = opened.write_now(lambda c: accounts.one_time_link(c, login, SystemClock().now()))
    _print(accounts.link_url(Settings().api.base_url, secret))


@token.command("create")
def create_token(
    login: Annotated[str, typer.Argument(help="The account as which the program acts.")],
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    days: Annotated[float, typer.Option(min=0, help="Days until it expires.")] = 365,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Print a new API token. It is shown this once; only its hash is stored."""
    with open_database(data, database) as opened:
        secret = opened.write_now(lambda c: accounts.create_token(c, login, name, SystemClock().now(), days=days))
    _print(secret)


@token.command("revoke")
def revoke_token(
    login: Annotated[str, typer.Argument(help="The account as which the program acts.")],
    name: Annotated[str, typer.Argument(help="What the token was for.")],
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """End the tokens of that name."""
    with open_database(data, database) as opened:
        count = opened.write_now(lambda c: accounts.revoke_tokens(c, login, name, SystemClock().now()))
    _print(f"{count} token(s) revoked.")
