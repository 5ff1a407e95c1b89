from __future__ import annotations

import random
import threading

import msgspec
import pytest
from sqlalchemy import Engine, select
from tests.assess.data import INSTRUMENT, NOW
from tests.store.appstate.outbox import actions, said

from leadglass.assess.contribution import FORMAT, Contribution
from leadglass.assess.instrument import Change
from leadglass.store.appstate import cohort, cohort_words
from leadglass.store.appstate.cohort import (
    Received,
    cohort_size,
    cohort_state,
    contribution_id,
    each_response,
    receive,
    receive_many,
    responses,
)
from leadglass.store.appstate.engine import AppStateConflictError, reading
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.tables import contributions

MANY = 10_000


def hospital(name: int, codes: dict[str, str], version: str = INSTRUMENT.version) -> Contribution:
    return Contribution(format=FORMAT, id=f"{name:032x}", instrument=version, codes=codes)


def take(engine: Engine, *received: Contribution) -> Received:
    return receive_many(engine, received, by="anna", address="10.0.0.1", at=NOW)


def one(engine: Engine, contribution: Contribution) -> str:
    return receive(engine, contribution, by="anna", address="10.0.0.1", at=NOW)


def test_the_own_id_is_random_and_made_once_whoever_asks_first(engine: Engine) -> None:
    together = threading.Barrier(6)
    found: list[str] = []

    def ask() -> None:
        together.wait(30)
        found.append(contribution_id(engine))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 6
    assert set(found) == {contribution_id(engine)}
    assert len(bytes.fromhex(found[0])) == 16


def test_a_response_is_read_as_it_was_given(engine: Engine) -> None:
    given = hospital(1, {"sso": "yes", "beds": "under-100"})
    assert one(engine, given) == "new"
    assert responses(engine) == {given.id: given.codes}
    (action,) = actions(engine)
    assert (action.user, action.action, action.subject, action.detail) == (
        "anna", "contribution-received", given.id, "new",
    )  # fmt: skip


def test_the_same_again_changes_nothing_and_an_update_replaces(engine: Engine) -> None:
    one(engine, hospital(1, {"sso": "yes", "beds": "under-100"}))
    state = cohort_state(engine)
    assert one(engine, hospital(1, {"beds": "under-100", "sso": "yes"})) == "same"
    assert (cohort_state(engine), pending(engine)) == (state, 1)
    assert one(engine, hospital(1, {"sso": "no"})) == "replaced"
    assert responses(engine) == {f"{1:032x}": {"sso": "no"}}
    assert cohort_state(engine) > state
    assert cohort_size(engine) == 1


def test_of_several_of_one_hospital_in_one_delivery_the_last_stands(engine: Engine) -> None:
    answers = [hospital(1, {"sso": "yes"}), hospital(2, {"sso": "no"}), hospital(1, {"sso": "unknown"})]
    assert take(engine, *answers) == Received(new=2, replaced=1)
    assert responses(engine) == {f"{1:032x}": {"sso": "unknown"}, f"{2:032x}": {"sso": "no"}}
    assert take(engine, *answers[1:]) == Received(same=2)
    assert said(engine) == [("contributions-received", "3")]
    assert actions(engine)[0].detail == "2 new, 1 replaced, 0 the same"
    assert take(engine) == Received()


def test_ten_thousand_hospitals_are_received_and_read_whole(engine: Engine) -> None:
    draw = random.Random(5)
    questions = list(INSTRUMENT.questions)
    given = [
        hospital(number, {one.id: draw.choice(list(one.answers)) for one in draw.sample(questions, 60)})
        for number in range(MANY)
    ]
    assert take(engine, *given) == Received(new=MANY)
    assert responses(engine) == {one.id: one.codes for one in given}
    changed = [msgspec.structs.replace(one, codes={"sso": "no"}) for one in given[:100]]
    assert take(engine, *changed, *given[100:200]) == Received(replaced=100, same=100)
    assert cohort_size(engine) == MANY
    with reading(engine) as connection:  # a few hundred bytes each
        assert sum(len(codes) for codes in connection.execute(select(contributions.c.codes)).scalars()) < 300 * MANY


def test_few_questions_can_be_read_and_one_hospital_after_the_other(engine: Engine) -> None:
    take(engine, *(hospital(number, {"sso": "yes", "beds": "under-100"}) for number in range(3)))
    one(engine, hospital(9, {"sso": "no"}))
    assert list(responses(engine, questions=frozenset({"beds"})).values()) == [{"beds": "under-100"}] * 3 + [{}]
    some = each_response(engine)
    assert next(some) == (f"{0:032x}", {"sso": "yes", "beds": "under-100"})
    some.close()
    one(engine, hospital(10, {"sso": "no"}))  # the reader that was left half way holds nothing up
    assert cohort_size(engine) == 5


def test_responses_of_an_earlier_version_can_be_brought_to_the_present(engine: Engine) -> None:
    now = msgspec.structs.replace(
        INSTRUMENT,
        changes=(
            Change(since="2026.1", question="single-login", to="sso", codes={"true": "yes"}),
            Change(since="2026.1", question="gone", to=""),
        ),
    )
    old = hospital(1, {"single-login": "true", "gone": "yes", "beds": "unknown"}, "2025.1")
    take(engine, old, hospital(2, {"sso": "no"}))
    assert responses(engine, now) == {old.id: {"sso": "yes", "beds": "unknown"}, f"{2:032x}": {"sso": "no"}}
    assert responses(engine)[old.id] == old.codes


FAULTS = (
    hospital(1, {"sso": "our hospital, ext. 4711"}),
    hospital(1, {"Free Text": "yes"}),
    hospital(1, {"sso": "<script>"}),
    hospital(1, {"sso": ""}),
    hospital(1, {f"q{number}": "yes" for number in range(1_001)}),
    hospital(1, {"sso": "yes"}, "<b>"),
    Contribution(format=FORMAT, id="St. Elsewhere", instrument="2026.1", codes={}),
)


def test_free_text_does_not_get_into_a_cohort(engine: Engine) -> None:
    for fault in FAULTS:
        with pytest.raises(AppStateConflictError) as caught:
            one(engine, fault)
        assert caught.value.hint
        with pytest.raises(AppStateConflictError):
            take(engine, hospital(2, {"sso": "yes"}), fault)
    assert (responses(engine), pending(engine)) == ({}, 0)


def test_a_cohort_is_bounded_and_so_are_its_words(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort, "MAX_CONTRIBUTIONS", 2)
    monkeypatch.setattr(cohort_words, "MAX_WORDS", 4)
    take(engine, hospital(1, {"sso": "yes"}), hospital(2, {"sso": "no"}))
    with pytest.raises(AppStateConflictError, match="2 hospitals"):
        one(engine, hospital(3, {"sso": "no"}))
    assert one(engine, hospital(1, {"sso": "no"})) == "replaced"
    with pytest.raises(AppStateConflictError, match="4 different"):
        one(engine, hospital(1, {"new": "words"}))
    assert responses(engine) == {f"{name:032x}": {"sso": "no"} for name in (1, 2)}


def test_a_delivery_larger_than_a_batch_is_taken_in_parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort, "MAX_BATCH", 2)
    assert take(engine, *(hospital(number, {"sso": "yes"}) for number in range(5))) == Received(new=5)
    assert said(engine) == [("contributions-received", number) for number in ("2", "2", "1")]
    assert cohort_size(engine) == 5


def test_two_who_deliver_at_once_lose_nothing(engine: Engine) -> None:
    """Both bring words that neither found stored."""
    together = threading.Barrier(4)

    def deliver(start: int) -> None:
        together.wait(30)
        take(engine, *(hospital(start + number, {f"q{start}": f"a{number}"}) for number in range(50)))

    threads = [threading.Thread(target=deliver, args=(start,)) for start in (1_000, 2_000, 3_000, 4_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    wanted = {
        f"{start + number:032x}": {f"q{start}": f"a{number}"}
        for start in (1_000, 2_000, 3_000, 4_000)
        for number in range(50)
    }
    assert responses(engine) == wanted
