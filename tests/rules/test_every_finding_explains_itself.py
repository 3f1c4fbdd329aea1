"""Every code of every rule has a sentence in English and Swedish, and saying it never fails."""

from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.base import Rule
from rules.registry import all_rules
from rules.sentences import explain, sentences, span

_SENTENCES = sentences()
_CODES = [(rule, code) for rule, languages in _SENTENCES.items() for code in languages["en"]]
_fact = st.floats() | st.integers() | st.text(max_size=20)


@pytest.mark.parametrize("rule", sorted(_SENTENCES))
def test_both_languages_say_the_same_codes(rule: str) -> None:
    assert _SENTENCES[rule].keys() == {"en", "sv"}
    assert _SENTENCES[rule]["en"].keys() == _SENTENCES[rule]["sv"].keys() != set()


@settings(max_examples=300, deadline=None)
@given(named=st.sampled_from(_CODES), data=st.data())
def test_any_facts_whatever_give_a_sentence(named: tuple[str, str], data: st.DataObject) -> None:
    rule, code = named
    template = _SENTENCES[rule]["sv"][code]
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    facts = data.draw(st.dictionaries(st.sampled_from(names), _fact)) if names else {}
    for language in ("en", "sv", "fi", ""):
        assert len(explain(rule, code, facts, language)) > 10


@pytest.mark.parametrize(("rule", "code"), _CODES)
def test_a_language_that_nobody_wrote_is_english(rule: str, code: str) -> None:
    assert explain(rule, code, {}, "fi") == explain(rule, code, {}, "en") != explain(rule, code, {}, "sv")


def test_what_no_rule_knows_is_named_as_it_is() -> None:
    assert explain("gone", "old_code", {}, "sv") == "gone: old_code."


def test_a_fact_is_text_and_never_a_template() -> None:
    said = explain("unknown", "unreadable", {"field": "{field.__class__}"}, "en")
    assert "{field.__class__}" in said


@pytest.mark.parametrize(
    ("seconds", "language", "words"),
    [
        (0, "en", "0 s"),
        (59.9, "sv", "59 s"),
        (60, "en", "1 min"),
        (12_000, "en", "3 h 20 min"),
        (187_200, "sv", "2 dygn 4 tim"),
        (86_460, "en", "1 d 1 min"),
        (-5, "en", "0 s"),
        (3600, "fi", "1 h"),
    ],
)
def test_a_duration_is_said_in_its_greatest_units(seconds: float, language: str, words: str) -> None:
    assert span(seconds, language) == words


def test_both_languages_speak_of_the_same_facts() -> None:
    odd = [
        (rule.name, code)
        for rule in all_rules()
        for code in rule.sentences["en"]
        if _names(rule, "en", code) != _names(rule, "sv", code)
    ]
    assert odd == []


def _names(rule: Rule, language: str, code: str) -> set[str]:
    """Return the facts that a sentence speaks of; a source is written once for each language."""
    names = {name for _, name, _, _ in Formatter().parse(rule.sentences[language][code]) if name}
    return {name.removesuffix(f"_{language}") for name in names}
