"""What every route works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from alarms.settings import DeskSettings
from api.identity.sign_in import Door
from api.settings import ApiSettings
from api.stream import Streams
from store.clock import Clock
from store.database import Database

#: What else must be well before traffic is sent here: name of the check -> what is wrong, empty when nothing is.
Readiness = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """The parts of the application, in one place of its state."""

    database: Database
    clock: Clock
    settings: ApiSettings
    door: Door
    streams: Streams
    desk: DeskSettings
    readiness: Readiness | None = None


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(context_of)]
