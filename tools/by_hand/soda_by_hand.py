"""What somebody who knows Soda would write: a contract (soda_by_hand.yaml), verified on a table of DuckDB.

    python tools/by_hand/soda_by_hand.py FILE

It checks, and counts no target. It says for each check how many rows failed; a text in a column of counts makes every check
impossible but that of the types; 1.5 for a count passes once it stands behind the rows by which DuckDB tells the types, as 2.
The exit code is 0 where no fault is found, 1 where one is, 3 where no check could tell.
"""

import os
import sys
from pathlib import Path

os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"

import duckdb
from soda_core.contracts import verify_contract_locally
from soda_duckdb import DuckDBDataSource


def main() -> int:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE returns AS SELECT * FROM read_csv($path)", {"path": sys.argv[1]})
    result = verify_contract_locally(
        data_sources=[DuckDBDataSource.from_existing_cursor(connection.cursor(), name="returns")],
        contract_file_path=str(Path(__file__).with_suffix(".yaml")),
    )
    checks = result.contract_verification_results[0].check_results
    for check in checks:
        if not check.is_passed:
            print(check.check.name, check.diagnostic_metric_values)
    if any(check.is_failed for check in checks):
        return 1
    return 0 if result.is_passed else 3


if __name__ == "__main__":
    sys.exit(main())
