"""Adding a channel touches one file: with it, pages go out, settings are read, contacts are imported and verified."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import alarms.channels
from alarms import channel
from alarms.contacts import repository, verification
from alarms.delivery.lane import Lane
from alarms.settings import DeskSettings
from gateway.municipality.model import Contact
from store.database import Database
from tests.alarms.providers import until
from tests.alarms.town import Town, add_contact

PIGEON = """
from pathlib import Path

from pydantic import BaseModel

from alarms import words
from alarms.channel import Receipt, Result


class Settings(BaseModel):
    roof: Path


class Pigeon:
    name = "pigeon"
    stored = False
    secondary = False
    rings = False

    def __init__(self, settings):
        self._roof = settings.of("pigeon", Settings).roof

    @classmethod
    def configured(cls, settings):
        return settings.of("pigeon", Settings) is not None

    async def send(self, page):
        (self._roof / f"{page.address}-{page.id}").write_text(words.text(page))
        return Receipt(Result.ACCEPTED, "flew off")

    async def aclose(self):
        pass


CHANNEL = Pigeon
"""


def forget() -> None:
    for known in (channel.kinds, channel.stored, channel.reliable):
        known.cache_clear()


@pytest.fixture
def roof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put one file beside the other channels, and give it a roof to fly to."""
    folder = tmp_path / "channels"
    folder.mkdir()
    (folder / "pigeon.py").write_text(PIGEON)
    monkeypatch.setattr(alarms.channels, "__path__", [*alarms.channels.__path__, str(folder)])
    importlib.invalidate_caches()
    forget()
    (tmp_path / "roof").mkdir()
    yield tmp_path / "roof"
    sys.modules.pop("alarms.channels.pigeon", None)
    vars(alarms.channels).pop("pigeon", None)
    forget()


@pytest.fixture
def settings(roof: Path) -> DeskSettings:
    return DeskSettings.model_validate({"channels": {"pigeon": {"roof": str(roof)}}})


def letters(roof: Path) -> list[tuple[str, str]]:
    return [(one.name, one.read_text()) for one in roof.iterdir()]


async def test_its_pages_go_out(small_town: Town, settings: DeskSettings, roof: Path) -> None:
    small_town.settings = settings
    (kind,) = [kind for kind in channel.kinds() if kind.name == "pigeon"]
    await asyncio.to_thread(small_town.do, lambda c: add_contact(c, "bo", "pigeon", "grey"))
    alarm = await asyncio.to_thread(small_town.press)
    lane = Lane(small_town.database, small_town.clock, settings, kind(settings), "desk-1")
    task = asyncio.create_task(lane.run())
    await until(lambda: [page.state for page in small_town.told(alarm, channel="pigeon")] == ["sent"])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    ((name, letter),) = letters(roof)
    assert name.startswith("grey-")
    assert "Norra" in letter


async def test_its_contacts_are_verified_and_count(small_town: Town, settings: DeskSettings, roof: Path) -> None:
    await asyncio.to_thread(small_town.do, lambda c: add_contact(c, "bo", "pigeon", "grey"))
    known = small_town.see(lambda c: repository.contacts_of(c, "bo"))
    number = next(one.id for one in known if one.channel == "pigeon")
    found, digits = small_town.do(lambda c: verification.begin(c, "bo", number, small_town.now))
    await verification.send(settings, found, digits, small_town.now)
    ((_, letter),) = letters(roof)
    assert digits in letter
    assert "pigeon" in channel.reliable()


@pytest.mark.usefixtures("roof")
def test_the_municipalitys_file_may_name_it() -> None:
    assert Contact(channel="pigeon", address="grey").channel == "pigeon"


def test_a_channel_that_does_not_exist_is_an_error_that_lists_those_that_do(sqlite: Database) -> None:
    assert sqlite.is_sqlite
    with pytest.raises(ValueError, match="must be one of apprise, console, email, push, sms, voice, webhook"):
        Contact(channel="pigeon", address="grey")


@pytest.mark.parametrize(
    ("kind", "address", "wanted"),
    [("sms", "+46 70-123 45 67", "+46701234567"), ("voice", "0046701234567", "+46701234567")],
)
def test_numbers_are_stored_in_one_form(kind: str, address: str, wanted: str) -> None:
    assert Contact(channel=kind, address=address).address == wanted
    with pytest.raises(ValueError, match="country code"):
        Contact(channel=kind, address="0701234567")
