"""How texts are compared: what counts as the same code, header or label, and which word is nearest to a mistyped one.

What is shown is always what was written; these forms are for comparing only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

THOUSANDS = (".", ",")
"""The signs that may stand between thousands."""


def code_key(text: str) -> str:
    """A code as it is compared: trimmed, NFC."""
    return unicodedata.normalize("NFC", text.strip())


def label_key(text: str) -> str:
    """A header or label as it is compared.

    Without regard to case, composition, the place of a tone in its word (hòa, hoà) and which of the letters that look
    like Đ was typed; every run of blanks is one.
    """
    if text.isascii():
        return " ".join(text.split()).casefold()
    text = text.replace("\ufeff", "")  # the mark of a file that was joined to another
    return _folded(text) if len(text) < 200 else _folded.__wrapped__(text)


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split())).casefold()
    letters = unicodedata.normalize("NFD", text).translate(_LOOK_ALIKE)
    return unicodedata.normalize("NFC", re.sub(_WORD, _tone_last, letters))


_LOOK_ALIKE = {0xF0: "đ", 0x256: "đ"}  # eth and the African d with tail, whose capitals look like Đ
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = r"(?:[^\W\d_][\u0300-\u036f]*)+"


def _tone_last(word: re.Match[str]) -> str:
    letters = word[0]
    if letters.isascii():
        return letters
    tones = [c for c in letters if c in _TONES]
    return "".join(c for c in letters if c not in _TONES) + "".join(tones) if tones else letters


_MARKS = "[\u0300-\u036f\ufeff]*"
_ALIKE = (
    *map(chr, range(0x30, 0x7B)),
    *map(chr, range(0xC0, 0x250)),
    *map(chr, range(0x1EA0, 0x1F00)),
    *"\u0256\u212a\u212b",
)
HIDING = "\u00df\u0149\u01f0\u1e9e\ufb00-\ufb06"
"""Letters that are compared as several, for a class of a pattern."""


@lru_cache(maxsize=200)
def alike(word: str) -> str:
    """A pattern of all words that are like one without blanks, but for case, marks and a file's mark in them.

    Only letters that are compared as several are not thought of.
    """
    return "".join(map(_alike, re.sub(_MARKS, "", unicodedata.normalize("NFD", word))))


def _alike(letter: str) -> str:
    base = _base(letter)
    found = {other for other in (*_ALIKE, letter.upper(), letter.lower()) if other.isalnum() and _base(other) == base}
    return (f"[{''.join(sorted(found))}]" if found else re.escape(letter)) + _MARKS


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", label_key(letter))[:1]


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known word that `word` was most likely meant to be; None if none is near (1: the same, 0: nothing in common)."""
    return _nearest(label_key(word)[:200], tuple(sorted(known)), cutoff)


@lru_cache(maxsize=1000)
def _nearest(key: str, known: tuple[str, ...], cutoff: float) -> str | None:
    import difflib

    by_key = {label_key(k): k for k in known}
    close = difflib.get_close_matches(key, by_key, n=1, cutoff=cutoff)
    return by_key[close[0]] if close else None


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


# Control and format characters, those that Unicode lets a screen ignore, fillers, and every blank but the space.
_ODD = (
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)


OLD_FONT_SIGNS = "µ¶¸¹¨»¼½¾©ª«¬®¡¢£¤¥¦§øØäÄåÅñÑöÖûïëü"
"""What is in text for old Vietnamese fonts, and in no Vietnamese word of Unicode."""


def has_unseen(text: str) -> bool:
    """Whether a text has characters that steer a screen or that nobody sees; a code with one may look like another."""
    if text.isascii():
        return not text.isprintable()
    return re.search(_ODD, text) is not None  # compiled when it is first needed, and kept by re


def visible(text: str) -> str:
    r"""A text for showing: characters that steer a screen, or cannot be seen, are spelt out (`\x1b`, `\u202e`)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode("ascii") if unicodedata.category(c) in _UNSEEN else c for c in text
    )
