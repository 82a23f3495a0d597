"""What somebody who knows polars would write by hand: one scan, sums by district, parts above their wholes, doubled codes.

    python tools/by_hand/polars_by_hand.py FILE

It trusts its input. A blank count leaves its sum without a word, and is above no whole; a rating that is none is no rating;
1.5 is added as it is where it stands among the first 100 rows, by which polars tells the types (further down it stops there).
"""

import sys

import polars as pl

from columns import FIGURES, GOOD, PARTS, RATED


def main() -> int:
    returns = pl.scan_csv(sys.argv[1])
    unions = pl.col("unit_type") == "grassroots"
    rating = pl.col("rating")
    sums = (
        returns.group_by("district_code")
        .agg(
            pl.len().alias("rows"),
            (unions & rating.is_in(GOOD)).sum().alias("units_good"),
            (unions & rating.is_in(RATED)).sum().alias("units_rated"),
            (unions & (rating == "failed")).sum().alias("units_failed"),
            unions.sum().alias("unions"),
            (unions & (pl.col("nominees") >= 1)).sum().alias("introducing"),
            pl.col(FIGURES).sum(),
        )
        .sort("district_code")
    )
    above = [pl.col(part) > pl.col(whole) for part, whole in PARTS.items()]
    rated = pl.col("party_members_good") + pl.col("party_members_failed") > pl.col("party_members_rated")
    broken = returns.filter(pl.any_horizontal(rated, *above)).select("unit_code")
    doubled = returns.group_by("unit_code").len().filter(pl.col("len") > 1)

    tables = pl.collect_all([sums, broken, doubled])
    for table in tables:
        print(table.rows())
    return 1 if tables[1].height or tables[2].height else 0


if __name__ == "__main__":
    sys.exit(main())
