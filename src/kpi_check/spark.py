"""A session of Spark (the one that there is, else one that is made here), and what only Spark can read.

pyspark is imported nowhere else, and only when a session is asked for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from typing import IO, Any, BinaryIO, NamedTuple

from kpi_check.errors import InputError, Message, UsageError, message
from kpi_check.readers import KNOWN_ENDINGS, Frame, Source
from kpi_check.readers.frames import frame
from kpi_check.scratch import Scratch

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

    A new one runs on this machine, on all its processors, and may take about `memory`
    bytes (None: half of what the machine has). Raises UsageError if pyspark or Java is not installed, or if Spark does not start.
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
    conf.set("spark.driver.memory", f"{max((memory or _half_of_all()) - _BESIDE, _LEAST) // 1_000_000}m")
    errors: tuple[type[BaseException], ...] = (*failures(), OSError, RuntimeError)
    start: Any = launch_gateway
    gateway = None
    with tempfile.TemporaryFile() as said:
        try:
            gateway = start(conf, popen_kwargs={"stderr": said, "stdout": said, "cwd": tempfile.gettempdir()})
            context = SparkContext(conf=SparkConf(_jvm=gateway.jvm).setAll(conf.getAll()), gateway=gateway)
            context.setLogLevel("OFF")
            return SparkSession.builder.getOrCreate()
        except errors as error:
            raise _not_started(str(error) if gateway else _said_first(said) or str(error)) from error


def _half_of_all() -> int:
    """Half of the memory of this machine, in bytes; Spark's own default where that cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):  # on Windows
        return 1_000_000_000 + _BESIDE


def _said_first(said: IO[bytes]) -> str:
    """What Java said first, but for warnings."""
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").splitlines()]
    return next((line for line in lines if line and "warning" not in line.lower()), "")


def _not_started(reason: str) -> UsageError:
    return UsageError(
        message("Spark does not start: {reason}", reason=_first_line(reason)),
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


# --- paths that only Spark reads ---------------------------------------------------------------------------------------

TABLE = "table:"
"""What begins the name of a table that Spark knows."""
_COLUMNS = {".parquet": "parquet", ".orc": "orc"}
"""Endings of files, and of folders of files, that are one table with columns, and what Spark calls them."""
_AT_ONCE = 64_000_000
"""Files up to so many bytes are brought here in one piece, larger ones line by line."""
_MARK = b"\xef\xbb\xbf"


class At(NamedTuple):
    """Where Spark reads a file, and when this was changed last, in milliseconds since 1970."""

    address: str
    changed: int


_READ_AT: dict[str, At] = {}
"""Of the files of which there are copies here, by the copy's path."""


class Found(NamedTuple):
    """What is meant by a path of Spark's: the tables and files, and the files that are passed over."""

    sources: Sequence[Source | Frame]
    passed_over: Sequence[str]


def read_at(path: str) -> At:
    """Where Spark reads a file of this machine."""
    found = _READ_AT.get(path)
    return At(f"file:{path}", os.stat(path).st_mtime_ns // 1_000_000) if found is None else found


def find(name: str, memory: int | None) -> Found:
    """What is meant by an address: a table, or files; of a folder, those of which the ending is known."""
    spark = session(memory)
    try:
        if name.startswith(TABLE):
            return Found([frame(name, spark.table(name.removeprefix(TABLE)))], [])
        kind = _COLUMNS.get(_ending(name))
        if kind is not None:
            return Found([frame(name, spark.read.format(kind).load(name))], [])
        files = spark.read.format("binaryFile").load(name)
        files = files.selectExpr("path", "length", "unix_millis(modificationTime)").collect()
        if files and all(_ending(path) == ".parquet" for path, _, _ in files):
            return Found([frame(name, spark.read.parquet(name))], [])
        known = [file for file in sorted(files) if _ending(file[0]) in KNOWN_ENDINGS]
        sources = [_copy(spark, At(path, changed), size) for path, size, changed in known]
        passed_over = sorted(path for path, _, _ in files if _ending(path) not in KNOWN_ENDINGS)
    except failures() as error:
        raise InputError(
            message("{path}: Spark cannot read it: {reason}", path=name, reason=_first_line(str(error))),
            message("check the name and who may read it, and that Spark has what it takes to get there"),
        ) from error
    if not sources:
        raise InputError(
            message("{path}: no file in this folder can be read", path=name),
            message("known endings: {known}", known=", ".join(KNOWN_ENDINGS)),
        )
    return Found(sources, passed_over)


def _ending(name: str) -> str:
    return os.path.splitext(name.rstrip("/"))[1].lower()


class _Copy:
    """A copy of a file on this machine, which goes when nobody reads it any more."""

    def __init__(self, at: At) -> None:
        scratch = Scratch()
        self.path = os.path.join(scratch.path, f"copy{_ending(at.address)}")
        _READ_AT[self.path] = at
        weakref.finalize(self, _drop, self.path, scratch)

    def open(self) -> BinaryIO:
        """Its bytes."""
        return open(self.path, "rb")


def _drop(path: str, scratch: Scratch) -> None:
    _READ_AT.pop(path, None)
    scratch.close()


def _copy(spark: Any, at: At, size: int) -> Source:
    """A file, with a copy here: whatever is in it, it is read as any other; only lines are counted where they are."""
    copy, address = _Copy(at), at.address
    with open(copy.path, "wb") as file:
        if size <= _AT_ONCE or _ending(address) not in (".csv", ".tsv", ".txt"):
            ((content,),) = spark.read.format("binaryFile").load(address).select("content").collect()
            file.write(content)
        else:
            file.writelines(_bytes_of_lines(spark, address, size))
    if os.path.getsize(copy.path) != size:
        raise InputError(
            message("{path}: the file changed while it was read", path=address),
            message("run again when it is complete"),
        )
    return Source(address, copy.open, file=copy.path)


def _bytes_of_lines(spark: Any, address: str, size: int) -> Iterator[bytes]:
    """The bytes of a file, line by line. Spark drops the mark of UTF-8 and the last line's end: the size tells them."""
    lines = spark.read.text(address, lineSep="\n").selectExpr("CAST(value AS BINARY) AS line")
    ((number, length),) = lines.selectExpr("count(*)", "coalesce(sum(octet_length(line)), 0)").collect()
    rest = size - length - (number - 1)
    if rest >= len(_MARK):
        yield _MARK
        rest -= len(_MARK)
    for place, (line,) in enumerate(lines.toLocalIterator(prefetchPartitions=True)):
        yield b"\n" + line if place else bytes(line)
    if rest:
        yield b"\n"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
