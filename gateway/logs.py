"""Logging: one event per line, with names and numbers, never a payload and never a health value."""

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog

from store.errors import HemvaktError


def configure(*, as_json: bool, quiet: bool = False) -> None:
    """Send events of structlog and of the standard library to standard error in one form; ``quiet``: only bad ones."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[structlog.types.Processor] = [
        without_values,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    # These tell each request with its URL, which may hold a secret or a name, or their own life at length.
    for chatty in ("httpx", "httpcore", "uvicorn.access", "uvicorn.error", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def without_values(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Put the traceback of an error into ``exception``, as ``told`` tells it."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(told(error))
    return event


def told(error: BaseException) -> Iterator[str]:
    """Yield lines that tell types and places, and words only of our own errors.

    Others quote what they choke on: SQLAlchemy its parameters, PostgreSQL the failing row, pydantic the input. That
    would be somebody's pulse.
    """
    if (before := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) is not None:
        yield from told(before)
        yield "which led to"
    words = f": {error}" if isinstance(error, HemvaktError) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{words}"
    yield from (
        f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    )
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from told(part)
