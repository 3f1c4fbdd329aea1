"""UCI / AIM-94 diabetes (data set provided by Michael Kahn, MD, PhD, Washington University, St. Louis, MO).

Tab-separated ``MM-DD-YYYY``, ``H:MM``, code, value. Codes 48 and 57 to 64 are blood glucose in mg/dL; insulin doses and
events (33 to 35, 65 to 72) have no message on our wire.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from hemvakt_sim.recordings.record import Bad, Foreign, Measured, Record, finite, opened
from hemvakt_sim.wire import Value

_GLUCOSE = frozenset({48, *range(57, 65)})
_OTHER = frozenset({33, 34, 35, *range(65, 73)})


def read(path: Path) -> Iterator[Record | Bad | Foreign]:
    """Read one patient's file (``data-01``). Records come in order of time."""
    records: list[Record] = []
    with opened(path) as text:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                record = _record(line, path.name)
            except ValueError:
                yield Bad(path.name, number, "not a date, a time, a code and a value")
                continue
            if record is None:
                yield Foreign(number)
            else:
                records.append(record)
    yield from sorted(records, key=attrgetter("at"))


def _record(line: str, subject: str) -> Record | None:
    """Read a line; None for a good one without a message on our wire. Raises ValueError."""
    date, clock, code, value = line.strip("\r\n").split("\t")
    month, day, year = (int(part) for part in date.split("-"))
    hour, minute = (int(part) for part in clock.split(":"))
    at = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - as recorded, no zone
    number = finite(value)
    if int(code) in _GLUCOSE:
        return Record(at, subject, Measured((Value("glucose", number, "mg/dL"),)))
    if int(code) in _OTHER:
        return None
    raise ValueError("unknown code")
