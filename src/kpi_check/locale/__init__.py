"""Languages: one gettext catalogue each, which also says how its numbers are written.

English is the language of the templates in the code; every other language is `<code>/LC_MESSAGES/kpi_check.po`.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kpi_check.errors import Message, message

LANGUAGES: Mapping[str, str] = {"en": "English", "vi": "Tiếng Việt"}

# How a language groups digits and writes the decimal point: translated like any other text.
_GROUP = message("number: group separator|,")
_POINT = message("number: decimal separator|.")


class Language:
    """Puts messages and numbers into a language."""

    def __init__(self, code: str) -> None:
        self.code = code
        here = Path(__file__).parent
        self._catalogue: gettext.NullTranslations = (
            gettext.NullTranslations() if code == "en" else gettext.translation("kpi_check", here, [code])
        )
        self._group = self._symbol(_GROUP)
        self._point = self._symbol(_POINT)

    def _symbol(self, symbol: Message) -> str:
        return self._catalogue.gettext(symbol.template).rpartition("|")[2]

    def say(self, what: Message) -> str:
        """A message in this language."""
        if what.plural is None:
            template = self._catalogue.gettext(what.template)
        else:
            template = self._catalogue.ngettext(what.template, what.plural, what.number)
        return template.format(**{name: self._argument(value) for name, value in what.args.items()})

    def _argument(self, value: object) -> str:
        if isinstance(value, Message):
            return self.say(value)
        return self.number(value) if isinstance(value, int) else str(value)

    def number(self, value: int) -> str:
        """A whole number with its digits grouped."""
        return f"{value:,}".replace(",", self._group)

    def decimal(self, digits: str) -> str:
        """A number that is written with a decimal point (`84.96`), as this language writes it."""
        whole, point, fraction = digits.partition(".")
        return self.number(int(whole)) + (self._point + fraction if point else "")


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
    return "en"
