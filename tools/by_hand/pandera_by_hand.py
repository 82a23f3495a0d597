"""What somebody who knows pandera would write: a schema of the columns and of the rows, every fault collected.

    python tools/by_hand/pandera_by_hand.py FILE

It checks, and counts no target. A wrong cell is named with the index of its row, a column in which one number is no whole one
without it; a file with a header and no rows passes. It runs on pandas; 0 is the exit code where no fault is found, 1 else.
"""

import sys

import pandas as pd
import pandera.pandas as pa

from columns import COUNTS, PARTS, RATINGS, TYPES


def at_most(part: str, whole: str) -> pa.Check:
    return pa.Check(lambda returns: returns[part] <= returns[whole], name=f"{part} at most {whole}")


def for_unions(field: str) -> pa.Check:
    """Blank only in the row of an office."""
    return pa.Check(
        lambda returns: returns[field].notna() | (returns["unit_type"] == "office"), name=f"{field} of every union"
    )


SCHEMA = pa.DataFrameSchema(
    {
        "period": pa.Column("Int64", pa.Check.eq(2024)),
        "district_code": pa.Column(str),
        "unit_code": pa.Column(str, unique=True),
        "unit_type": pa.Column(str, pa.Check.isin(TYPES)),
        "rating": pa.Column(str, pa.Check.isin(RATINGS), nullable=True),
        "nominees": pa.Column("Int64", pa.Check.ge(0), nullable=True),
        **{field: pa.Column("Int64", pa.Check.ge(0)) for field in COUNTS},
    },
    checks=[
        *(at_most(part, whole) for part, whole in PARTS.items()),
        pa.Check(
            lambda returns: (
                returns["party_members_good"] + returns["party_members_failed"] <= returns["party_members_rated"]
            ),
            name="good and failed at most rated",
        ),
        for_unions("rating"),
        for_unions("nominees"),
    ],
    coerce=True,
)


def main() -> int:
    try:
        SCHEMA.validate(pd.read_csv(sys.argv[1]), lazy=True)
    except pa.errors.SchemaErrors as found:
        print(found.failure_cases[["check", "column", "index", "failure_case"]].to_string())
        return 1
    print("no faults")
    return 0


if __name__ == "__main__":
    sys.exit(main())
