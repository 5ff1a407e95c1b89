"""The PDF as others' tools read it: one page for the director, safe margins, the same bytes, and nothing executed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typst
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own
from tests.reporting.made import AT, HOSTILE, before, report

from leadglass.assess.report import Report
from leadglass.reporting import pdf as setting
from leadglass.reporting.pdf import pdf

MILLIMETRE = 72 / 25.4
SUMMARY = ("What to do first", "What this rests on", "proven", "claimed only", "unknown")


def tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: apt-get install poppler-utils"
    return found


def text(file: Path, *options: str) -> str:
    done = subprocess.run(
        (tool("pdftotext"), "-layout", *options, str(file), "-"), capture_output=True, text=True, check=True
    )
    return done.stdout


def page(file: Path, number: int) -> str:
    return text(file, "-f", str(number), "-l", str(number))


def information(file: Path) -> dict[str, str]:
    done = subprocess.run((tool("pdfinfo"), str(file)), capture_output=True, text=True, check=True)
    return {name: value.strip() for name, _, value in (line.partition(":") for line in done.stdout.splitlines())}


def words(file: Path) -> list[tuple[int, float, float, float, float]]:
    """Page and box of every word."""
    done = subprocess.run((tool("pdftotext"), "-bbox", str(file), "-"), capture_output=True, check=True)
    tree = etree.fromstring(done.stdout, etree.XMLParser(recover=True))
    found = []
    for number, one in enumerate(tree.iter("{*}page"), start=1):
        for word in one.iter("{*}word"):
            left, top, right, bottom = (float(word.get(name, "")) for name in ("xMin", "yMin", "xMax", "yMax"))
            found.append((number, left, top, right, bottom))
    return found


def worst() -> Report:
    """Every text from outside as long and as hostile as it can be."""
    long = f"{HOSTILE} " * 40
    return report(
        facility=(HOSTILE * 3)[:200], by=HOSTILE[:200], words=long, conflicts=20,
        names=[f"{number} {HOSTILE[:150]}" for number in range(9)], note=long[:1000], risks=400, previous=before(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pdf") / "plain.pdf"
    file.write_bytes(pdf(report(previous=before())))
    return file


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pdf") / "hostile.pdf"
    file.write_bytes(pdf(worst()))
    return file


@pytest.mark.parametrize("made", ["plain", "hostile"])
def test_the_directors_summary_is_the_first_page_and_no_more(made: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(made)
    first = page(file, 1)
    for words in SUMMARY:
        assert words in first, words
    second = page(file, 2)
    assert "How far the survey is answered" in second
    assert "What this rests on" not in second


def test_the_first_page_says_where_the_hospital_stands_with_numerator_denominator_and_unknowns(plain: Path) -> None:
    one = report(previous=before()).standing
    first = " ".join(page(plain, 1).split())
    assert one.words in first
    for count, label in (
        (one.met, "proven"), (one.claimed, "claimed only"), (one.partly, "partly"), (one.not_met, "not met"),
        (one.contradicted, "contradicted"), (one.unknowns, "unknown"),
    ):  # fmt: skip
        assert f"{count} {label}" in first, label
    assert f"{one.denominator} of them can be judged today" in first


def test_the_first_page_names_a_contradiction_with_both_its_sides(plain: Path) -> None:
    first = " ".join(page(plain, 1).split())
    assert "Answered, for it:" in first
    assert "Seen in traffic, against it: CT2 at 10.20.0.17 opened an association without TLS" in first


def test_every_chapter_is_there(plain: Path) -> None:
    whole = text(plain)
    for chapter in (
        "The hospital", "Where the hospital stands, area by area", "Where sources differ",
        "Gaps, and how to close them", "Beside other hospitals", "What could not be seen", "Decided not to apply",
        "Risk register", "Change since last time", "References", "How this report was made",
    ):  # fmt: skip
        assert re.search(rf"^\s*{chapter}\s*$", whole, re.MULTILINE), chapter
    assert "unverified" in whole
    assert re.search(r"verdicts of \d+ changed since \d+ May 2026", whole)


def test_every_page_has_the_hospital_the_day_and_its_number(plain: Path) -> None:
    pages = int(information(plain)["Pages"])
    assert pages > 5
    for number in (1, 2, pages):
        lines = [line for line in page(plain, number).splitlines() if line.strip()]
        assert "St. Elsewhere" in lines[0]
        assert "24 November 2026" in lines[0]
        assert f"Page {number} of {pages}" in lines[-1]


@pytest.mark.parametrize("made", ["plain", "hostile"])
def test_everything_lies_within_what_prints_on_a4_and_on_us_letter(made: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(made)
    assert "A4" in information(file)["Page size"]
    lowest = (279.4 - 6) * MILLIMETRE  # Letter is lower than A4: set from the top, this is its last printable line
    for number, left, top, right, bottom in words(file):
        assert top > 15 * MILLIMETRE, number  # centred, it loses 9 mm at each end
        assert bottom < lowest, number
        assert left > 12 * MILLIMETRE, number
        assert right < (210 - 12) * MILLIMETRE, number


def test_it_is_tagged_and_declares_pdf_a_and_pdf_ua(plain: Path) -> None:
    found = information(plain)
    assert found["Tagged"] == "yes"
    assert found["Title"] == "Security of the imaging network: St. Elsewhere"
    raw = plain.read_bytes()
    assert b"pdfaid:part>2" in raw
    assert b"pdfuaid:part>1" in raw


def test_fonts_are_those_inside_typst_and_embedded(plain: Path) -> None:
    done = subprocess.run((tool("pdffonts"), str(plain)), capture_output=True, text=True, check=True)
    rows = done.stdout.splitlines()[2:]
    assert rows
    for row in rows:
        assert "Libertinus" in row or "NewCM" in row or "DejaVuSansMono" in row, row
        assert re.search(r"yes yes yes", row), row


def test_the_same_report_is_the_same_bytes_in_another_process_with_another_hash_seed(plain: Path) -> None:
    program = "\n".join(
        (
            "import hashlib",
            "from tests.reporting.made import before, report",
            "from leadglass.reporting.pdf import pdf",
            "print(hashlib.sha256(pdf(report(previous=before()))).hexdigest())",
        )
    )
    own = hashlib.sha256(plain.read_bytes()).hexdigest()
    for seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": "src:."}
        done = subprocess.run(
            (sys.executable, "-c", program), env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == own


def test_markup_and_code_from_outside_stand_there_as_text(hostile: Path) -> None:
    whole = text(hostile)
    assert '#read("/etc/passwd")' in whole
    assert "root:" not in whole
    assert "\\include" in whole
    assert "{{ 7*7 }}" in whole
    assert '<b onclick="alert(1)">' in whole
    assert "\u202e" not in whole
    assert "U+202E" in whole


def test_nothing_in_it_can_act(hostile: Path) -> None:
    assert information(hostile)["JavaScript"] == "no"
    raw = hostile.read_bytes()
    for action in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile", b"/OpenAction"):
        assert action not in raw, action


def test_the_template_reads_no_file_even_if_it_wanted_to(tmp_path: Path) -> None:
    """What the compiler itself does about a file, should a template ever ask."""
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(typst.TypstError):
        typst.compile(f'#read("{tmp_path / "secret"}")'.encode(), format="svg", ignore_system_fonts=True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Østergård Hôpital Čapek", "Østergård Hôpital Čapek"),
        ("Νοσοκομείο Больница", "Νοσοκομείο Больница"),
        ("放射線病院", "U+653E"),
        ("\U0001f3e5 Hospital", "U+1F3E5"),
        ("\udfff lone", "U+DFFF"),
    ],
)
def test_a_name_in_any_script_makes_a_report(name: str, shown: str, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf(report(facility=name)))
    assert shown in page(file, 1)


def test_what_is_left_out_of_a_long_register_is_counted(hostile: Path) -> None:
    assert "more are in the JSON and CSV files of this report." in " ".join(text(hostile).split())


def test_more_than_can_be_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "MAX_SHEET", 1_000)
    with pytest.raises(setting.PdfError, match="too large"):
        pdf(report())


def test_many_reports_leave_no_memory_behind() -> None:
    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    one = report()
    for _ in range(2):
        pdf(one)
    begun = resident()
    for _ in range(5):
        pdf(one)
    assert resident() - begun < 60_000_000  # without forgetting it is about 150 MB


def test_the_time_in_it_is_the_reports(plain: Path) -> None:
    assert information(plain)["CreationDate"].startswith(AT.strftime("%a %b %e %H:%M:%S %Y"))
