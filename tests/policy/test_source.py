"""Policy text: what is refused when a generation is built, and where the fault is said to stand."""

from __future__ import annotations

import re
from pathlib import Path

import cedarpy
import pytest

from leadglass.errors import ConfigurationError
from leadglass.policy import defaults
from leadglass.policy.shipped import SCHEMA
from leadglass.policy.source import MAX_NESTING, MAX_OPERATORS, MAX_POLICIES, MAX_TEXT, join, policies

SCHEMA_HANDLE = cedarpy.Schema.from_str(SCHEMA)
HEAD = '@id("{}")\n@why("w")\n'


def fault(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        policies(
            join([("first.cedar", HEAD.format("first") + "permit (principal, action, resource);"), ("b.cedar", text)]),
            SCHEMA_HANDLE,
        )
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    return caught.value


def test_the_shipped_policies_stand_in_their_files() -> None:
    found = policies(defaults(), SCHEMA_HANDLE)
    assert [policy.id for policy in found] == [
        "echo-permitted",
        "store-permitted",
        "query-permitted",
        "retrieve-permitted",
        "retrieved-object-permitted",
        "worklist-permitted",
        "procedure-step-permitted",
        "commitment-permitted",
        "commitment-report-permitted",
        "print-permitted",
        "other-service-permitted",
        "forbid-blocked",
        "forbid-outside-hours",
        "forbid-other-archive",
        "forbid-other-destination",
        "forbid-other-level",
    ]
    assert str(found[-1].place) == "90-limits.cedar:23"
    assert all(policy.why.endswith(".") for policy in found)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n\npermit (principal action, resource);", 3, "cannot be read"),
        (
            "// comment; with semicolon\n" + HEAD.format("x") + "permit (principal, action, resource)",
            2,
            "cannot be read",
        ),
        ("permit (principal, action, resource);", 1, "no @id"),
        ('@id("Not OK")\n@why("w")\npermit (principal, action, resource);', 1, "lower case"),
        ('@id("x")\npermit (principal, action, resource);', 1, "no @why"),
        ('\n@id("x")\n@why("  ")\npermit (principal, action, resource);', 2, "no @why"),
        (HEAD.format("first") + "permit (principal, action, resource);", 1, "two policies"),
        (HEAD.format("x") + "permit (principal == ?principal, action, resource);", 1, "template"),
        (HEAD.format("x") + "permit (principal, action, resource) when { context.hour < 7 };", 1, "`hour`"),
        (HEAD.format("x") + "forbid (principal, action, resource) when { principal.title < 7 };", 1, "schema"),
        (HEAD.format("x") + 'permit (principal, action == Action::"C-STOR", resource);', 1, "C-STOR"),
        (HEAD.format("x") + 'permit (principal, action, resource) when { "a;//" == "b };', 1, "cannot be read"),
    ],
)
def test_a_fault_is_refused_with_file_and_line(text: str, line: int, words: str) -> None:
    error = fault(text)
    assert words in error.message
    assert error.place is not None
    assert (error.place.file, error.place.line) == ("b.cedar", line)


@pytest.mark.parametrize(
    "body",
    [
        "(" * (MAX_NESTING + 1) + "true" + ")" * (MAX_NESTING + 1),
        "(" * 100_000,
        "[" * 100_000,
        "true && " * 50_000 + "true",
        "if true then true else " * 20_000 + "true",
        "1" + " + 1" * MAX_OPERATORS + " > 1",
        "context" + ".a" * 50_000,
    ],
)
def test_nesting_that_overflows_cedars_stack_is_refused_before_cedar_sees_it(body: str) -> None:
    assert (
        "nests deeper"
        in fault(HEAD.format("x") + "permit (principal, action, resource) when { " + body + " };").message
    )


def test_text_and_number_of_policies_are_bounded() -> None:
    with pytest.raises(ConfigurationError, match="longer than"):
        policies("/" * (MAX_TEXT + 1), SCHEMA_HANDLE)
    many = "".join(HEAD.format(f"p{n}") + "permit (principal, action, resource);\n" for n in range(MAX_POLICIES))
    assert "more than" in fault(many).message


def test_no_policy_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no policy"):
        policies("// nothing\n", SCHEMA_HANDLE)


def test_strings_with_semicolons_quotes_and_comment_marks_are_one_policy() -> None:
    text = HEAD.format("x") + r'permit (principal, action, resource) when { principal.title == "a;//\"" };'
    (policy,) = policies(text + "\n//@ file: no mark inside\n", SCHEMA_HANDLE)
    assert policy.id == "x"


def test_the_policy_in_the_documentation_fits_the_schema() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "policy.md").read_text("utf-8")
    examples = re.findall(r"```cedar\n(.*?)```", page, re.DOTALL)
    assert examples
    for text in examples:
        assert policies(text, SCHEMA_HANDLE)
    for rule in policies(defaults(), SCHEMA_HANDLE):
        assert f"`{rule.id}`" in page
