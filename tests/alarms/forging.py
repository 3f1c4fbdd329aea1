"""What only somebody with all rights in the database could do."""

from sqlalchemy import Connection, text

from tests.alarms.town import Town


def take_down_guards(town: Town) -> None:
    """Drop the triggers that refuse to change the audit."""

    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP TRIGGER audit_stays ON audit"))
            connection.execute(text("DROP TRIGGER audit_stays_whole ON audit"))
        else:
            connection.execute(text("DROP TRIGGER audit_not_changed"))
            connection.execute(text("DROP TRIGGER audit_not_deleted"))

    town.do(work)
