"""Brings the message catalogues up to date with the code: `python tools/catalogue.py` before a commit.

Every text that the code says is looked up in `src/kpi_check/locale/<language>/LC_MESSAGES/kpi_check.po`; what is new there
waits for its translation. The `.mo` beside it is what the program reads. A test fails while anything is missing or stale.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1] / "src" / "kpi_check"
KEYWORDS = {"message": None, "plural_message": (1, 2), "_t": None, "_problem": (2,), "_known": (4,)}


def template() -> Catalog:
    """Every message in the code."""
    catalogue = Catalog(project="kpi-check", charset="utf-8")
    for name, _, text, comments, _ in extract_from_dir(PACKAGE, [("**.py", "python")], keywords=KEYWORDS):
        catalogue.add(text, locations=[(name, 0)], auto_comments=comments)
    return catalogue


def catalogues() -> list[Path]:
    return sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/kpi_check.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=path.parts[-3])
    # The time of a run is no message.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=120, sort_by_file=True, omit_header=False, include_previous=False)
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith((b'"POT-Creation-Date', b'"PO-Revision-Date')))


def mo_bytes(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def updated(path: Path) -> Catalog:
    catalogue = read(path)
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def main() -> None:
    for path in catalogues():
        path.write_bytes(po_bytes(updated(path)))
        path.with_suffix(".mo").write_bytes(mo_bytes(read(path)))
        missing = [m.id for m in read(path) if m.id and not m.string]
        print(f"{path.name} ({path.parts[-3]}): {len(missing)} to be translated")


if __name__ == "__main__":
    main()
