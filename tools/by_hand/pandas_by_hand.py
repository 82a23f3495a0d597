"""What somebody who knows pandas would write by hand: sums by district, parts above their wholes, doubled codes.

    python tools/by_hand/pandas_by_hand.py FILE

It trusts its input. A blank count leaves its sum without a word, and is above no whole; 1.5 is added as it is; a rating that
is none is no rating; a file with a header and no rows gives no district and no complaint.
"""

import sys

import pandas as pd

from columns import FIGURES, GOOD, PARTS, RATED


def main() -> int:
    returns = pd.read_csv(sys.argv[1])
    unions = returns["unit_type"] == "grassroots"
    counted = pd.DataFrame(
        {
            "rows": 1,
            "units_good": unions & returns["rating"].isin(GOOD),
            "units_rated": unions & returns["rating"].isin(RATED),
            "units_failed": unions & (returns["rating"] == "failed"),
            "unions": unions,
            "introducing": unions & (returns["nominees"] >= 1),
        },
        index=returns.index,
    )
    sums = pd.concat([counted, returns[list(FIGURES)]], axis=1).groupby(returns["district_code"]).sum()

    broken = returns["party_members_good"] + returns["party_members_failed"] > returns["party_members_rated"]
    for part, whole in PARTS.items():
        broken |= returns[part] > returns[whole]
    codes = returns["unit_code"].value_counts()
    doubled = codes[codes > 1]

    print(list(sums.itertuples(name=None)))
    print(returns.loc[broken, "unit_code"].tolist())
    print(list(doubled.items()))
    return 1 if broken.any() or len(doubled) else 0


if __name__ == "__main__":
    sys.exit(main())
