"""DuckDB's own aggregate over columns of Parquet: the sums by district that `duckdb_by_hand.py` asks for, and no checks.

python tools/by_hand/duckdb_parquet_by_hand.py FILE
"""

import sys

import duckdb

from duckdb_by_hand import BY_DISTRICT


def main() -> None:
    connection = duckdb.connect()
    print(connection.execute(BY_DISTRICT.format(rows="read_parquet($path)"), {"path": sys.argv[1]}).fetchall())


if __name__ == "__main__":
    main()
