"""The report as JSON: one object, UTF-8, numbers as integers or text."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, Protocol

from kpi_check.renderers import Surface


class HasJson(Protocol):
    """What can be told as JSON."""

    def as_dict(self) -> dict[str, Any]:
        """Its JSON."""


def render(report: HasJson, stream: BinaryIO, _surface: Surface) -> None:
    """Write the JSON of the contract."""
    text = json.dumps(report.as_dict(), ensure_ascii=False, indent=1)
    # A name of a file may hold what UTF-8 cannot write.
    stream.write(text.encode("utf-8", "backslashreplace") + b"\n")
