"""One table of texts as every kind of table in memory that the package takes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from oracle import Table

Rows = Sequence[Sequence[Any]]
Maker = Callable[[Sequence[str], Rows], Any]
_COUNT = re.compile(r"(?:0|[1-9][0-9]{0,14})?")


def _columns(header: Sequence[str], rows: Rows) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(header))]


def numbered(header: Sequence[str], mark: str) -> list[str]:
    """Names of which none is there twice, as readers make them."""
    names: list[str] = []
    for name in header:
        again = (f"{name}{mark}{number}" for number in range(1, 100))
        names.append(name if name not in names else next(new for new in again if new not in names))
    return names


def to_pandas(header: Sequence[str], rows: Rows) -> Any:
    return pd.DataFrame([list(row) for row in rows], columns=list(header), dtype=object)


def to_pandas_inferred(header: Sequence[str], rows: Rows) -> Any:
    return pd.DataFrame(dict(zip(numbered(header, "."), _columns(header, rows), strict=True)))


def to_pandas_nullable(header: Sequence[str], rows: Rows) -> Any:
    return to_pandas_inferred(header, rows).convert_dtypes()


def to_pandas_arrow(header: Sequence[str], rows: Rows) -> Any:
    return to_pandas_inferred(header, rows).convert_dtypes(dtype_backend="pyarrow")


def to_pandas_categories(header: Sequence[str], rows: Rows) -> Any:
    frame = to_pandas_inferred(header, rows)
    return frame.astype(dict.fromkeys(frame.columns, "category"))


def to_polars(header: Sequence[str], rows: Rows) -> Any:
    columns = zip(numbered(header, "_duplicated_"), _columns(header, rows), strict=True)
    return pl.DataFrame([pl.Series(name, values, dtype=None if values else pl.String) for name, values in columns])


def to_polars_lazy(header: Sequence[str], rows: Rows) -> Any:
    return to_polars(header, rows).lazy()


def to_arrow(header: Sequence[str], rows: Rows) -> Any:
    return pa.Table.from_arrays([pa.array(values) for values in _columns(header, rows)], names=list(header))


def to_arrow_batch(header: Sequence[str], rows: Rows) -> Any:
    return pa.RecordBatch.from_arrays([pa.array(values) for values in _columns(header, rows)], names=list(header))


def to_arrow_reader(header: Sequence[str], rows: Rows) -> Any:
    return to_arrow(header, rows).to_reader(max_chunksize=3)


def to_arrow_dictionary(header: Sequence[str], rows: Rows) -> Any:
    arrays = [pa.array(values).dictionary_encode() for values in _columns(header, rows)]
    return pa.Table.from_arrays(arrays, names=list(header))


def to_duckdb(header: Sequence[str], rows: Rows) -> Any:
    names = numbered(header, ".")
    table = to_arrow(names, rows)
    quoted = ", ".join(f'"t{place}" AS "{name}"'.replace("\0", "") for place, name in enumerate(header))
    plain = table.rename_columns([f"t{place}" for place in range(len(names))])  # names in SQL do not tell case apart
    return duckdb.from_arrow(plain).project(quoted)


MAKERS: Mapping[str, Maker] = {
    "pandas": to_pandas,
    "pandas-inferred": to_pandas_inferred,
    "pandas-nullable": to_pandas_nullable,
    "pandas-arrow": to_pandas_arrow,
    "pandas-categories": to_pandas_categories,
    "polars": to_polars,
    "polars-lazy": to_polars_lazy,
    "arrow": to_arrow,
    "arrow-batch": to_arrow_batch,
    "arrow-reader": to_arrow_reader,
    "arrow-dictionary": to_arrow_dictionary,
    "duckdb": to_duckdb,
}


def squared(table: Table) -> Table:
    """A table of which every row has as many cells as the header: no other can be a frame."""
    width = len(table.header)
    return Table(table.name, table.header, [[*row, *[""] * width][:width] for row in table.rows])


def typed(table: Table, rng: random.Random) -> list[list[Any]]:
    """The cells with types: columns of counts as numbers, blanks as missing values or as empty texts."""
    columns = [_typed_column(column, rng) for column in _columns(table.header, table.rows)]
    return [list(row) for row in zip(*columns, strict=True)] if table.rows else []


def _typed_column(texts: Sequence[str], rng: random.Random) -> list[Any]:
    blanks = [None] if all(texts) or rng.random() < 0.5 else [None, ""]
    if all(map(_COUNT.fullmatch, texts)) and rng.random() < 0.8:
        kind: Callable[[str], Any] = rng.choice([int, float, Decimal])
        return [kind(text) if text else None for text in texts]
    return [text or rng.choice(blanks) for text in texts]


def mixed(table: Table, rng: random.Random) -> list[list[Any]]:
    """The cells each with a type of its own, as columns of objects have them."""
    return [[_any_type(text, rng) for text in row] for row in table.rows]


def _any_type(text: str, rng: random.Random) -> Any:
    if not text:
        return rng.choice(["", None, float("nan"), pd.NA, pd.NaT, np.nan])
    if _COUNT.fullmatch(text):
        return rng.choice([str, int, float, Decimal, np.int64, np.float64])(text)
    return rng.choice([str, np.str_])(text)
