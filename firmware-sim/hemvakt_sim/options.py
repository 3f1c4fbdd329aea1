"""Options that several commands share, and how errors are told."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hemvakt_sim.broker import Broker, password_in
from hemvakt_sim.errors import SimulatorError
from hemvakt_sim.expect.access import Access, access, pairs

OUT = Console(highlight=False)
ERRORS = Console(stderr=True, highlight=False)

BrokerOption = Annotated[
    str, typer.Option("--broker", envvar="HEMVAKT_SIM_BROKER", help="mqtt://host:port, or mqtts:// for TLS.")
]
UserOption = Annotated[
    str | None, typer.Option("--user", envvar="HEMVAKT_SIM_USER", help="Name to give to the broker.")
]
PasswordOption = Annotated[
    Path | None,
    typer.Option("--password-file", help="File that holds the password; or set HEMVAKT_SIM_PASSWORD.", dir_okay=False),
]
SecretOption = Annotated[str | None, typer.Option(envvar="HEMVAKT_SIM_PASSWORD", hidden=True)]
CaOption = Annotated[
    Path | None, typer.Option("--ca-file", help="Authority that signed the broker's certificate.", dir_okay=False)
]
UrlOption = Annotated[
    str | None,
    typer.Option("--hemvakt-url", envvar="HEMVAKT_SIM_URL", help="The gateway's address, for expectations."),
]
TokenOption = Annotated[
    Path | None,
    typer.Option("--token-file", help="File with an API token that may read alarms of every team.", dir_okay=False),
]
PeopleOption = Annotated[
    list[str] | None, typer.Option("--as", help="LOGIN=FILE: API token of a person who accepts and closes alarms.")
]
CallOption = Annotated[
    list[str] | None, typer.Option("--call", help="NAME=COMMAND: what the step `call NAME` runs; without a shell.")
]
LOCAL = "mqtt://127.0.0.1:1883"


class readable_errors:  # noqa: N801 - reads as a statement
    """Turn an error into a sentence on stderr and exit code 2."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SimulatorError):
            ERRORS.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(2) from None


def broker_at(
    url: str, user: str | None, password_file: Path | None, ca_file: Path | None, secret: str | None
) -> Broker:
    password = secret if password_file is None else password_in(password_file)
    return Broker.at(url, user=user, password=password, ca_file=ca_file)


def access_by(url: str | None, token_file: Path | None, people: list[str]) -> Access | None:
    found = access(url, token_file, {login: Path(file) for login, file in pairs(people, "--as").items()})
    if found is not None and found.in_the_clear:
        ERRORS.print("warning: tokens cross the network in the clear; use https", markup=False, soft_wrap=True)
    return found
