"""The HTML: one file that needs nothing, a part that a strict policy passes, and hostile words that stay words."""

from __future__ import annotations

import hashlib
import html as entities
import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own
from tests.reporting.made import HOSTILE, before, report

from leadglass.reporting.html import body, document
from leadglass.reporting.reading import read

ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "main", "article", "section", "div", "p", "h1", "h2", "h3", "ul",
    "ol", "li", "strong", "span", "br", "a", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg",
    "path", "rect", "circle", "text",
}  # fmt: skip


def parsed(markup: str) -> etree._Element:
    return etree.fromstring(markup, etree.HTMLParser())


def plain(markup: str) -> str:
    return entities.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", markup)))


@pytest.fixture(scope="module")
def made() -> str:
    return document(report(previous=before())).decode()


@pytest.fixture(scope="module")
def hostile() -> str:
    long = f"{HOSTILE} " * 3
    one = report(facility=HOSTILE, by=HOSTILE, words=long, names=[HOSTILE], note=HOSTILE, previous=before())
    return document(one).decode()


def test_the_file_needs_nothing_from_anywhere(made: str) -> None:
    for node in parsed(made).iter(etree.Element):
        assert str(node.tag).rpartition("}")[2] in ELEMENTS, node.tag
        assert not {"src", "href", "srcset", "data", "style"} & set(node.attrib), node.tag
        assert not [name for name in node.attrib if name.startswith("on")]
    assert "url(" not in made
    assert "@import" not in made
    assert "default-src 'none'" in made


def test_hostile_words_stay_words(hostile: str) -> None:
    assert '<b onclick="alert(1)">' not in hostile
    assert '<b onclick="alert(1)">' in entities.unescape(hostile)
    assert "\u202e" not in hostile
    assert "⟨U+202E⟩" in hostile
    assert "{{ 7*7 }}" in hostile
    assert " 49" not in plain(hostile)[:200]
    test_the_file_needs_nothing_from_anywhere(hostile)


@pytest.mark.parametrize(
    "name", ["</style><script>alert(1)</script>", '"; } body { display: none } x { y: "', "\\", "a\nb"]
)
def test_no_name_ends_the_style_sheet(name: str) -> None:
    made = document(report(facility=name)).decode()
    style = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    assert len(style) == 1
    (running,) = re.findall(r"@top-left \{ content: (.*?); \}", style[0])
    assert re.fullmatch(r'"(\\[0-9a-f]{6})+"', running)
    assert "<script" not in made
    assert "display: none }" not in style[0]


def test_the_running_header_is_the_hospital(made: str) -> None:
    (running,) = re.findall(r'@top-left \{ content: "(.*?)"; \}', made)
    assert "".join(chr(int(code, 16)) for code in running.split("\\")[1:]) == "St. Elsewhere"
    assert 'content: "Page " counter(page) " of " counter(pages)' in made


def test_the_part_for_the_console_has_no_style_and_links_into_it() -> None:
    part = str(body(report()))
    assert "<style" not in part
    assert " style=" not in part
    links = {node.get("href") for node in parsed(part).iter("a")}
    assert any(str(link).startswith("/associations?text=") for link in links)
    assert any(str(link).startswith("/assess/controls/") for link in links)
    assert all(str(link).startswith("/") for link in links)


def test_every_measure_of_every_gap_is_there_with_recommendation_references_and_evidence(made: str) -> None:
    one, text = report(previous=before()), plain(made)
    assert len(one.gaps) > 10
    for gap in one.gaps:
        finding = one.by_control[gap.control]
        start = text.index(f"{gap.rank}. {finding.title}")
        end = text.find(f"{gap.rank + 1}. ", start)
        own = text[start:end]
        assert finding.remedy in own
        assert finding.patients in own
        assert re.search(r"References\. .+(verified|unverified) \[\d+\]", own)
        assert "against it:" in own or "for a part of it:" in own


def test_headings_step_down_one_at_a_time(made: str) -> None:
    levels = [int(node.tag[1]) for node in parsed(made).iter("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_first_report_says_so_and_a_later_one_what_moved(made: str) -> None:
    assert "This is the first report: there is nothing to compare it with." in plain(document(report()).decode())
    assert re.search(r"\d+ verdicts of \d+ changed since \d+ May 2026", plain(made))


def test_hidden_rows_of_the_cohort_print_their_number_alone(made: str) -> None:
    assert "answered; hidden: few hospitals" in plain(made)


def test_the_same_report_is_the_same_bytes_in_another_process(made: str) -> None:
    program = "\n".join(
        (
            "import hashlib",
            "from tests.reporting.made import before, report",
            "from leadglass.reporting.html import document",
            "print(hashlib.sha256(document(report(previous=before()))).hexdigest())",
        )
    )
    for seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "PYTHONPATH": "src:."}
        done = subprocess.run(
            (sys.executable, "-c", program), env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == hashlib.sha256(made.encode()).hexdigest()


def test_what_speaks_for_a_part_is_said_once() -> None:
    for lack in read(report()).lacks:
        words = [line.words for line in lack.evidence]
        assert len(set(words)) == len(words)
        said = [text.partition(":")[2] for text in words if "part of it" in text]
        assert not [text for text in words if "part of it" not in text and text.partition(":")[2] in said]
