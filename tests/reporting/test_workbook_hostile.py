"""Workbooks made to harm: refused within their bounds, with a reason, before anything reads a cell."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from tests.assess.data import INSTRUMENT
from tests.reporting.books import AT, SURVEY, at, book, edited, packed, parts, replaced

from leadglass.assess.interchange import MAX_FILE, AnswerFileError
from leadglass.reporting.answer_file import read
from leadglass.reporting.workbook_archive import MAX_ENTRIES, MAX_UNPACKED, unpack
from leadglass.reporting.workbook_layout import ANSWER, NOTE
from leadglass.reporting.workbook_sheet import MAX_CHARACTERS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT

MEBIBYTE = 1_048_576


def fault(data: bytes) -> str:
    """Why a file is refused; its memory stays within a few times the bound of what is unpacked."""
    tracemalloc.start()
    try:
        with pytest.raises(AnswerFileError) as caught:
            read(data, INSTRUMENT, by="ann", at=AT)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_UNPACKED
    finally:
        tracemalloc.stop()
    assert caught.value.hint
    assert len(str(caught.value)) < 500
    return str(caught.value)


def test_a_file_beyond_the_bound_is_refused_unread() -> None:
    assert fault(b"PK\x03\x04" + bytes(MAX_FILE)) == f"larger than {MAX_FILE} bytes"


@pytest.mark.parametrize(
    "data",
    [b"PK", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + b"x" * 1000, packed({"a.txt": b"no workbook"})],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    assert fault(data).startswith("no workbook: ")


def test_a_password_is_told_from_damage() -> None:
    assert "with a password" in fault(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    data = bytearray(book())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = data.find(mark)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(mark, place + 4)
    assert "encrypted" in fault(bytes(data))


def test_an_opendocument_table_is_no_workbook() -> None:
    found = packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"})
    assert "it has no xl/workbook.xml" in fault(found)


def test_a_bomb_is_refused_for_what_it_declares() -> None:
    data = packed(parts(book()) | {SURVEY: b" " * (100 * MEBIBYTE)})
    assert len(data) < MEBIBYTE
    assert "unpacks to 1" in fault(data)


def test_a_bomb_that_declares_little_is_counted_while_it_inflates() -> None:
    data = bytearray(packed(parts(book()) | {SURVEY: b" " * (100 * MEBIBYTE)}))
    name = SURVEY.encode()
    for mark, size, start in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        place = data.find(mark)
        while data[place + start : place + start + len(name)] != name:
            place = data.find(mark, place + 4)
        data[place + size : place + size + 4] = struct.pack("<I", 1_000)
    assert fault(bytes(data)).startswith(("no workbook: ", "it unpacks to more than"))


def test_a_bomb_in_a_part_that_is_not_read_is_never_inflated() -> None:
    data = packed(parts(book(beds=3)) | {"xl/media/image1.png": b" " * (100 * MEBIBYTE)})
    tracemalloc.start()
    found = read(data, INSTRUMENT, by="ann", at=AT)
    assert tracemalloc.get_traced_memory()[1] < 10 * MEBIBYTE
    tracemalloc.stop()
    assert found.received.answers.values() == {"beds": 3}


def test_many_parts_that_together_are_too_much_are_refused() -> None:
    sheets = {f"xl/worksheets/sheet{number}.xml": b" " * MEBIBYTE for number in range(10, 50)}
    assert "unpacks to 4" in fault(packed(parts(book()) | sheets))


def test_an_archive_of_very_many_entries_is_refused() -> None:
    many = packed({f"{number}.xml": b"" for number in range(MAX_ENTRIES + 1)})
    assert f"more than {MAX_ENTRIES} files" in fault(many)


def test_two_parts_of_one_name_are_refused() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts(book()).items():
            archive.writestr(name, content)
        archive.writestr(SURVEY.upper(), b"<worksheet/>")
    assert "two of its parts have the same name" in fault(target.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method: int) -> None:
    assert "packed in a way" in fault(packed(parts(book()), method))


def test_macros_are_refused() -> None:
    assert "macros" in fault(packed(parts(book()) | {"xl/vbaProject.bin": b"x"}))


def test_links_and_queries_to_elsewhere_are_never_handed_on() -> None:
    link = b'<externalLink xmlns="x"><externalBook r:id="rId1"/></externalLink>'
    data = packed(parts(book(beds=3)) | {"xl/externalLinks/externalLink1.xml": link, "xl/connections.xml": b"<x/>"})
    assert read(data, INSTRUMENT, by="ann", at=AT).received.answers.values() == {"beds": 3}
    handed = unpack(data)
    assert not [name for name in handed if "ink" in name or "connection" in name or "docProps" in name]
    assert set(handed) <= set(parts(book()))


@pytest.mark.parametrize(
    "part", [SURVEY, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
)
def test_a_document_type_is_refused_with_its_entities(part: str) -> None:
    entities = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    found = parts(book())
    head, rest = found[part].split(b"?>", 1)
    assert fault(packed(found | {part: head + b"?>" + entities.encode() + rest})) == f"{part} declares a document type"


@pytest.mark.parametrize("part", [SURVEY, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        b"<a/>\x00",
        "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"),
    ],
)
def test_a_part_that_is_no_xml_in_utf_8_is_refused(part: str, content: bytes) -> None:
    assert fault(packed(parts(book()) | {part: content})).startswith(f"{part} is damaged: ")


@pytest.mark.parametrize("cell", ["XFD1048576", f"A{MAX_ROWS + 1}", "CW3", "ZZZ9999999"])
def test_a_cell_far_out_is_refused(cell: str) -> None:
    row = "".join(sign for sign in cell if sign.isdigit())
    far = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row></sheetData>'
    found = fault(replaced(book(), SURVEY, "</sheetData>", far))
    assert found == f"there is a cell at {cell}"
    assert MAX_COLUMNS == 100


@pytest.mark.parametrize("cell", ["", "3", "D", "d3", "D0", "D-1", "$D$3", "&#88;FD3", "D3:D9", "D٣"])
def test_a_cell_whose_place_is_none_is_refused(cell: str) -> None:
    data = edited(book(), {at("beds", ANSWER): f'<c r="{cell}"><v>1</v></c>'})
    assert fault(data).startswith(("a cell does not say where it is", "there is a cell at"))


def test_very_many_cells_are_refused() -> None:
    rows = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{letter}{row}"/>' for letter in "ABCDEFGHIJ") + "</row>"
        for row in range(200, 2_300)
    )
    assert "more than 20,000 cells" in fault(replaced(book(), SURVEY, "</sheetData>", rows + "</sheetData>"))


def test_very_many_elements_are_refused() -> None:
    assert "more than 200,000 elements" in fault(
        replaced(book(), SURVEY, "</sheetData>", "</sheetData>" + "<a/>" * 200_001)
    )


def test_one_long_text_is_refused_wherever_it_stands() -> None:
    long = "x" * (MAX_TEXT + 1)
    inline = f'<c r="{at("beds", NOTE)}" t="inlineStr"><is><t>{long}</t></is></c>'
    assert "a text of more than 32,767 characters" in fault(edited(book(), {at("beds", NOTE): inline}))
    shared = replaced(book(), "xl/sharedStrings.xml", "</sst>", f"<si><t>{long}</t></si></sst>")
    assert "a text of more than 32,767 characters" in fault(shared)


def test_a_text_that_very_many_cells_share_counts_in_each() -> None:
    data = replaced(book(), "xl/sharedStrings.xml", "</sst>", f"<si><t>{'x' * MAX_TEXT}</t></si></sst>")
    index = parts(data)["xl/sharedStrings.xml"].count(b"<si>") - 1
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>{index}</v></c></row>' for row in range(200, 500))
    assert f"more than {MAX_CHARACTERS:,} characters" in fault(
        replaced(data, SURVEY, "</sheetData>", rows + "</sheetData>")
    )


@pytest.mark.parametrize("index", ["999999", "-1", "x", "²"])
def test_a_shared_text_that_is_not_there_is_refused(index: str) -> None:
    data = edited(book(), {at("beds", NOTE): f'<c r="{at("beds", NOTE)}" t="s"><v>{index}</v></c>'})
    assert fault(data) == "“Survey” has a cell that holds nothing that can be read"


@pytest.mark.parametrize("count", ["4294967296", "18446744073709551616", "-1"])
def test_no_memory_is_taken_for_what_a_part_says_it_holds(count: str) -> None:
    data = book(beds=3)
    for part, name in (("xl/sharedStrings.xml", " uniqueCount"), ("xl/sharedStrings.xml", " count")):
        before = parts(data)[part].decode().split(f'{name}="')[1].split('"')[0]
        data = replaced(data, part, f'{name}="{before}"', f'{name}="{count}"')
    data = replaced(data, SURVEY, 'ref="A1:J97"', 'ref="A1:XFD1048576"')
    assert read(data, INSTRUMENT, by="ann", at=AT).received.answers.values() == {"beds": 3}


def test_two_sheets_of_one_name_are_refused() -> None:
    assert "the same name" in fault(replaced(book(), "xl/workbook.xml", 'name="Read me"', 'name="SURVEY"'))


def test_sheets_that_point_outside_are_not_read() -> None:
    data = replaced(book(), "xl/_rels/workbook.xml.rels", "worksheets/sheet2.xml", "../../../etc/passwd")
    assert fault(data) == "no sheet of it is the survey"


def test_very_many_sheets_are_refused() -> None:
    sheets = "".join(f'<sheet name="s{number}" sheetId="{number}" r:id="rId1"/>' for number in range(10, 80))
    assert "more than 60 sheets" in fault(replaced(book(), "xl/workbook.xml", "</sheets>", sheets + "</sheets>"))


def test_any_damage_is_an_error_of_ours_and_never_another_answer() -> None:
    """Flips and cuts in the packed file and in its parts: refused, or read as nothing but answers to questions."""
    draw = random.Random(5)
    whole, unpacked = book(beds=3, firewall_ris="no", sso="yes"), parts(book(beds=3, firewall_ris="no", sso="yes"))
    read_parts = [name for name in unpacked if name.startswith("xl/w") or name.endswith("Strings.xml")]
    refused = 0
    for turn in range(400):
        if turn % 2:
            data = bytearray(whole)
            for _ in range(draw.randint(1, 4)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            made = bytes(data[: draw.choice((len(data), draw.randrange(len(data))))])
        else:
            name = draw.choice(read_parts)
            part = bytearray(unpacked[name])
            start = draw.randrange(len(part))
            part[start : start + draw.randint(0, 8)] = draw.choice((b"", b"<", b"9", b'"', b"</c>", b"s", b"\xff"))
            made = packed(unpacked | {name: bytes(part)})
        try:
            found = read(made, INSTRUMENT, by="ann", at=AT).received.answers
        except AnswerFileError:
            refused += 1
            continue
        assert all(INSTRUMENT.by_id[name].code(value) for name, value in found.values().items())
    assert refused > 100
