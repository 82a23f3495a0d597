"""A session of Spark: the one that there is, else one that is made here and ends with the process.

pyspark is imported nowhere else, and only when a session is asked for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from typing import IO, Any

from kpi_check.errors import Message, UsageError, message

OLDEST_JAVA = 17
"""The oldest Java that Spark 4 runs on."""
_BESIDE, _LEAST = 300_000_000, 500_000_000
"""Of the memory that may be taken: what Python takes beside Spark, and what Spark cannot do without."""
_OURS = {
    "spark.master": "local[*]",
    "spark.app.name": "kpi-check",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
}
"""The settings of a session that is made here. Who wants others makes a session, or uses spark-submit."""


def session(memory: int | None) -> Any:
    """The session that is active, or is told by the surroundings (spark-submit, SPARK_REMOTE); else a new one.

    A new one runs on this machine, on all its processors, and may take about `memory` bytes. Raises UsageError if pyspark or Java is not installed, or if Spark does not start.
    """
    try:
        from pyspark import SparkContext
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            message("the engine spark needs pyspark, which is not installed"), message("pip install 'kpi-check[spark]'")
        ) from error
    try:
        active = SparkSession.getActiveSession()
        if active is not None:
            return active
        if SparkContext._active_spark_context is not None or _is_told():
            return SparkSession.builder.getOrCreate()
    except (PySparkException, ImportError) as error:  # no server there, or what it takes to talk to one is missing
        raise _not_started(str(error)) from error
    _must_have_java()
    return _started(memory)


def failures() -> tuple[type[BaseException], ...]:
    """What is raised if Spark cannot do something."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


def _is_told() -> bool:
    """Whether the surroundings say which Spark it is: a server, or spark-submit."""
    return any(os.environ.get(name) for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "PYSPARK_GATEWAY_PORT"))


def _started(memory: int | None) -> Any:
    """A new session. What its Java says goes to a file without a name, for it says much that is no matter."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    conf = SparkConf(loadDefaults=False).setAll(list(_OURS.items()))
    conf.set("spark.sql.warehouse.dir", os.path.join(tempfile.gettempdir(), "kpi-check-warehouse"))  # is never made
    if memory is not None:
        conf.set("spark.driver.memory", f"{max(memory - _BESIDE, _LEAST) // 1_000_000}m")
    errors: tuple[type[BaseException], ...] = (*failures(), OSError, RuntimeError)
    with tempfile.TemporaryFile() as said:
        try:
            start: Any = launch_gateway
            gateway = start(conf, popen_kwargs={"stderr": said, "stdout": said, "cwd": tempfile.gettempdir()})
            context = SparkContext(conf=SparkConf(_jvm=gateway.jvm).setAll(conf.getAll()), gateway=gateway)
            context.setLogLevel("OFF")
            return SparkSession.builder.getOrCreate()
        except errors as error:
            raise _not_started(_last_line(said) or str(error)) from error


def _last_line(said: IO[bytes]) -> str:
    """What Java said last."""
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")


def _not_started(reason: str) -> UsageError:
    return UsageError(
        message("Spark does not start: {reason}", reason=reason.strip().splitlines()[0] if reason.strip() else ""),
        message("see docs/spark.md, or leave --engine spark away"),
    )


def _must_have_java() -> None:
    """Raise UsageError if there is no Java that Spark can run on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin") if home else None)
    version = None if java is None else _java_version(java)
    if java is None:
        raise _without_java(message("Spark needs Java, which is not installed"))
    if version is not None and version < OLDEST_JAVA:
        raise _without_java(
            message(
                "Spark needs Java {least} or later, and {java} is Java {version}",
                least=str(OLDEST_JAVA),
                java=java,
                version=str(version),
            )
        )


def _without_java(what: Message) -> UsageError:
    return UsageError(
        what,
        message(
            "install Java {least} (Debian, Ubuntu: apt-get install openjdk-{least}-jre-headless), or set JAVA_HOME to where it is",
            least=str(OLDEST_JAVA),
        ),
    )


def _java_version(java: str) -> int | None:
    """Which Java it is; None if that cannot be told."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr  # noqa: S603 - a path that the user's system gives
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?([0-9]+)', said)
    return int(found[1]) if found else None
