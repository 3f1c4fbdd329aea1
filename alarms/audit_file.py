"""The audit as a file of JSON lines, one row each: to keep elsewhere, to verify there, to compute follow-up from."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, TypedDict

import msgspec
from sqlalchemy import Connection, select

from alarms.audit_chain import STRIDE, silent
from alarms.errors import DeskError
from store.tables import audit


class Row(TypedDict):
    """One row as it stands in the chain. Free text is not in it, only its hash: that is what may leave the house."""

    seq: int
    at: datetime
    actor_kind: str
    actor: str
    action: str
    alarm_id: int | None
    team_id: str | None
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class NotAnExportError(DeskError):
    """This is not a file that `hemvakt audit export` wrote."""

    code = "not_an_export"
    status = 422


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Row)


def write(connection: Connection, file: BinaryIO, progress: Callable[[int], None] = silent) -> int:
    """Write every row in order and return how many there were. ``progress`` hears the number every STRIDE rows."""
    count = 0
    query = select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)
    with connection.execute(query) as rows:
        for row in rows.mappings():
            file.write(_ENCODER.encode(dict(row)) + b"\n")
            count += 1
            if count % STRIDE == 0:
                progress(count)
    return count


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a file that ``write`` wrote. Raises NotAnExportError with the line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _DECODER.decode(line)
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                raise NotAnExportError(f"Line {number}: {error}") from error
