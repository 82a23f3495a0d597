"""What somebody who knows Pointblank would write: a plan of validation steps over a polars table.

    python tools/by_hand/pointblank_by_hand.py FILE

It checks, and counts no target. It says for each step how many rows failed; a text in a column of counts makes the steps on
that column impossible. The exit code is 0 where no fault is found, 1 where one is, 3 where no step could tell.
"""

import sys

import pointblank as pb
import polars as pl

from columns import COUNTS, PARTS, RATINGS, TYPES


def main() -> int:
    returns = pl.read_csv(sys.argv[1], infer_schema_length=None)
    office = pl.col("unit_type") == "office"
    plan = (
        pb.Validate(returns)
        .col_vals_not_null(["period", "district_code", "unit_code", "unit_type"])
        .col_vals_in_set("unit_type", list(TYPES))
        .col_vals_expr(office | pl.col("rating").is_in(RATINGS).fill_null(value=False))
        .col_vals_ge("nominees", 0, na_pass=True)
        .col_vals_expr(office | pl.col("nominees").is_not_null())
        .col_vals_not_null(list(COUNTS))
        .col_vals_ge(list(COUNTS), 0)
        .col_vals_expr(pl.col("party_members_good") + pl.col("party_members_failed") <= pl.col("party_members_rated"))
        .rows_distinct("unit_code")
        .col_schema_match(pb.Schema(dict.fromkeys([*COUNTS, "nominees"], "Int64")), complete=False, in_order=False)
    )
    for part, whole in PARTS.items():
        plan = plan.col_vals_le(part, pb.col(whole))
    plan = plan.interrogate(collect_extracts=False)
    if plan.all_passed():
        print("no faults")
        return 0
    rows = plan.n_failed()
    broken = [step for step in plan.validation_info if not step.all_passed]
    for step in broken:
        print(step.assertion_type, step.column, "could not be checked" if step.eval_error else rows[step.i])
    return 3 if all(step.eval_error for step in broken) else 1


if __name__ == "__main__":
    sys.exit(main())
