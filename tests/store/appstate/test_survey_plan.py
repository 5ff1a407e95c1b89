"""What an import would do is what it does, and an answer that nobody saw is not replaced."""

from __future__ import annotations

from sqlalchemy import Engine
from tests.assess.data import INSTRUMENT, NOW
from tests.store.appstate.outbox import actions

from leadglass.assess.answers import Answer, AnswerSet, Kept
from leadglass.store.appstate.survey import answer_set, record_answer
from leadglass.store.appstate.survey_import import Imported, Plan, import_answers, plan_import

THEIRS = AnswerSet(
    INSTRUMENT.version,
    {
        "beds": Answer(412, "eve", NOW),
        "sso": Answer("yes", "eve", NOW),
        "snmp-used": Answer("no", "eve", NOW, "theirs"),
        "vpn-ssl": Answer("no", "eve", NOW),
    },
    (Kept("2020.1", "fax-lines", Answer(2, "eve", NOW)),),
)


def answer(engine: Engine, question: str, value: str, basis: int = 0) -> int:
    done = record_answer(engine, INSTRUMENT, question, value, by="bob", address="", at=NOW, basis=basis)
    return done.number


def counted(plan: Plan) -> Imported:
    return Imported(len(plan.added), len(plan.replaced), len(plan.same), plan.differing, len(plan.kept))


def take(engine: Engine, names: frozenset[str], seen: dict[str, int] | None) -> Imported:
    return import_answers(engine, INSTRUMENT, THEIRS, by="eve", address="", at=NOW, take=names, seen=seen)


def test_a_plan_says_what_the_import_does_and_does_nothing(engine: Engine) -> None:
    first, second = answer(engine, "sso", "no"), answer(engine, "snmp-used", "no")
    third = answer(engine, "vpn-ssl", "no")
    before = actions(engine)
    plan = plan_import(engine, INSTRUMENT, THEIRS)
    assert (plan.added, plan.replaced, plan.same) == (("beds",), ("snmp-used",), ("vpn-ssl",))
    assert [one.question for one in plan.differing] == ["sso"]
    assert [one.question for one in plan.kept] == ["fax-lines"]
    assert plan.numbers == {"sso": first, "snmp-used": second, "vpn-ssl": third}
    assert actions(engine) == before
    assert "beds" not in answer_set(engine, INSTRUMENT).answers
    assert take(engine, frozenset(), plan.numbers) == counted(plan)
    assert plan_import(engine, INSTRUMENT, THEIRS, frozenset({"sso"})).replaced == ("sso",)


def test_what_was_answered_since_it_was_seen_is_not_replaced(engine: Engine) -> None:
    basis = answer(engine, "sso", "no")
    seen = plan_import(engine, INSTRUMENT, THEIRS).numbers
    answer(engine, "sso", "unknown", basis)
    done = take(engine, frozenset({"sso"}), seen)
    assert [one.ours.value for one in done.differing] == ["unknown"]
    assert answer_set(engine, INSTRUMENT).answers["sso"].value == "unknown"
    assert take(engine, frozenset({"sso"}), {}).replaced == 0, "a record that was never seen"
    seen = plan_import(engine, INSTRUMENT, THEIRS).numbers
    assert take(engine, frozenset({"sso"}), seen).replaced == 1
    assert answer_set(engine, INSTRUMENT).answers["sso"].value == "yes"
