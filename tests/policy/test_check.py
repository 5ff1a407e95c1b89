"""The tests beside the policy: what passes, what fails, and where the fault is said to stand."""

from __future__ import annotations

import dataclasses

import pytest
from tests.policy.hospital import WORKSTATION, generation, replace

from leadglass.errors import ConfigurationError
from leadglass.policy.check import MAX_TESTS, accept, run_tests
from leadglass.policy.engine import Engine

ENGINE = Engine.build(generation())

GOOD = """
[[test]]
peer = "ct2"
operation = "C-STORE"
sop_class = "CT Image Storage"
archive = "pacs"
at = "2026-11-24T10:00"
expect = "allow"
rule = "store-permitted"
why = "the day's work"

[[test]]
peer = "ct2"
operation = "C-STORE"
sop_class = "MRImageStorage"
archive = "pacs"
at = 2026-11-24T10:00:00
expect = "deny"
rule = "store-permitted"

[[test]]
peer = "ct2"
operation = "C-ECHO"
archive = "pacs"
at = "2026-11-24T03:00+01:00"
expect = "deny"
rule = "forbid-outside-hours"
"""


def failures(text: str) -> list[str]:
    return [str(failure) for failure in run_tests(ENGINE, text, "tests.toml")]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_good_tests_pass_and_the_generation_is_accepted() -> None:
    assert failures(GOOD) == []
    assert accept(generation(), GOOD, "tests.toml").generation == generation()
    assert accept(generation(), "", "tests.toml")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            'expect = "allow"',
            'expect = "deny"',
            2,
            "should be refused (the day's work) but is allowed by store-permitted",
        ),
        (
            'expect = "deny"',
            'expect = "allow"',
            12,
            "nearest is store-permitted, SOP class MR Image Storage is not among",
        ),
        (
            'rule = "forbid-outside-hours"',
            'rule = "forbid-blocked"',
            21,
            "should be decided by forbid-blocked but is refused",
        ),
        (
            'rule = "forbid-outside-hours"',
            'rule = "forbid-outside"',
            21,
            "rule forbid-outside is not known; there is forbid-outside-hours",
        ),
        ('peer = "ct2"', 'peer = "ct3"', 2, "peer ct3 is not known; there is ct2"),
        ('archive = "pacs"', 'archive = "pax"', 2, "archive pax is not known"),
        ('operation = "C-ECHO"', 'operation = "C-ECO"', 21, "operation C-ECO is not known; there is C-ECHO"),
        ('expect = "allow"', 'expect = "yes"', 2, "expect yes is not known; there is allow, deny"),
        ('expect = "allow"\n', "", 2, "needs expect"),
        ('sop_class = "CT Image Storage"\n', "", 2, "needs a sop_class"),
        ('"CT Image Storage"', '"CT Picture"', 2, "no SOP class is named CT Picture"),
        ('expect = "allow"', 'expects = "allow"', 2, "unknown key expects, perhaps expect"),
        ('archive = "pacs"', "archive = 7", 2, "archive must be a text"),
        ('"2026-11-24T10:00"', '"tomorrow"', 2, "at: "),
        ('"2026-11-24T10:00"', '"2026-03-29T02:30"', 2, "does not exist in Europe/Amsterdam"),
    ],
)
def test_a_test_that_fails_or_cannot_be_run_is_told_with_its_line(old: str, new: str, line: int, words: str) -> None:
    (failure,) = failures(changed(old, new))
    assert failure.startswith(f"tests.toml:{line}: ")
    assert words in failure


def test_a_generation_is_refused_naming_the_first_failures() -> None:
    text = GOOD.replace('expect = "allow"', 'expect = "deny"') * 5
    with pytest.raises(ConfigurationError) as caught:
        accept(generation(), text, "tests.toml")
    assert str(caught.value).startswith("tests.toml:2: ")
    assert caught.value.message.count("should be refused") == 3
    assert caught.value.message.endswith("(and 2 more)")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[test]]\npeer = ct2\n", 2, "no TOML"),
        ("title = 1\n", 0, "only"),
        ("test = 1\n", 0, "only"),
        ("[[test]]\n" * (MAX_TESTS + 1), 0, "more than"),
        ("x = " + "[" * 100_000, 0, "no TOML"),
    ],
)
def test_a_file_that_holds_no_tests_is_refused(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        run_tests(ENGINE, text, "tests.toml")
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_a_header_inside_a_string_gives_no_wrong_line() -> None:
    text = GOOD.replace('"the day\'s work"', '"""\n[[test]]\n"""').replace('expect = "allow"', 'expect = "deny"')
    (failure,) = failures(text)
    assert failure.startswith("tests.toml: ")


def test_a_peer_blocked_by_hand_is_blocked_whatever_a_test_expects_of_it() -> None:
    blocked = tuple(
        dataclasses.replace(peer, status="blocked") if peer.id == "ct2" else peer for peer in generation().peers
    )
    text = GOOD.split("[[test]]")[1]
    assert accept(dataclasses.replace(generation(), peers=blocked), "[[test]]" + text, "tests.toml")


MESSAGE = """
[[test]]
peer = "ws"
operation = "C-MOVE"
sop_class = "Study Root Query/Retrieve Information Model - MOVE"
archive = "pacs"
at = "2026-11-24T10:00"
level = "STUDY"
destination = "WS9"
patient = "4711"
issuer = "HOSP"
keys = ["StudyInstanceUID"]
expect = "deny"
rule = "forbid-other-destination"
[[test]]
peer = "ws"
operation = "C-MOVE"
sop_class = "CT Image Storage"
archive = "pacs"
at = "2026-11-24T10:00"
destination = "WS1"
object = true
expect = "allow"
"""


def test_a_test_may_say_what_the_message_says() -> None:
    engine = Engine.build(generation(replace(WORKSTATION, destinations=("WS1",))))
    assert run_tests(engine, MESSAGE, "tests.toml") == []
    (failure,) = run_tests(engine, MESSAGE.replace('"WS9"', '"WS1"'), "tests.toml")
    assert "level STUDY, destination WS1, patient 4711, issuer HOSP" in failure.message


@pytest.mark.parametrize(
    "line", ['keys = "PatientID"', "keys = [1]", "object = false", 'object = "true"', "level = 1", "patient = 4711"]
)
def test_what_a_message_says_must_be_of_its_kind(line: str) -> None:
    name = line.partition(" ")[0]
    text = "\n".join(row for row in MESSAGE.partition("[[test]]\npeer")[2].splitlines() if not row.startswith(name))
    engine = Engine.build(generation())
    found = run_tests(engine, f"[[test]]\n{line}\npeer{text.partition('[[test]]')[0]}", "tests.toml")
    assert [failure.message.split()[0] for failure in found] == [name]
