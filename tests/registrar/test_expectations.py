"""Claims about what is expected, in memory."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.model.expectation import Expectation, ExpectedMove, ExpectedReport
from leadglass.registrar import expectations as module
from leadglass.registrar.expectations import MAX_AHEAD, MAX_MOVE, MAX_TOLD, MAX_TOLD_BYTES, Expectations

NOW = 1_800_000_000_000_000_000
HOUR = 3_600_000_000_000


def move(name: str, *, until: int = NOW + HOUR, peer: str = "ws1", destination: str = "WS1") -> ExpectedMove:
    return ExpectedMove(name, "pacs", destination, peer, "10.0.0.5", "WS1", 7, "STUDY", studies=("1.2.3",), until=until)


def report(uid: str, *, until: int = NOW + HOUR, peer: str = "ct1") -> ExpectedReport:
    return ExpectedReport(uid, "pacs", peer, "10.0.0.7", "CT1", until)


def taken(held: Expectations, new: Expectation, now: int = NOW) -> str:
    error = held.refusal(new, now)
    if not error:
        held.add(new)
    return error


def test_moves_are_found_by_archive_and_destination_the_latest_first() -> None:
    held = Expectations()
    for name in ("a", "b", "c"):
        held.add(move(name))
    held.add(move("other", destination="WS2"))
    held.add(msgspec.structs.replace(move("elsewhere"), archive="vna"))
    assert [found.id for found in held.moves("pacs", "WS1", NOW)] == ["c", "b", "a"]
    held.extend("a", NOW + 2 * HOUR, NOW)
    assert [found.id for found in held.moves("pacs", "WS1", NOW)] == ["a", "c", "b"]
    assert held.moves("pacs", "ws1", NOW) == ()


def test_what_is_over_is_gone_and_what_is_extended_is_not() -> None:
    held = Expectations()
    held.add(move("a", until=NOW + 10))
    held.add(report("1.2", until=NOW + 10))
    assert held.moves("pacs", "WS1", NOW + 9)
    assert held.extend("a", NOW + 20, NOW + 9)
    assert held.moves("pacs", "WS1", NOW + 19)
    assert held.moves("pacs", "WS1", NOW + 20) == ()
    assert held.report("pacs", "1.2", NOW + 9)
    assert held.report("pacs", "1.2", NOW + 10) is None
    held.sweep(NOW + 20)
    assert len(held) == 0


def test_an_extension_never_shortens_and_never_revives() -> None:
    held = Expectations()
    held.add(move("a", until=NOW + 10))
    assert held.extend("a", NOW + 5, NOW) is None
    held.add(move("a", until=NOW + 5))
    assert held.moves("pacs", "WS1", NOW + 9)
    assert held.extend("a", NOW + 99, NOW + 10) is None
    assert held.extend("never kept", NOW + 99, NOW) is None
    assert held.moves("pacs", "WS1", NOW + 10) == ()


def test_nothing_is_expected_for_ever() -> None:
    held = Expectations()
    assert "more than a year" in held.refusal(move("a", until=2**63), NOW)
    assert "over already" in held.refusal(report("1.2", until=NOW), NOW)
    held.add(move("b"))
    extended = held.extend("b", 2**64 - 1, NOW)
    assert extended is not None
    assert extended.until == NOW + MAX_AHEAD


def test_a_commitment_is_found_by_archive_and_transaction_whoever_asked() -> None:
    held = Expectations()
    held.add(report("1.2"))
    assert held.report("pacs", "1.2", NOW) == report("1.2")
    assert held.report("vna", "1.2", NOW) is None
    assert held.report("pacs", "1.2.", NOW) is None
    held.add(report("1.2", until=NOW + 5))
    found = held.report("pacs", "1.2", NOW + 6)
    assert found is not None
    assert (found.peer, found.until) == ("ct1", NOW + HOUR), "asked again, it is not expected for less"


def test_nobody_takes_over_the_transaction_uid_of_another() -> None:
    held = Expectations()
    assert taken(held, report("1.2")) == ""
    assert "another device's" in taken(held, report("1.2", peer="ct2"))
    stranger = msgspec.structs.replace(report("1.2"), peer="", address="10.9.9.9")
    assert "another device's" in taken(held, stranger)
    assert taken(held, report("1.2", until=NOW + 2 * HOUR)) == "", "a device may ask again"
    assert taken(held, msgspec.structs.replace(report("1.2"), peer="")) == "", "as it did before it was known"
    assert taken(held, msgspec.structs.replace(report("1.2", peer="ct2"), archive="vna")) == ""
    found = held.report("pacs", "1.2", NOW)
    assert found is not None
    assert found.calling == "CT1"


def test_of_more_moves_than_can_be_told_the_one_that_names_the_object_is_told() -> None:
    held = Expectations()
    for number in range(3 * MAX_TOLD):
        held.add(msgspec.structs.replace(move(f"m{number}", peer=str(number)), studies=(f"1.2.{number}",)))
    assert "m5" not in {one.id for one in held.moves("pacs", "WS1", NOW)}
    told = held.moves("pacs", "WS1", NOW, ("P1", "1.2.5", "1.2.5.1"))
    assert [one.id for one in told[:2]] == ["m5", f"m{3 * MAX_TOLD - 1}"]
    assert len(told) == MAX_TOLD


def test_when_all_places_are_taken_the_new_are_refused_and_the_old_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MOVES", 8)
    monkeypatch.setattr(module, "MAX_REPORTS", 8)
    held = Expectations()
    for number in range(8):
        assert taken(held, move(f"m{number}", peer=f"p{number}")) == ""
        assert taken(held, report(f"1.{number}", peer=f"p{number}")) == ""
    assert "too much is expected already" in taken(held, move("one more", peer="new"))
    assert "too much is expected already" in taken(held, report("1.9", peer="new"))
    assert len(held) == 16
    assert taken(held, move("m3", peer="p3", until=NOW + 2 * HOUR)) == "", "what is held can be kept again"
    assert len(held.moves("pacs", "WS1", NOW)) == 8


def test_what_is_over_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MOVES", 4)
    held = Expectations()
    for number in range(4):
        assert taken(held, move(f"m{number}", peer=f"p{number}", until=NOW + 10)) == ""
    assert taken(held, move("late", peer="x", until=NOW + 99), NOW + 10) == ""


def test_one_requester_cannot_take_the_places_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REPORTS", 40)
    held = Expectations()
    told = [taken(held, report(f"1.{number}", peer="flood")) for number in range(40)]
    assert [not error for error in told] == [True] * 10 + [False] * 30
    assert "flood" in told[-1]
    assert taken(held, report("2.1", peer="ct1")) == ""
    stranger = msgspec.structs.replace(report("3.1"), peer="", address="10.9.9.9")
    assert taken(held, stranger) == ""


def test_the_bytes_of_one_and_of_all_moves_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Expectations()
    huge = msgspec.structs.replace(move("huge"), instances=tuple("1.2.3" for _ in range(MAX_MOVE)))
    assert "more than fits" in held.refusal(huge, NOW)
    assert "more than fits" in held.refusal(report("1" * 3_000), NOW)
    monkeypatch.setattr(module, "MAX_MOVES_BYTES", 300_000)
    large = msgspec.structs.replace(move("x"), instances=("1" * 60,) * 1_500)
    told = [taken(held, msgspec.structs.replace(large, id=str(number), peer=str(number))) for number in range(5)]
    assert [not error for error in told] == [True, True, True, False, False]


def test_an_answer_is_bounded_and_loses_the_oldest_only() -> None:
    held = Expectations()
    for number in range(MAX_TOLD + 44):
        held.add(move(f"m{number}", peer=str(number)))
    found = held.moves("pacs", "WS1", NOW)
    assert [one.id for one in found] == [f"m{number}" for number in range(MAX_TOLD + 43, 43, -1)]
    large = msgspec.structs.replace(move("x", destination="BIG"), instances=("1" * 60,) * 2_000)
    for number in range(100):
        held.add(msgspec.structs.replace(large, id=f"b{number}", peer=str(number)))
    told = held.moves("pacs", "BIG", NOW)
    assert told[0].id == "b99"
    assert 0 < len(told) < 100
    assert len(msgspec.msgpack.encode(told)) <= MAX_TOLD_BYTES + 10


@given(
    st.lists(
        st.tuples(st.sampled_from("kexs"), st.integers(0, 5), st.integers(1, 30), st.integers(0, 3)),
        max_size=60,
    )
)
def test_it_always_agrees_with_the_plain_telling_of_it(steps: list[tuple[str, int, int, int]]) -> None:
    held, plain, now = Expectations(), dict[str, tuple[str, int]](), NOW
    for action, number, ahead, passed in steps:
        now += passed
        name, where = f"m{number}", f"WS{number % 2}"
        plain = {key: value for key, value in plain.items() if value[1] > now}
        if action == "k":
            held.add(move(name, until=now + ahead, destination=where))
            plain[name] = where, max(now + ahead, plain.get(name, ("", 0))[1])
        elif action == "e" and name in plain:
            held.extend(name, now + ahead, now)
            plain[name] = where, max(now + ahead, plain[name][1])
        elif action == "x":
            held.sweep(now)
        for destination in ("WS0", "WS1"):
            found = {one.id: one.until for one in held.moves("pacs", destination, now)}
            assert found == {key: until for key, (at, until) in plain.items() if at == destination}
