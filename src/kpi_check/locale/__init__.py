"""Languages: one gettext catalogue each, which also says how its numbers are written.

English is the language of the templates in the code; every other language is `<code>/LC_MESSAGES/kpi_check.po`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_check.errors import Message, message

LANGUAGES: Mapping[str, str] = {"en": "English", "vi": "Tiếng Việt"}

if TYPE_CHECKING:
    from gettext import NullTranslations

# How a language groups digits and writes the decimal point: translated like any other text.
_GROUP = message("number: group separator|,")
_POINT = message("number: decimal separator|.")


class Language:
    """Puts messages and numbers into a language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._catalogue = None if code == "en" else _catalogue(code)
        self._group = self._symbol(_GROUP)
        self._point = self._symbol(_POINT)

    def _symbol(self, symbol: Message) -> str:
        return self.translated(symbol).rpartition("|")[2]

    def translated(self, what: Message) -> str:
        """The template in this language, in the form that its number asks for."""
        if self._catalogue is None:
            return what.template if what.plural is None or what.number == 1 else what.plural
        if what.plural is None:
            return self._catalogue.gettext(what.template)
        return self._catalogue.ngettext(what.template, what.plural, what.number)

    def say(self, what: Message) -> str:
        """A message in this language."""
        return self.translated(what).format(**{name: self._argument(value) for name, value in what.args.items()})

    def _argument(self, value: object) -> str:
        if isinstance(value, Message):
            return self.say(value)
        return self.number(value) if isinstance(value, int) else str(value)

    def number(self, value: int) -> str:
        """A whole number with its digits grouped."""
        return f"{value:,}".replace(",", self._group)

    def figure(self, written: str) -> str:
        """A threshold as a plan writes it (`85%`, `0.3%`, `2/3`, `12`), as this language writes it."""
        number = written.removesuffix("%")
        return (number if "/" in number else self.decimal(number)) + written[len(number) :]

    def decimal(self, digits: str) -> str:
        """A number that is written with a decimal point (`84.96`), as this language writes it."""
        whole, point, fraction = digits.partition(".")
        return self.number(int(whole)) + (self._point + fraction if point else "")


def _catalogue(code: str) -> NullTranslations:
    import gettext

    return gettext.translation("kpi_check", Path(__file__).parent, [code])


@cache
def language(code: str) -> Language:
    """A language by its code, one of `LANGUAGES`."""
    return Language(code)


def from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """The language that the locale asks for; English if it asks for none that there is."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            code = value.replace("-", "_").partition("_")[0].partition(".")[0].lower()
            return code if code in LANGUAGES else "en"
    return _from_system()


def asked(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """The language of a command line: what it says with --lang, else that of the locale."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        code = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        if code in LANGUAGES:
            return code
    return from_environment(environment)


def _from_system() -> str:
    """The language of a system that has no such variables: Windows calls it by its name."""
    import locale

    name = (locale.getlocale()[0] or "").lower()
    return next((code for code in LANGUAGES if name.startswith(code)), "en")
