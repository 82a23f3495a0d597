"""kpi-check: says for every target of a plan whether data meet it, and says so only when the data allow it.

The public API. Everything else in the package may change. Names are imported when they are first used, so that the
command line does not pay for what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kpi_check.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from kpi_check.comparing import compare
    from kpi_check.comparison import Comparison
    from kpi_check.compliance import Status
    from kpi_check.errors import InputError, KpiCheckError, PeriodError, PlanError, UsageError
    from kpi_check.evaluation import evaluate, validate
    from kpi_check.plan import Plan
    from kpi_check.plan_lint import load_plan
    from kpi_check.report import Issue, Report, TargetResult
    from kpi_check.series import Series

_HOMES = {
    "Series": "series",
    "Comparison": "comparison",
    "compare": "comparing",
    "Status": "compliance",
    "InputError": "errors",
    "KpiCheckError": "errors",
    "PeriodError": "errors",
    "PlanError": "errors",
    "UsageError": "errors",
    "evaluate": "evaluation",
    "validate": "evaluation",
    "Plan": "plan",
    "load_plan": "plan_lint",
    "Issue": "report",
    "Report": "report",
    "TargetResult": "report",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "Comparison",
    "InputError",
    "Issue",
    "KpiCheckError",
    "PeriodError",
    "Plan",
    "PlanError",
    "Report",
    "Series",
    "Status",
    "TargetResult",
    "UsageError",
    "__version__",
    "compare",
    "evaluate",
    "load_plan",
    "validate",
]
