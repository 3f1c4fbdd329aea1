"""``hemvakt contact``: how responders are reached, proof that it works, and what providers must be told."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from alarms.channel import Result, stored
from alarms.contacts import verification
from alarms.contacts.repository import contacts_of, verified_channels
from alarms.contacts.verification import Checked, NoSuchContactError, NotDeliveredError
from alarms.phone.line import NoPhoneError
from alarms.phone.tokens import reply_url
from alarms.webpush.vapid import new_key
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock
from store.errors import HemvaktError

contact = typer.Typer(no_args_is_help=True, help="How responders are reached, and proof that it works.")
_OUT = Console()
_FOLDER = Settings().data_folder
Responder = Annotated[str, typer.Argument(help="The responder, as the municipality's file names them.")]


class WrongCodeError(HemvaktError):
    """The code is not right, or it has expired; `hemvakt contact verify` sends a new one."""


class FileExistsAlreadyError(HemvaktError):
    """There is a file already; a new key would end all subscriptions that were made with the old one."""


def _print(text: str) -> None:
    _OUT.print(text, highlight=False, soft_wrap=True, markup=False)


@contact.command("list")
def list_contacts(responder: Responder, data: DataFolder = _FOLDER, database: DatabaseUrl = None) -> None:
    """Show a responder's contacts in the order of use, and which are verified."""
    with open_database(data, database) as opened:
        found = opened.read_now(lambda connection: contacts_of(connection, responder))
        counted = opened.read_now(lambda connection: verified_channels(connection, responder))
    for one in found:
        state = "needs no proof" if one.channel in stored() else "not verified"
        _print(f"{one.channel:10} {state if one.verified_at is None else f'verified {one.verified_at:%Y-%m-%d}'}")
    _print(f"{len(counted)} verified channel(s); two are what a person on duty should have.")


@contact.command("verify")
def verify(
    responder: Responder,
    channel: Annotated[str, typer.Argument(help="sms, voice, email, push, ...: the first contact on it.")],
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Send a code to a responder's contact, and ask for it. Its owner reads it to you or types it in."""
    settings, clock = Settings(), SystemClock()
    with open_database(data, database) as opened:
        known = opened.read_now(lambda connection: contacts_of(connection, responder))
        meant = next((one for one in known if one.channel == channel), None)
        if meant is None:
            raise NoSuchContactError
        now = clock.now()
        found, digits = opened.write_now(lambda c: verification.begin(c, responder, meant.id, now))
        receipt = asyncio.run(verification.send(settings.desk, found, digits, now))
        if receipt.result is not Result.ACCEPTED:
            raise NotDeliveredError(receipt.detail)
        typed = typer.prompt("Code")
        outcome = opened.write_now(lambda c: verification.check(c, responder, meant.id, typed, clock.now()))
    if outcome is not Checked.VERIFIED:
        raise WrongCodeError
    _print("Verified.")


@contact.command("callbacks")
def callbacks() -> None:
    """Print the addresses to enter at the providers, so that replies to text messages come here. Keep them secret."""
    settings = Settings()
    phone = settings.desk.phone
    if phone is None or not phone.accounts():
        raise NoPhoneError
    secret = phone.secret()
    for name in phone.accounts():
        _print(f"{name}: {reply_url(secret, settings.desk.base_url, name)}")


@contact.command("push-key")
def push_key(file: Annotated[Path, typer.Argument(help="Where to write the key; only you can read it.")]) -> None:
    """Make the key for web push: HEMVAKT_DESK__CHANNELS__PUSH__PRIVATE_KEY_FILE names the file."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise FileExistsAlreadyError(str(file)) from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(new_key())
