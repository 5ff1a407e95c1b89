"""The bench behind ADR 0004 still runs, and its questions have answers."""

from __future__ import annotations

from pathlib import Path

from bench.projection import measure_apply, measure_engine
from bench.projection_engines import Hospital


def test_the_real_path_takes_in_what_is_asked(tmp_path: Path) -> None:
    assert measure_apply(1_000, tmp_path)["events"] == 3 * (2 * 200 + 3) + 1  # three transfers and one refusal


def test_every_question_finds_lines(tmp_path: Path) -> None:
    found = measure_engine("sqlite", Hospital(400, 3), 1.0, tmp_path)
    assert (found["rows"], found["complete"]) == (1_200, True)
    questions = found["questions"]
    assert isinstance(questions, dict)
    assert {name for name, answer in questions.items() if not answer["lines"]} == set()


def test_filling_stops_in_time_and_says_how_far_it_came(tmp_path: Path) -> None:
    from bench.projection_engines import Sqlite

    engine = Sqlite(tmp_path)
    going = iter([True, False])
    assert engine.fill(Hospital(2_000, 1), lambda: next(going)) == 500
    engine.close()
