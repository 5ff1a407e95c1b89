"""Claims about Markdown of text from outside, asked of a parser of CommonMark."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.assess import cases

from leadglass.assess.markdown import items, table, text
from leadglass.assess.plain import plain

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def leaves(tokens: list[Token]) -> list[Token]:
    inner = [leaf for token in tokens for leaf in token.children or ()]
    return [*inner, *(token for token in tokens if not token.nesting and token.type != "inline")]


def shown(tokens: list[Token]) -> str:
    """What a reader sees; it fails where anything is more than text."""
    found = leaves(tokens)
    assert {one.type for one in found} <= {"text", "text_special"}, found
    return "".join(one.content for one in found)


@settings(deadline=None)
@given(st.text(st.one_of(st.sampled_from("\\`*_{}[]()<>#+-.!|~&$@^=:/ 1aw\n"), st.characters(codec=None)), max_size=60))
@example(cases.HOSTILE)
@example("1. one")
@example("- one")
@example("***")
@example("===")
@example("<!-- -->")
@example("&lt;b&gt; &#60; &copy;")
@example("    code")
@example("[a]: /b")
@example("a\\")
@example("~~~")
@example("a #")
@example("a b ###")
@example("a  \\")
def test_a_reader_sees_the_text_as_it_is(given_text: str) -> None:
    wanted = plain(given_text)
    for before in ("", "- ", "### ", "**Name**: "):
        tokens = PARSER.parse(before + text(wanted))
        if not before.startswith("**"):
            assert shown(tokens).strip() == wanted
    (row,) = [one for one in PARSER.parse("\n".join(table(("h",), [(wanted,), ("x",)]))) if one.type == "tbody_open"]
    assert row
    cells = [one for one in PARSER.parse("\n".join(table(("h",), [(wanted,)]))) if one.type == "inline"]
    assert [shown([one]).strip() for one in cells] == ["h", wanted]


@pytest.mark.parametrize("link", ["https://evil.example", "www.evil.example", "WWW.evil.example", "ftp://evil.example"])
def test_an_address_is_no_link_where_addresses_become_links(link: str) -> None:
    found = text(f"see {link} there")
    assert link not in found
    assert "\\" in found


def test_a_table_or_list_of_nothing_is_nothing() -> None:
    assert table(("a", "b"), ()) == []
    assert items(()) == []
