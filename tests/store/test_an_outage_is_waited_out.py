"""A database that restarts ends no process; an error that no waiting heals is not waited for."""

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from store import outages
from store.outages import is_outage, through_outages, wait_for

AWAY = OperationalError("SELECT 1", {}, psycopg.OperationalError("server closed the connection"))
FULL = OperationalError("INSERT", {}, psycopg.errors.DiskFull("no space left"))
WRONG = ProgrammingError("SELECT x", {}, psycopg.errors.UndefinedColumn("no such column"))
LOCAL = OperationalError("SELECT x", {}, Exception("no such table"))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "_PAUSES_S", (0.0,))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AWAY, True),
        (ExceptionGroup("parts", [AWAY, ExceptionGroup("lanes", [AWAY])]), True),
        (ExceptionGroup("parts", [AWAY, ValueError()]), False),
        (FULL, False),
        (WRONG, False),
        (LOCAL, False),
        (ValueError(), False),
    ],
)
def test_what_is_an_outage(error: Exception, expected: bool) -> None:
    assert is_outage(error) is expected


async def test_a_life_that_an_outage_ended_is_followed_by_another() -> None:
    lives: list[Exception | None] = [AWAY, ExceptionGroup("parts", [AWAY]), None]
    lived = 0

    async def life() -> None:
        nonlocal lived
        lived += 1
        if (error := lives.pop(0)) is not None:
            raise error

    await through_outages("test", life)
    assert lived == 3


@pytest.mark.parametrize("error", [FULL, WRONG, LOCAL, ValueError()])
async def test_any_other_error_is_raised(error: Exception) -> None:
    async def life() -> None:
        raise error

    with pytest.raises(type(error)):
        await through_outages("test", life)


def test_a_start_waits_for_the_database_and_not_for_ever() -> None:
    answers: list[Exception | int] = [AWAY, AWAY, 7]

    def work() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_for(work, 60) == 7
    answers[:] = [AWAY, 7]
    with pytest.raises(OperationalError):
        wait_for(work, -1)
