"""What somebody who knows DuckDB would write by hand: typed columns, sums by district, checks, doubled codes.

    python tools/by_hand/duckdb_by_hand.py FILE

It trusts its input: a count of 1.5 becomes 2 without a word once it stands behind the rows by which DuckDB tells the types,
and a blank leaves its sum. `tools/bench` holds the program to a multiple of it: what it does stays as it is.
"""

import sys

import duckdb

from columns import FIGURES, PARTS

UNIONS = "unit_type = 'grassroots'"
KINDS = (
    f"{UNIONS} AND rating IN ('excellent', 'good')",
    f"{UNIONS} AND rating IN ('excellent', 'good', 'completed', 'failed')",
    f"{UNIONS} AND rating = 'failed'",
    UNIONS,
    f"{UNIONS} AND nominees >= 1",
)
COUNTS = ", ".join(f"count(*) FILTER (WHERE {kind})" for kind in KINDS)
SUMS = ", ".join(f"sum({figure})" for figure in FIGURES)
BY_DISTRICT = f"SELECT district_code, count(*), {COUNTS}, {SUMS} FROM {{rows}} GROUP BY 1 ORDER BY 1"


def main() -> int:
    connection = duckdb.connect()
    connection.execute("CREATE TEMP TABLE returns AS SELECT * FROM read_csv($path)", {"path": sys.argv[1]})
    rated = "party_members_good + party_members_failed > party_members_rated"
    broken = " OR ".join([rated, *(f"{part} > {whole}" for part, whole in PARTS.items())])
    answers = [
        connection.execute(question).fetchall()
        for question in (
            BY_DISTRICT.format(rows="returns"),
            f"SELECT unit_code FROM returns WHERE {broken}",
            "SELECT unit_code, count(*) FROM returns GROUP BY 1 HAVING count(*) > 1",
        )
    ]
    for answer in answers:
        print(answer)
    return 1 if answers[1] or answers[2] else 0


if __name__ == "__main__":
    sys.exit(main())
