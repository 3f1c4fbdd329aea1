"""A1: the database itself refuses; what the law wants gone goes on the record, and the chain holds without it."""

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from alarms import audit_erasure, audit_file
from alarms.audit import verify
from alarms.audit_chain import Mark, walk
from gateway.cli import app
from store import tables
from tests.alarms.forging import take_down_guards
from tests.alarms.town import Town

RUN = CliRunner()


def night(town: Town) -> int:
    alarm = town.press()
    town.accept(alarm, "anna")
    town.act("note", alarm, "anna", text="Elsa Ek sat on the floor of the bathroom")
    town.close(alarm, "anna", note="Her son came")
    return alarm


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'bo' WHERE seq = 2",
        "UPDATE audit SET detail = '{}'",
        "DELETE FROM audit WHERE seq = 4",
        "DELETE FROM audit",
    ],
)
def test_A1_an_audit_row_can_be_neither_changed_nor_deleted(town: Town, statement: str) -> None:
    night(town)
    with pytest.raises(DBAPIError, match="the audit is never changed"):
        town.do(lambda c: c.execute(text(statement)))
    assert town.see(verify).rows == 4


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_A1_the_audit_cannot_be_emptied_at_one_go(town: Town) -> None:
    night(town)
    with pytest.raises(DBAPIError, match="the audit is never changed"):
        town.do(lambda c: c.execute(text("TRUNCATE audit")))


def test_A1_neither_names_nor_what_people_write_are_in_the_chain(town: Town) -> None:
    alarm = night(town)
    rows = town.see(lambda c: c.execute(select(tables.audit)).all())
    for secret in ("Elsa", "Ek", "bathroom", "son", "res-1", "Storgatan"):
        assert not re.search(rf"\b{secret}\b", str(rows))
    assert [event.detail.get("reason") for event in town.detail(alarm).audit] == [
        None,
        None,
        "Elsa Ek sat on the floor of the bathroom",
        "Her son came",
    ]


def test_A1_erased_texts_are_gone_and_the_chain_holds(town: Town) -> None:
    alarm = night(town)
    count = town.do(lambda c: audit_erasure.erase_texts(c, [alarm], by="admin", ground="gdpr-17", now=town.now))
    assert count == 2
    trail = town.detail(alarm).audit
    assert [event.detail.get("reason") for event in trail] == [None, None, "", ""]
    assert town.see(lambda c: c.execute(select(tables.audit_text)).all()) == []
    verdict = town.see(verify)
    assert (verdict.rows, verdict.broken_at, verdict.erased) == (5, None, 2)
    with pytest.raises(audit_erasure.NothingToEraseError):
        town.do(lambda c: audit_erasure.erase_texts(c, [alarm], by="admin", ground="gdpr-17", now=town.now))


def test_A1_a_text_that_was_changed_or_taken_away_is_found(town: Town) -> None:
    night(town)
    table = tables.audit_text
    town.do(lambda c: c.execute(update(table).where(table.c.seq == 4).values(text="All was well")))
    assert (town.see(verify).broken_at, town.see(verify).why) == (4, "text")
    town.do(lambda c: c.execute(table.delete().where(table.c.seq == 3)))
    assert (town.see(verify).broken_at, town.see(verify).why) == (3, "text")


def test_A1_a_resident_who_is_forgotten_cannot_be_found_from_the_audit(town: Town) -> None:
    alarm = night(town)
    word = town.detail(alarm).audit[0].detail["person"]
    assert town.see(lambda c: c.execute(select(tables.audit_person)).all()) == [("res-1", word)]
    town.do(lambda c: audit_erasure.forget_resident(c, "res-1", by="admin", ground="gdpr-17", now=town.now))
    assert town.see(lambda c: c.execute(select(tables.audit_person)).all()) == []
    assert town.see(verify).broken_at is None


def test_A1_only_what_is_older_than_five_years_can_be_culled(town: Town) -> None:
    night(town)
    day = timedelta(days=1)
    first_night = town.now
    town.advance(3 * 365 * 86400)
    with pytest.raises(audit_erasure.TooYoungError):
        town.do(lambda c: audit_erasure.cull(c, before=first_night + day, by="admin", now=town.now))
    town.advance(3 * 365 * 86400)
    night(town)
    mark = town.do(lambda c: audit_erasure.cull(c, before=first_night + day, by="admin", now=town.now))
    assert mark.seq == 4
    verdict = town.see(verify)
    assert (verdict.rows, verdict.broken_at) == (5, None)
    assert town.do(lambda c: audit_erasure.cull(c, before=first_night + day, by="admin", now=town.now)) == mark
    with pytest.raises(DBAPIError, match="the audit is never changed"):
        town.do(lambda c: c.execute(text("DELETE FROM audit")))


@pytest.mark.parametrize("forged", [True, False])
def test_A1_a_floor_that_was_raised_by_hand_is_found(town: Town, forged: bool) -> None:
    night(town)
    query = select(tables.audit.c.hash).where(tables.audit.c.seq == 2)
    fits = town.see(lambda c: c.execute(query).scalar_one())
    floor = insert(tables.audit_floor).values(seq=2, hash=fits if forged else "0" * 64, at=town.now)
    town.do(lambda c: c.execute(floor))
    town.do(lambda c: c.execute(text("DELETE FROM audit WHERE seq <= 2")))
    assert (town.see(verify).broken_at, town.see(verify).why) == (3, "floor" if forged else "previous_hash")


def test_A1_an_export_can_be_verified_elsewhere(town: Town, tmp_path: Path) -> None:
    night(town)
    file = tmp_path / "audit.jsonl"
    with file.open("wb") as out:
        assert town.see(lambda c: audit_file.write(c, out)) == 4
    end = town.see(verify).end
    assert walk(audit_file.read(file)).end == end
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], lines[1].replace("anna", "bo"), *lines[2:]]) + "\n")
    assert walk(audit_file.read(file)).broken_at == 2


def test_A1_whoever_rewrites_the_whole_chain_is_found_by_a_mark_kept_elsewhere(small_town: Town) -> None:
    night(small_town)
    kept = small_town.see(verify).end
    take_down_guards(small_town)
    small_town.do(lambda c: c.execute(text("DELETE FROM audit")))
    small_town.do(lambda c: c.execute(text("DELETE FROM audit_text")))
    small_town.do(lambda c: c.execute(text("DELETE FROM meta WHERE name = 'audit'")))
    night(small_town)
    assert small_town.see(verify).broken_at is None
    verdict = small_town.see(lambda c: verify(c, expect=kept))
    assert (verdict.broken_at, verdict.why) == (4, "mark")
    assert small_town.see(lambda c: verify(c, expect=Mark(99, "x"))).why == "mark"


def test_A1_a_walk_beside_a_desk_that_writes_finds_nothing_wrong(town: Town) -> None:
    night(town)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            night(town)

    desk = threading.Thread(target=write)
    desk.start()
    try:
        assert [town.see(verify).why for _ in range(20)] == [""] * 20
    finally:
        done.set()
        desk.join()


def test_A1_rows_that_were_added_behind_the_head_are_found(small_town: Town) -> None:
    night(small_town)
    head = tables.meta.update().where(tables.meta.c.name == "audit")
    query = select(tables.audit.c.hash).where(tables.audit.c.seq == 3)
    third = small_town.see(lambda c: c.execute(query).scalar_one())
    small_town.do(lambda c: c.execute(head.values(value=f"3 {third}")))
    assert (small_town.see(verify).broken_at, small_town.see(verify).why) == (4, "head")


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"seq": "1"}', "\x00"])
def test_A1_a_file_that_is_no_export_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(audit_file.NotAnExportError, match="Line 1"):
        list(audit_file.read(file))


def test_A1_the_command_names_the_first_broken_row_and_tells_by_its_exit_code(tmp_path: Path, small_town: Town) -> None:
    night(small_town)
    url = str(small_town.database.url)
    good = RUN.invoke(app, ["audit", "verify", "--database", url])
    assert (good.exit_code, "4 row(s), and every one holds" in good.output) == (0, True)
    mark = re.search(r"Mark: (4:[0-9a-f]{64})", good.output)
    assert mark is not None
    assert RUN.invoke(app, ["audit", "verify", "--database", url, "--expect", mark[1]]).exit_code == 0
    assert RUN.invoke(app, ["audit", "verify", "--database", url, "--expect", "4:00"]).exit_code == 2
    assert RUN.invoke(app, ["audit", "verify", "--database", url, "--expect", "nonsense"]).exit_code == 1
    file = tmp_path / "copy.jsonl"
    assert RUN.invoke(app, ["audit", "export", str(file), "--database", url]).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0, "it says who of the staff did what and when"
    assert RUN.invoke(app, ["audit", "verify", "--file", str(file)]).exit_code == 0
    take_down_guards(small_town)
    small_town.do(lambda c: c.execute(text("UPDATE audit SET actor = 'bo' WHERE seq = 3")))
    bad = RUN.invoke(app, ["audit", "verify", "--database", url])
    assert bad.exit_code == 2
    assert "Row 3 does not hold: it was changed" in bad.output
