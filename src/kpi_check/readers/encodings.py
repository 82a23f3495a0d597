"""Which encoding a text file is in: Unicode by its mark or by being valid, cp1258 if that is certain, else a refusal.

The fonts TCVN3 (ABC) and VNI put Vietnamese letters in the places of Western ones; no encoding tells them, but the
signs that then stand inside words do (docs/files.md).
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from kpi_check.errors import InputError, Message, message
from kpi_check.readers.source import Source, beginning, refuse_web_page
from kpi_check.text import OLD_FONT_SIGNS

UTF8, UTF16, CP1258 = "utf-8-sig", "utf-16", "cp1258"
_SAMPLE = 1 << 20
"""How much of a file is looked at to tell UTF-8; what is wrong further on is told with its line."""
_LEGACY_BYTES = 64_000_000
"""The largest file that is read in a legacy encoding, all of which has to be looked at."""


def encoding_of(source: Source) -> str:
    """The encoding of a text file; raise InputError if there is no certain one."""
    data = beginning(source, _SAMPLE)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        refuse_web_page(source.path, data[:400].decode(UTF16, "ignore").encode())
        return UTF16
    if data.isascii() or _is_utf8(data):
        return UTF8
    data = beginning(source, _LEGACY_BYTES + 1)
    if len(data) <= _LEGACY_BYTES and b"\0" not in data:
        if _is_cp1258(data):
            return CP1258
        font = old_font(data.decode("cp1252", "replace"))
        if font is not None:
            raise written_in(source.path, font)
    return UTF8  # the reading ends with the line that is not


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


# --- cp1258 ----------------------------------------------------------------------------------------------------------

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_VOWELS = set("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
_LETTERS = _VOWELS | set("đĐàáèéíóúùÀÁÈÉÍÓÚÙ")
_SIGNS = set("\u00a0–—‘’“”•…€₫°±²³·×÷§½¼")


def _is_cp1258(data: bytes) -> bool:
    """Whether these bytes read as Vietnamese text throughout, with tones after vowels, which prove it."""
    try:
        text = data.decode(CP1258)
    except UnicodeDecodeError:
        return False
    strange = {c for c in text if not c.isascii()} - _LETTERS - _SIGNS - set(_TONES)
    if strange or re.search(f"(?<![{''.join(_VOWELS)}])[{_TONES}]", text):
        return False
    tones = sum(map(text.count, _TONES))
    return tones >= 2 or (tones == 1 and re.search(f"[đĐơƠưƯ]|[ăâêôĂÂÊÔ][{_TONES}]", text) is not None)


def composed(rows: list[list[str]]) -> list[list[str]]:
    """Rows of a code page that splits letters and tones, with letters as Unicode composes them."""
    return [[cell if cell.isascii() else unicodedata.normalize("NFC", cell) for cell in row] for row in rows]


# --- TCVN3 and VNI ---------------------------------------------------------------------------------------------------

_TCVN3 = "(?<=[A-Za-z])[µ¶·¸¹¨»¼½¾©ª«¬®¡¢£¤¥¦](?=[a-z])|(?<![^\\W_])[®§](?=[a-zµ¶·¸¹¨©ª«¬])|(?<=[a-z])[µ¸¹¨©ª¬]\\b"
_VNI = "[aeouyAEOUY][ùøõäåÙØÕÄÅ]|[aeoAEO][âÂ]|[öÖôÔ][ùøûõï]|e[áàã]|a[áàã]|(?<![^\\W_])[ñÑ](?=[aeiouyAEIOUYöôÖÔ])"
_VNI_TOO = "[aeouyAEOUY][ûïÛÏ]|a[êéèúüë]"
"""What is in VNI text, and in French as well."""
_UNICODE = "[\u1ea0-\u1ef9đĐơƠưƯăĂ\u0300-\u036f]"


def may_be_old_font(text: str) -> bool:
    """A quick look at many texts at once: whether one of them may be in an old font."""
    return not text.isascii() and re.search(f"[{OLD_FONT_SIGNS}]", text) is not None


def old_font(text: str) -> str | None:
    """TCVN3 or VNI, if a text was written for such a font: its signs stand inside words, twice at least."""
    if text.isascii() or re.search(_UNICODE, text):
        return None
    tcvn3, vni = len(re.findall(_TCVN3, text)), len(re.findall(_VNI, text))
    if vni:
        vni += len(re.findall(_VNI_TOO, text))
    if max(tcvn3, vni) < 2:
        return None
    return "TCVN3 (ABC)" if tcvn3 >= vni else "VNI"


def written_in(path: str, font: str) -> InputError:
    """The refusal of a file in an old font."""
    return InputError(
        message("{path}: the text is in {font}, an old font encoding, and not in Unicode", path=path, font=font),
        how_to_convert(font),
    )


def how_to_convert(font: str) -> Message:
    """What to do about text in an old font."""
    return message(
        "convert it to Unicode: in UniKey, Ctrl+Shift+F6, from {font} to Unicode; or with the conversion of your office program",
        font=font,
    )
