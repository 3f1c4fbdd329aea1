"""What the audit says of the resident of an alarm: sex, for follow-up, and a random word that tells them apart."""

import secrets
from typing import Any

from sqlalchemy import Connection, insert, select

from store.tables import audit_person, resident


def about(connection: Connection, resident_id: str | None, home_id: str | None) -> dict[str, Any]:
    """Return ``person`` and ``sex`` of the resident, or of the only one of the home; nothing when it is not known who.

    The word is made when it is first asked for, by whoever holds the lock of the audit. Only ``audit_person`` links it
    to the resident, so what is deleted there makes all that the audit has said of the person anonymous.
    """
    query = (
        select(resident.c.id, resident.c.sex, audit_person.c.word)
        .outerjoin(audit_person, audit_person.c.resident_id == resident.c.id)
        .limit(2)
    )
    if resident_id is not None:
        query = query.where(resident.c.id == resident_id)
    elif home_id is not None:
        query = query.where(resident.c.home_id == home_id, resident.c.active)
    else:
        return {}
    found = connection.execute(query).all()
    if len(found) != 1:
        return {}
    word = found[0].word
    if word is None:
        word = secrets.token_hex(8)
        connection.execute(insert(audit_person).values(resident_id=found[0].id, word=word))
    return {"person": word, "sex": found[0].sex}
