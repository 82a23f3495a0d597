"""What a cell says: texts are read as the plan's fields want them, and what cannot be read is told why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from kpi_check.errors import Message, message
from kpi_check.measures import NO_VALUE, UNKNOWN, Value
from kpi_check.periods import Period
from kpi_check.plan import AnyField, ChoiceField, CodeField, CountField, PeriodField, Plan, TextField
from kpi_check.text import code_key, has_unseen, label_key

_COUNT = re.compile(r"[ \t]*([0-9]{1,18})[ \t]*", re.ASCII)
# Two separators of one kind cannot be anything but separators of thousands; one of them can only if that is declared.
_GROUPED = r"[ \t]*([1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}}){{{times}}})[ \t]*"
_MILLIONS = {sign: _GROUPED.format(sign=re.escape(sign), times="2,5") for sign in ".,"}


def read_count(text: str) -> Value:
    """A count; NO_VALUE for a blank, UNKNOWN for anything else."""
    found = _COUNT.fullmatch(text)
    if found is not None:
        return int(found[1])
    for sign, pattern in _MILLIONS.items():
        if sign in text and (grouped := re.fullmatch(pattern, text, re.ASCII)):
            return int(grouped[1].replace(sign, ""))
    return UNKNOWN if text.strip() else NO_VALUE


def count_reader(thousands: str | None) -> Callable[[str], Value]:
    """Reads counts in which a sign may stand between thousands."""
    if thousands is None:
        return read_count
    one = re.compile(_GROUPED.format(sign=re.escape(thousands), times="1"), re.ASCII)

    def read(text: str) -> Value:
        found = one.fullmatch(text)
        return read_count(text) if found is None else int(found[1].replace(thousands, ""))

    return read


def read_period(text: str) -> Value:
    """A period in its standard form; NO_VALUE for a blank, UNKNOWN for anything else."""
    text = text.strip()
    try:
        return str(Period.parse(text)) if text else NO_VALUE
    except ValueError:
        return UNKNOWN


def read_text(text: str) -> Value:
    """A text; NO_VALUE for a blank."""
    return text.strip() or NO_VALUE


SHEET_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
"""What spreadsheets write where a formula failed."""
MAX_PATTERNED = 100
"""The longest code that may be of a pattern."""


def read_code(text: str) -> Value:
    """A code as it is compared; NO_VALUE for a blank, UNKNOWN if it cannot be one."""
    code = code_key(text)
    return UNKNOWN if why_not_a_code(code) else code or NO_VALUE


def why_not_a_code(code: str, pattern: str | None = None) -> Message | None:
    """What is wrong with a code (trimmed, NFC); None if nothing is."""
    if has_unseen(code):
        return message("it has a character in it that cannot be seen")
    if code.startswith("#") and code.upper() in SHEET_ERRORS:
        return message("this is a spreadsheet's error")
    if code and pattern and not (len(code) <= MAX_PATTERNED and re.fullmatch(pattern, code)):
        return message("it is not of the form {pattern}", pattern=pattern)
    return None


def code_reader(pattern: str | None) -> Callable[[str], Value]:
    """Reads codes that must be of a pattern."""
    if pattern is None:
        return read_code

    def read(text: str) -> Value:
        code = code_key(text)
        return UNKNOWN if why_not_a_code(code, pattern) else code or NO_VALUE

    return read


def choice_reader(spec: ChoiceField) -> Callable[[str], Value]:
    """Reads the labels of a choice."""
    labels: dict[str, Value] = {label_key(label): value for value, ls in spec.values.items() for label in (value, *ls)}

    def read(text: str) -> Value:
        key = label_key(text)
        return labels.get(key, UNKNOWN) if key else NO_VALUE

    return read


def has_line_break(text: str) -> bool:
    """Whether a text goes over more than one line."""
    return "\n" in text or "\r" in text


def has_rows(text: str, width: int) -> bool:
    """Whether a cell of a table so wide looks as if rows were in it: one of its lines has delimiters like a row."""
    if not has_line_break(text):
        return False
    return max(line.count(sign) for line in text.splitlines() for sign in ",;\t") >= max(2, (width - 1) // 2)


class CellReader(dict[str, Value]):
    """Reads cells of one field; what was read is kept, up to a number, so that a repeated text is read once."""

    _KEPT = 20_000

    def __init__(self, spec: AnyField, thousands: str | None) -> None:
        super().__init__()
        self._read: Callable[[str], Value]
        match spec:
            case CountField():
                self._read = count_reader(thousands)
            case ChoiceField():
                self._read = choice_reader(spec)
            case PeriodField():
                self._read = read_period
            case CodeField():
                self._read = code_reader(spec.pattern)
            case TextField():
                self._read = read_text

    def __missing__(self, text: str) -> Value:
        value = self._read(text)
        if len(self) < self._KEPT and len(text) < 100:
            self[text] = value
        return value


@lru_cache(maxsize=4)
def cell_readers(plan: Plan) -> Mapping[str, CellReader]:
    """A reader for the cells of each field, which all tables share."""
    thousands = plan.file.submission.thousands
    return {name: CellReader(spec, thousands) for name, spec in plan.fields.items()}


def why_not_a_count(text: str) -> Message:
    """What is wrong with a text where a count is expected, in the writer's terms."""
    text = text.strip(" \t")
    if len(text) > 18 and text.isascii() and text.isdigit():
        return message("more than 18 digits")
    if text.startswith("="):
        return message("this is a formula without a result: open the file in Excel, let it be computed, and save it")
    if text.startswith("#"):
        return message("this is a spreadsheet's error")
    if text in ("-", "–", "—", "x", "X", "n/a", "N/A"):
        return message("a mark is not a number: none is 0, not known is to be found out")
    if text.endswith("%"):
        return message("this is a percentage")
    if fraction := re.fullmatch(r"0[.,]([0-9]{2})([0-9]*)", text, re.ASCII):
        percent = f"{int(fraction[1])}.{fraction[2]}".rstrip(".")
        return message("this is a share, shown as {percent}% perhaps, and not a number of cases", percent=percent)
    if re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", text, re.ASCII):
        return message("{a} or a fraction: a separator can mean either", a=re.sub("[.,]", "", text))
    if re.fullmatch(r"[0-9]+[.,][0-9]+", text, re.ASCII):
        return message("this is a fraction")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( .*)?", text, re.ASCII):
        return message("this is a date")
    if text in ("TRUE", "FALSE"):
        return message("this is true or false")
    if re.fullmatch(r"[0-9.]+[eE][+]?[0-9]+", text, re.ASCII):
        return message("only the first digits of a long number have been kept")
    if re.fullmatch(r"[-−+][0-9]+", text, re.ASCII):
        return message("a count has no sign")
    if any(unicodedata.category(c) in ("Cf", "Zs") and c != " " for c in text):
        return message("it has an invisible character in it")
    if any(c.isnumeric() and not c.isascii() for c in text):
        return message("these are not the digits 0 to 9")
    return message("this is not a number")
