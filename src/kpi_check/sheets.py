"""Writing into workbooks: what users wrote stays text, and never becomes a formula."""

from __future__ import annotations

import io
import re
import tempfile
from typing import Any

from kpi_check.scratch import Scratch
from kpi_check.text import visible

MAX_TEXT = 32_767
"""The longest text of a cell that Excel takes."""


def escaped(text: str) -> str:
    """A text in which nothing is taken for a character that Excel has escaped, as `_x000D_` is."""
    return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def write_text(cell: Any, text: str) -> None:
    """Put a text into a cell of openpyxl as a text, whatever it looks like."""
    cell.value = escaped(visible(text))[:MAX_TEXT]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@", "'"))  # so that it stays a text when it is edited


def saved(book: Any) -> memoryview:
    """The bytes of a workbook of openpyxl. Raises OSError if there is no room for openpyxl's temporary files, one a sheet."""
    whole = io.BytesIO()  # a zip file is written to and fro, which a pipe is not
    before = tempfile.tempdir
    with Scratch() as scratch:
        tempfile.tempdir = scratch.path  # openpyxl does not ask
        try:
            book.save(whole)
        finally:
            tempfile.tempdir = before
    return whole.getbuffer()
