"""What may leave the audit, lawfully and on the record: texts, links to a person, and rows whose time is over."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from alarms import audit, audit_texts
from alarms.audit_chain import Mark
from alarms.audit_record import CULLED, ERASED
from alarms.errors import DeskError
from store.tables import alarm, audit_floor, audit_person, audit_text
from store.tables import audit as audit_table

#: Alarm events and their handling are part of a personal file: kept for five years after the last note
#: (socialtjaenstlagen ch. 12, old numbering; access logs the same by HSLF-FS 2016:40 ch. 4).
KEPT_YEARS: Final = 5


class NothingToEraseError(DeskError):
    """There is no free text about this, or it was erased before."""

    code = "nothing_to_erase"
    status = 404


class TooYoungError(DeskError):
    """The audit is kept for five years; nothing younger can be culled."""

    code = "too_young"


def erase_texts(connection: Connection, alarms: Collection[int], *, by: str, ground: str, now: datetime) -> int:
    """Erase what people wrote about these alarms and return how many texts that were. Raises NothingToEraseError.

    ``by`` is who decided, ``ground`` a short word for why, such as ``gdpr-17``; both stay in the audit for good.
    """
    head = audit.lock(connection)
    rows = audit_texts.of_alarms(connection, alarms)
    if not rows:
        raise NothingToEraseError
    audit_texts.remove(connection, rows)
    detail = {"rows": rows, "ground": ground}
    entry = audit.Entry(at=now, actor_kind="account", actor=by, action=ERASED, detail=detail)
    audit.append_all(connection, [entry], head)
    return len(rows)


def forget_resident(connection: Connection, resident_id: str, *, by: str, ground: str, now: datetime) -> int:
    """Cut what links the audit to a resident: the texts of their alarms, and the word by which it knows them.

    Returns how many texts were erased. Afterwards the audit holds figures about somebody, and nobody can say who.
    """
    numbers = connection.execute(select(alarm.c.id).where(alarm.c.resident_id == resident_id)).scalars().all()
    connection.execute(delete(audit_person).where(audit_person.c.resident_id == resident_id))
    try:
        return erase_texts(connection, numbers, by=by, ground=ground, now=now)
    except NothingToEraseError:
        return 0


def cull(connection: Connection, *, before: datetime, by: str, now: datetime) -> Mark:
    """Let go of the rows that are older than ``before``, from the first on, and return where the chain begins now.

    Raises TooYoungError for what is younger than KEPT_YEARS.
    """
    if before > now.replace(year=now.year - KEPT_YEARS, day=min(now.day, 28)):
        raise TooYoungError
    head = audit.lock(connection)
    young = select(func.min(audit_table.c.seq)).where(audit_table.c.at >= before)
    first_kept = connection.execute(young).scalar()
    last = Mark(*head) if first_kept is None else _before(connection, first_kept)
    if last.seq <= audit.floor(connection).seq:
        return audit.floor(connection)
    connection.execute(insert(audit_floor).values(seq=last.seq, hash=last.hash, at=now))
    connection.execute(delete(audit_text).where(audit_text.c.seq <= last.seq))
    connection.execute(delete(audit_table).where(audit_table.c.seq <= last.seq))
    detail = {"through": last.seq, "hash": last.hash}
    entry = audit.Entry(at=now, actor_kind="account", actor=by, action=CULLED, detail=detail)
    audit.append_all(connection, [entry], head)
    return last


def _before(connection: Connection, seq: int) -> Mark:
    previous = connection.execute(select(audit_table.c.previous_hash).where(audit_table.c.seq == seq)).scalar_one()
    return Mark(seq - 1, previous)
