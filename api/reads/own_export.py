"""All that is stored about a resident as one JSON document, written row by row: a year of a home is a million rows."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final

import msgspec
from sqlalchemy import Connection, RowMapping, select

from alarms import audit
from api.identity.caller import Caller
from api.reads import own
from store.tables import alarm, finding, observation, occurrence
from store.tables import audit as audit_table

FORMAT: Final = "hemvakt-own-data/1"
_EVERY: Final = 10**9
_ENCODER: Final = msgspec.json.Encoder()


def write(connection: Connection, people: Sequence[RowMapping], caller: Caller, now: datetime, file: BinaryIO) -> None:
    """Write the document about ``people``. Whoever calls this has logged the export, so that is in it too."""
    head = {"format": FORMAT, "made_at": now, "account": {"login": caller.login, "name": caller.name}}
    file.write(_ENCODER.encode(head)[:-1] + b',"residents":[')
    for number, person in enumerate(people):
        file.write(b"," if number else b"")
        file.write(_ENCODER.encode({"resident": dict(person)})[:-1])
        for name, rows in _parts(connection, person):
            file.write(b',"' + name.encode() + b'":[')
            file.writelines(
                (b",\n" if place else b"\n") + _ENCODER.encode(_plain(row)) for place, row in enumerate(rows)
            )
            file.write(b"]")
        file.write(b"}")
    file.write(b"]}\n")


def _parts(connection: Connection, person: RowMapping) -> Iterator[tuple[str, Iterable[Mapping[Any, Any]]]]:
    yield "devices", own.devices(connection, person)
    yield "settings", own.settings(connection, person)
    of_alarms = own.about(connection, person, alarm.c.resident_id, alarm.c.home_id)
    numbers = select(alarm.c.id).where(of_alarms)
    hidden = {"policy", "correlation_key"}
    columns = [column for column in alarm.c if column.name not in hidden]
    yield "alarms", _stream(connection, select(*columns).where(of_alarms).order_by(alarm.c.id))
    told = select(occurrence).where(occurrence.c.alarm_id.in_(numbers)).order_by(occurrence.c.id)
    yield "occurrences", _stream(connection, told)
    trail = select(audit_table).where(audit_table.c.alarm_id.in_(numbers)).order_by(audit_table.c.seq)
    events = audit.events(connection, connection.execute(trail).mappings())
    yield "handling", [msgspec.structs.asdict(event) for event in events]
    of_findings = own.about(connection, person, finding.c.resident_id, finding.c.home_id)
    yield "findings", _stream(connection, select(finding).where(of_findings).order_by(finding.c.recorded_at))
    heard = own.about(connection, person, observation.c.resident_id, observation.c.home_id)
    yield "observations", _stream(connection, select(observation).where(heard).order_by(observation.c.id))
    yield "access_log", own.looks(connection, person, before=None, limit=_EVERY)


def _stream(connection: Connection, query: Any) -> Iterator[Mapping[Any, Any]]:
    with connection.execute(query.execution_options(yield_per=1000)) as rows:
        yield from rows.mappings()


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in row.items()
    }
