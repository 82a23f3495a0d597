"""How texts are compared: what counts as the same code, header or label, and which word is nearest to a mistyped one.

What is shown is always what was written; these forms are for comparing only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def code_key(text: str) -> str:
    """A code as it is compared: trimmed, NFC."""
    return unicodedata.normalize("NFC", text.strip())


def label_key(text: str) -> str:
    """A header or label as it is compared: trimmed, NFC, without regard to case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be; None if none is near."""
    import difflib

    by_key = {label_key(k): k for k in sorted(known)}
    close = difflib.get_close_matches(label_key(word)[:200], by_key, n=1, cutoff=0.7)
    return by_key[close[0]] if close else None


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def has_unseen(text: str) -> bool:
    """Whether a text has characters that steer a screen or cannot be seen."""
    return not text.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in text)


def visible(text: str) -> str:
    r"""A text for showing: characters that steer a screen, or cannot be seen, are spelt out (`\x1b`, `\u202e`)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode("ascii") if unicodedata.category(c) in _UNSEEN else c for c in text
    )
