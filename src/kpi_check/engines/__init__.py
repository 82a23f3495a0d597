"""How measures are counted: `plain` is the reference, which every other engine must equal to the byte.

A new engine is a module with `run(plan, request) -> Outcome` and a line in `ENGINES`.
"""

from collections.abc import Mapping

ENGINES: Mapping[str, str] = {
    "plain": "kpi_check.engines.plain",
    "duckdb": "kpi_check.engines.duckdb",
    "spark": "kpi_check.engines.spark",
}
"""The engines, by the module that runs them."""
