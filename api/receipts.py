"""What became of one page, in plain words: sent, arrived, answered, or why not."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from alarms.channel import Result, stored
from alarms.phone.provider import Failure, Progress
from alarms.views import AttemptView, Told
from api.pages.words import Words

#: Writes an instant as people read it.
Clock = Callable[[datetime], str]
#: Statuses after which somebody surely knows, and those after which nobody does.
_GOOD: Final = frozenset({"told", "delivered", "replied"})
_BAD: Final = frozenset({"again", *(failure.value for failure in Failure)})
#: What channels write about an attempt, and what it means; the first that fits.
_WHY: Final[Mapping[str, re.Pattern[str]]] = {
    "silent": re.compile("no answer in time|Timeout"),
    "account": re.compile("HTTP 40[13]$"),
    "many": re.compile("HTTP 429$|SMTP 4[0-9]{2}$"),
    "fault": re.compile("HTTP 5[0-9]{2}$"),
    "rejected": re.compile("HTTP 4[0-9]{2}$|SMTP 5[0-9]{2}$"),
    "no_receipt": re.compile("without a message number$"),
    "connection": re.compile("Connect"),
}


class Receipt(NamedTuple):
    """One page. ``tone`` is good, bad or empty; ``tries`` are its attempts, where there was more to tell than one."""

    who: str
    channel: str
    status: str
    tone: str
    at: datetime | None
    tries: list[str]


def receipt(page: Told, words: Words, clock: Clock) -> Receipt:
    """Return what became of a page, as far as anybody knows."""
    status, at = _status(page)
    here = f"receipt.{status}.{page.channel}"
    text = words(here if words.has(here) else f"receipt.{status}")
    if status in _BAD and status != "again" and page.state in {"pending", "leased"}:
        text = words("receipt.and_again", status=text)
    return Receipt(
        who=page.responder_name,
        channel=known(words, f"channel.{page.channel}"),
        status=text,
        # A call that was picked up may have been picked up by a machine.
        tone="good" if status in _GOOD and not words.has(here) else "bad" if status in _BAD else "",
        at=at,
        tries=[
            _try(one, words, clock)
            for one in page.attempts
            if len(page.attempts) > 1 or one.result not in {None, Result.ACCEPTED}
        ],
    )


def known(words: Words, key: str) -> str:
    """Return the word for ``key``, or its last part where there is none: a new channel need not bring words along."""
    return words(key) if words.has(key) else key.rpartition(".")[2]


def _status(page: Told) -> tuple[str, datetime | None]:
    """Return the word for what is known last, and since when."""
    if page.progress in {Progress.DELIVERED, Progress.REPLIED}:
        return page.progress.value, page.reported_at
    # A failure is old news once the page was sent again.
    again = page.sent_at is not None and page.reported_at is not None and page.reported_at < page.sent_at
    if page.progress is Progress.FAILED and not again:
        return page.failure.value if page.failure else Failure.NOT_DELIVERED.value, page.reported_at
    if page.state == "sent":
        return "told" if page.channel in stored() else "sent", page.sent_at
    if page.state == "cancelled":
        gone = bool(page.attempts) and page.attempts[-1].result == Result.GONE
        return "gone" if gone else "cancelled", None
    return "again" if any(one.result is not None for one in page.attempts) else "waiting", None


def _try(one: AttemptView, words: Words, clock: Clock) -> str:
    result = known(words, f"result.{one.result}") if one.result else words("receipt.waiting")
    return words("tale.attempt", number=one.attempt, time=clock(one.started_at), result=result, detail=_why(one, words))


def _why(one: AttemptView, words: Words) -> str:
    """Return why an attempt failed: in words where the reason is known, and as it was written for who looks it up."""
    if not one.detail or one.result == Result.ACCEPTED:
        return ""
    reason = next((name for name, pattern in _WHY.items() if pattern.search(one.detail)), None)
    return f" ({words(f'receipt.why.{reason}')}, {one.detail})" if reason else f" ({one.detail})"
