from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.assess.data import NOW

from leadglass.assess.answers import Answer, AnswerSet, Kept, merge

MINE = Answer("yes", "A. Person", NOW)
THEIRS = Answer("no", "B. Person", NOW + timedelta(days=1), "seen it")
OLD = Kept("2025.1", "gone", MINE)


def test_a_merge_adds_what_only_they_answered_and_shows_what_differs() -> None:
    ours = AnswerSet("2026.1", {"sso": MINE, "beds": replace(MINE, value=300)})
    theirs = AnswerSet("2026.1", {"sso": THEIRS, "beds": replace(THEIRS, value=300), "exams": replace(THEIRS, value=9)})
    merged, differing = merge(ours, theirs)
    assert merged.answers == {"exams": theirs.answers["exams"], **ours.answers}
    assert [(one.question, one.ours, one.theirs) for one in differing] == [("sso", MINE, THEIRS)]


def test_a_merge_keeps_what_either_kept_once() -> None:
    other = replace(OLD, question="also-gone")
    merged, _ = merge(AnswerSet("2026.1", kept=(OLD,)), AnswerSet("2026.1", kept=(OLD, other)))
    assert merged.kept == (OLD, other)


def test_answers_to_different_versions_are_not_merged() -> None:
    with pytest.raises(ValueError, match="different versions"):
        merge(AnswerSet("2026.1"), AnswerSet("2026.2"))
