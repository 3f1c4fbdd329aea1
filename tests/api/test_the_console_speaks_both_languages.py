"""The words of the console: every key in every language, with the same places, and every one that is used exists."""

import re
import string
from pathlib import Path

import pytest

from alarms.commissioning import State
from alarms.escalation.target import SKILLS
from alarms.lifecycle.outcomes import LABELS
from alarms.lifecycle.states import Condition, TimerKind
from alarms.lifecycle.table import TRANSITIONS
from api import pages
from api.pages.words import LANGUAGES, Words, catalogue, negotiate
from api.reads.alarms import MEASURED
from api.reads.signs import LIVELY
from api.sentences import explain
from rules.base import AlarmClass
from tests.api.conftest import Town
from tests.api.town import care, press

FOLDER = Path(pages.__file__).parent


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_language_has_the_same_keys_and_places() -> None:
    first, *others = (catalogue(language) for language in LANGUAGES)
    for other in others:
        assert set(first) == set(other)
        assert {key: places(text) for key, text in first.items()} == {key: places(text) for key, text in other.items()}
    assert set(LABELS) == set(LANGUAGES)


def test_no_word_is_empty_or_left_over() -> None:
    pieces = (*FOLDER.rglob("*.html"), *FOLDER.rglob("*.js"), *FOLDER.parent.rglob("*.py"))
    used = "".join(path.read_text() for path in pieces)
    dynamic = re.compile(
        r"^(act\.done|channel|class|condition|detail\.next|dialog\.release|did|error|kind|overlay|receipt|result)\.|"
        r"^(sign_in|unit|handling|welcome|side|field|rule|contacts\.said|skill|tale|target)\.|"
        r"^(cover|house\.state|duty\.kind|duty\.refused|duty\.why|pause\.refused|pause\.scope|follow|look|looked|mine|role|sex)\."
    )
    for key, text in catalogue("sv").items():
        assert text.strip(), key
        assert f'"{key}"' in used or dynamic.match(key), f"{key} is not used"


def test_everything_that_can_happen_has_a_word() -> None:
    words = Words("sv")
    wanted = [f"class.{one.value}" for one in AlarmClass]
    wanted += [f"condition.{one.value}" for one in Condition]
    wanted += [f"detail.next.{one.value}" for one in TimerKind]
    wanted += [f"kind.{one.value}" for one in (*LIVELY, *MEASURED)]
    by_people = {row.event.value for row in TRANSITIONS if "responder" in {actor.value for actor in row.by}}
    wanted += [f"did.{event}" for event in by_people]
    wanted += [f"tale.{row.event.value}" for row in TRANSITIONS]
    wanted += [f"skill.{skill}" for skill in SKILLS]
    wanted += [f"house.state.{state.value}" for state in State if state is not State.IN_SERVICE]
    assert [key for key in wanted if not words.has(key)] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("en-GB,en;q=0.9", "en"),
        ("fi,en;q=0.5,sv;q=0.4", "en"),
        ("de", "sv"),
        ("", "sv"),
        ("en;q=0", "sv"),
        ("en;q=nan", "sv"),
        ("en;q=inf,sv;q=0.1", "sv"),
        ("en;q=,;;;,\x00" + "x" * 9000, "en"),
        (",".join(["en;q=0.9"] * 5000), "en"),
    ],
)
def test_the_browser_gets_the_language_that_it_likes(header: str, language: str) -> None:
    assert negotiate(header) == language


async def test_an_account_speaks_its_own_language_everywhere(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    care(town.database, town.clock.now(), "greta")
    async with town.as_("anna") as client:
        for language, words in (("sv", "Larmknappen har tryckts in."), ("en", "The alarm button was pressed.")):
            await client.patch("/api/v1/me", json={"language": language})
            for path in ("/", f"/alarms/{alarm}", "/house", "/on-call", "/about"):
                text = (await client.get(path, headers={"Accept-Language": "en"})).text
                assert f'<html lang="{language}">' in text
                assert "acknowledge" not in text.lower()
            assert words in (await client.get(f"/alarms/{alarm}")).text


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("desk", "nobody_reached"),
        ("intake", "unreadable"),
        ("intake", "unknown_device"),
        ("intake", "failed"),
        ("link", "session_lost"),
    ],
)
def test_what_no_rule_found_is_explained_too(rule: str, code: str) -> None:
    for language in LANGUAGES:
        sentence = explain(rule, code, {}, language)
        assert sentence.endswith(".")
        assert ":" not in sentence
    assert explain(rule, code, {}, "sv") != explain(rule, code, {}, "en")
