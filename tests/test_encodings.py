"""Encodings: what is certain is read, old fonts are named, and nothing is taken for another letter."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpi_check
from kpi_check.errors import InputError
from kpi_check.readers.encodings import old_font
from returns import FIELDS, row, shipped, text_source

HEADER = ";".join(FIELDS)
SYLLABLES = [
    "Công",
    "đoàn",
    "cơ",
    "sở",
    "Trường",
    "Tiểu",
    "học",
    "Ngô",
    "Mây",
    "thị",
    "trấn",
    "Phú",
    "Phong",
    "xã",
    "Bình",
    "Nghi",
    "huyện",
    "Tây",
    "Sơn",
    "tỉnh",
    "Bình",
    "Định",
    "ưu",
    "tú",
    "giỏi",
    "đạt",
    "chuẩn",
    "nghiệp",
    "vụ",
]
TONES = "\u0300\u0301\u0303\u0309\u0323"


def cp1258(text: str) -> bytes:
    """As Windows writes it: letters with their circumflex, breve or horn, and tones apart."""
    out = ""
    for letter in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in parts if c in TONES)
        out += unicodedata.normalize("NFC", "".join(c for c in parts if c not in TONES)) + tone
    return out.encode("cp1258")


def name_of(data: bytes) -> str:
    report = kpi_check.evaluate(shipped(), text_source(data))
    return report.targets[4].failing[0].name


def with_name(name: str) -> str:
    return f"{HEADER}\n{';'.join(row(unit_name=name, nominees='0'))}\n"


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=8).map(" ".join))
def test_vietnamese_comes_out_as_it_was_written_in_every_encoding(name: str) -> None:
    name += " cơ sở"  # without any tone, nothing tells cp1258 from other code pages
    text = with_name(name)
    composed = unicodedata.normalize("NFC", name)
    data = cp1258(text)
    assert name_of(data) == composed
    assert name_of(text.encode("utf-16")) == composed
    assert name_of(b"\xfe\xff" + text.encode("utf-16-be")) == composed
    assert name_of(text.encode("utf-8-sig")) == composed


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Café São João à la carte"),
        ("cp1250", "Łódź Žilina"),
        ("cp1251", "Профсоюз"),
        ("koi8-r", "Профсоюз"),
        ("gb18030", "工会联合会"),
        ("shift_jis", "労働組合"),
        ("cp1252", "Müller Straße"),
        ("mac_roman", "Café"),
        ("cp1252", "Công"),
    ],
)
def test_what_is_not_certainly_vietnamese_is_refused(encoding: str, name: str) -> None:
    with pytest.raises(InputError, match="UTF-8"):
        kpi_check.evaluate(
            shipped(),
            text_source(with_name(name).replace("Quy Nhơn", "QN").replace("Công đoàn", "CD").encode(encoding)),
        )


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("C«ng ®oµn c¬ së", "TCVN3 (ABC)"),
        ("Hoµn thµnh tèt nhiÖm vô", "TCVN3 (ABC)"),
        ("Liªn ®oµn Lao ®éng", "TCVN3 (ABC)"),
        ("Coâng ñoaøn cô sôû", "VNI"),
        ("Hoaøn thaønh toát nhieäm vuï", "VNI"),
        ("Công đoàn cơ sở", None),
        ("Hoàn thành tốt", None),
        ("Cong doan co so", None),
        ("«Trường» 20 m², 30 µm ± 5°", None),
        ("août à Noël, naïveté", None),
        ("© 2024 § 12 ½ ®", None),
        ("", None),
    ],
)
def test_old_fonts_have_a_signature(text: str, font: str | None) -> None:
    assert old_font(text) == font
    assert old_font(unicodedata.normalize("NFD", text)) in (font, None)


@pytest.mark.parametrize(("name", "font"), [("C«ng ®oµn c¬ së", "TCVN3"), ("Coâng ñoaøn cô sôû", "VNI")])
def test_old_fonts_are_refused_in_a_header_and_told_in_a_name(name: str, font: str) -> None:
    for data in (f"{name};x\n1;2\n".encode(), f"{name};x\n1;2\n".encode("cp1252")):
        with pytest.raises(InputError, match=font) as caught:
            kpi_check.evaluate(shipped(), text_source(data))
        assert caught.value.hint is not None
        assert "UniKey" in caught.value.hint.english()
    report = kpi_check.validate(shipped(), text_source(with_name(name)))
    assert [issue.code for issue in report.issues] == ["old-font"]
    assert font in report.issues[0].message
