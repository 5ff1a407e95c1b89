"""Text is decoded as (0008,0005) says, as pydicom decodes it; nothing raises, and no byte disappears."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings, encode_string

from leadglass.wire.dataset.character_set import CharacterSet

# Not what pydicom's encoder cannot do: no Japanese beside another right half (it leaves JIS X 0208 in G0 and writes
# ASCII), no ISO 2022 IR 58 (it writes no escape), no ISO_IR 13 (it refuses some); the vectors have them.
ALPHABETS = {
    "ISO_IR 100": "AZaz ÄÖüßéñ",
    "ISO_IR 101": "AZaz ŁŽšćő",
    "ISO_IR 109": "AZaz Ħġĵŭ",
    "ISO_IR 110": "AZaz ĀķŖŧ",
    "ISO_IR 126": "AZaz ΑΩάώ",
    "ISO_IR 127": "AZaz قبانيلزر",
    "ISO_IR 138": "AZaz שרוןדבורה",
    "ISO_IR 144": "AZaz ЖЯжяЁ",
    "ISO_IR 148": "AZaz ĞİŞğış",
    "ISO_IR 166": "AZaz สมชาย",
    "ISO_IR 192": "AZaz Жü王あ한",
    "GB18030": "AZaz 王小东",
    "GBK": "AZaz 王小东",
    "\\ISO 2022 IR 87": "AZaz 山田太郎やまだ",
    "\\ISO 2022 IR 149": "AZaz 洪吉洞홍길동",
    "ISO 2022 IR 100\\ISO 2022 IR 144": "AZaz Äü ЖЯ",
    "ISO 2022 IR 100\\ISO 2022 IR 126": "AZaz éñ άώ",
}


@st.composite
def _names(draw: st.DrawFn) -> tuple[str, list[str]]:
    term = draw(st.sampled_from(sorted(ALPHABETS)))
    component = st.text(ALPHABETS[term], max_size=8).map(str.strip)
    return term, draw(st.lists(component, min_size=1, max_size=4))


def test_katakana_are_those_of_shift_jis() -> None:
    katakana = bytes(range(0xA1, 0xE0))
    assert CharacterSet(b"ISO_IR 13").decode(katakana) == (katakana.decode("shift_jis"), True)
    assert CharacterSet(b"ISO_IR 13").decode(b"\xa0\xe0") == (r"\xa0\xe0", False)


@given(_names())
def test_name_encoded_by_pydicom_is_decoded(case: tuple[str, list[str]]) -> None:
    term, components = case
    encodings = convert_encodings(term.split("\\"))
    value = b"^".join(encode_string(component, encodings) for component in components)
    decoded = CharacterSet(term.encode()).decode(value)
    assert decoded.text == "^".join(components)
    assert decoded.whole


@pytest.mark.parametrize("term", sorted(ALPHABETS))
@given(value=st.binary(max_size=64))
def test_any_bytes_are_decoded_without_raising(term: str, value: bytes) -> None:
    text, whole = CharacterSet(term.encode()).decode(value)
    assert bool(text) == bool(value) or set(value) <= set(b"\x1b$()-,ABCDFGHIJLMTb")  # escapes alone say nothing
    assert isinstance(whole, bool)


@given(st.binary(max_size=64))
def test_any_specific_character_set_is_taken(value: bytes) -> None:
    assert CharacterSet(value).decode(b"Doe^Jane").text == "Doe^Jane"
