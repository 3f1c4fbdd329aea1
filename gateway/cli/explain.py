"""``hemvakt explain``: who was told of an alarm, when, on what and with what result, and what comes next."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from alarms import queries
from alarms.tale import Tale, tell
from api import telling
from api.pages.words import Words
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock

_OUT = Console()
_NEWEST = 10_000


class Language(StrEnum):
    """A language of the explanation."""

    SWEDISH = "sv"
    ENGLISH = "en"


def explain(
    alarm: Annotated[int, typer.Argument(help="The number of the alarm, as pages and the console show it.", min=1)],
    language: Annotated[Language, typer.Option(help="Language of the explanation.")] = Language.ENGLISH,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Explain an alarm: what happened, who was told when, on what and with what result, and what comes next.

    It names responders. It never shows who the alarm is about, what was measured, or what people wrote: whoever may see
    that reads it in the console, where each look is logged.
    """

    def read(connection: Connection) -> Tale:
        return tell(connection, queries.alarm_detail(connection, alarm, newest=_NEWEST))

    with open_database(data, database) as opened:
        tale = opened.read_now(read)
    _show(tale, Words(language.value))


def _show(tale: Tale, words: Words) -> None:
    view = tale.detail.alarm
    clock = telling.exact(ZoneInfo(Settings().api.zone), SystemClock().now())
    told = telling.put(tale, words, clock, free_text=False)
    head = Text(words("alarm.number", number=view.id), style="bold")
    head.append(f"  {words(f'class.{view.alarm_class.value}')}, {view.area_name}", style="not bold")
    _OUT.print(head)
    if view.insistent:
        _OUT.print(Text(words("alarm.insistent"), style="bold red"))
    for said in told.happened:
        _OUT.print(Text.assemble((clock(said.at), "cyan"), "  ", said.text), soft_wrap=True)
        for page in said.pages:
            _OUT.print(Text(f"    {page}", style="dim"), soft_wrap=True)
    _OUT.print(Text(words("detail.next"), style="bold"))
    for said in told.coming:
        _OUT.print(Text(f"  {said.text}"), soft_wrap=True)
    if not told.coming:
        _OUT.print(Text(f"  {words('detail.next.none')}"))
