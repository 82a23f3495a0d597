"""What somebody who knows DuckDB would write by hand: typed columns, sums by district, checks, doubled codes.

    python tools/duckdb_by_hand.py FILE

It trusts its input: a count of 1.5 becomes 2 without a word. `tools/bench.py` measures the program against it.
"""

import sys

import duckdb

PARTS = (
    ("party_members", "members"),
    ("party_members_rated", "party_members"),
    ("party_members_good + party_members_failed", "party_members_rated"),
    ("cadres_degree", "cadres"),
    ("cadres_theory", "cadres"),
    ("officials", "members"),
    ("officials_standard", "officials"),
    ("workers", "members"),
    ("workers_trained", "workers"),
)
FIGURES = (
    *("party_members_good", "party_members_failed", "party_members_rated", "cadres_degree", "cadres_theory"),
    *("cadres", "officials_standard", "officials", "workers_trained", "workers"),
)
UNIONS = "unit_type = 'grassroots'"
KINDS = (
    f"{UNIONS} AND rating IN ('excellent', 'good')",
    f"{UNIONS} AND rating IN ('excellent', 'good', 'completed', 'failed')",
    f"{UNIONS} AND rating = 'failed'",
    UNIONS,
    f"{UNIONS} AND nominees >= 1",
)


def main() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TEMP TABLE returns AS SELECT * FROM read_csv($path)", {"path": sys.argv[1]})
    counts = ", ".join(f"count(*) FILTER (WHERE {kind})" for kind in KINDS)
    sums = ", ".join(f"sum({figure})" for figure in FIGURES)
    broken = " OR ".join(f"{part} > {whole}" for part, whole in PARTS)
    for question in (
        f"SELECT district_code, count(*), {counts}, {sums} FROM returns GROUP BY 1 ORDER BY 1",
        f"SELECT unit_code FROM returns WHERE {broken}",
        "SELECT unit_code, count(*) FROM returns GROUP BY 1 HAVING count(*) > 1",
    ):
        print(connection.execute(question).fetchall())


if __name__ == "__main__":
    main()
