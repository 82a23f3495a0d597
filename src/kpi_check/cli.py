"""The command line: words in, exit code out. Only here are streams, exit codes and typer known.

What a command needs is imported in it: most runs are on small files, where starting up is most of the time.
"""

import contextlib
import io
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, TextIO

import typer

from kpi_check import ended
from kpi_check.errors import KpiCheckError, Message, PlanError, UsageError, message
from kpi_check.files import refuse_to_overwrite, refuse_what_is_there, write_whole
from kpi_check.locale import LANGUAGES, asked, language
from kpi_check.renderers import (
    COMPARISON_RENDERERS,
    ENDINGS,
    RENDERERS,
    SERIES_RENDERERS,
    Renderer,
    Surface,
    render,
    render_comparison,
    render_series,
)
from kpi_check.scratch import sweep
from kpi_check.text import THOUSANDS, nearest, visible
from kpi_check.version import VERSION

if TYPE_CHECKING:
    from kpi_check.named import Data
    from kpi_check.plan import Plan
    from kpi_check.renderers.progress import ProgressBar
    from kpi_check.report import Report

FINE, FAILED, COULD_NOT_RUN = 0, 1, 2
"""The exit codes: as grep and diff have them."""
FAIL_ON = ("error", "warning")
LEAST_MEMORY = 256_000_000


LANG = asked(sys.argv[1:])
"""The language of help and messages. This module is imported for one command, and its help is made as it is read."""


def _t(text: str) -> str:
    return language(LANG).say(message(text))


def _one_of(known: Callable[[], Sequence[str]]) -> Any:
    """Options whose word must be one of some; the nearest right one is named for a wrong one."""

    def check(word: str | None) -> str | None:
        if word is not None and word not in known():
            near = nearest(word, known())
            said = message("{word} is none of {known}", word=word, known=", ".join(known()))
            hint = language(LANG).say(message("did you mean {word}?", word=near)) if near else ""
            raise typer.BadParameter(visible("; ".join(filter(None, (language(LANG).say(said), hint)))))
        return word

    return {"callback": check, "metavar": "|".join(known()), "autocompletion": lambda: list(known())}


def _engines() -> Sequence[str]:
    from kpi_check.engines import ENGINES

    return ["auto", *ENGINES]


def _format_help(renderers: Mapping[str, Renderer]) -> str:
    """What each format is for."""
    kinds = [f"{name}: {language(LANG).say(renderer.about)}" for name, renderer in renderers.items()]
    what = _t("What is written to standard output.")
    return f"{what} {'; '.join(kinds)}."


_PLAN_HELP = _t("The plan; else targets.yaml here, else the shipped one.")
PlanOption = Annotated[str | None, typer.Option("--targets", help=_PLAN_HELP, metavar="FILE")]
PlanArgument = Annotated[str | None, typer.Argument(help=_PLAN_HELP, metavar="FILE")]
LangOption = Annotated[
    str | None, typer.Option("--lang", help=_t("The language; else the locale's."), **_one_of(lambda: [*LANGUAGES]))
]


DataArgument = Annotated[
    list[str],
    typer.Argument(help=_t('Files, folders, patterns such as "*.csv", or - for standard input.'), metavar="DATA"),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", help=_t("Results for each of a level of the plan, too."), metavar="LEVEL"),
]
PeriodOption = Annotated[
    str | None, typer.Option("--period", help=_t("Judge the rows of this period."), metavar="2024|2024-H1")
]
FormatOption = Annotated[str, typer.Option("--format", help=_format_help(RENDERERS), **_one_of(lambda: [*RENDERERS]))]
OutputOption = Annotated[
    list[str] | None,
    typer.Option("--output", help=_t("Write a file, too, in the format of its ending."), metavar="FILE"),
]
EngineOption = Annotated[
    str, typer.Option("--engine", help=_t("What counts; it never changes a report."), **_one_of(_engines))
]
MemoryOption = Annotated[
    str | None,
    typer.Option("--memory", help=_t("About how much memory may be taken where there are many rows."), metavar="1GB"),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help=_t("Say how it is counted."))]
LimitOption = Annotated[
    str, typer.Option("--limit", help=_t("The most issues, and units a target, in a report; or all."), metavar="N|all")
]
FailOnOption = Annotated[
    str, typer.Option("--fail-on", help=_t("What in the data makes the exit code 1."), **_one_of(lambda: FAIL_ON))
]
ThousandsOption = Annotated[
    str | None,
    typer.Option(
        "--thousands", help=_t("The sign between thousands in counts; else the plan's."), **_one_of(lambda: THOUSANDS)
    ),
]
RosterOption = Annotated[
    str | None,
    typer.Option(
        "--roster", help=_t("Who is expected to report; else the plan's roster, if it has one."), metavar="FILE"
    ),
]
LatestOption = Annotated[
    bool,
    typer.Option("--latest", help=_t("A unit that is in two files counts as the file says that was changed last.")),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help=_t("Write nothing to standard output."))]


def build() -> typer.Typer:
    """The commands, with their help in the language that was asked for."""
    app = typer.Typer(
        name="kpi-check",
        help=_t("Checks data against a plan of targets: what is met, by how many cases, and what holds it back."),
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    targets = typer.Typer(help=_t("For those who write targets.yaml."), no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_root)
    targets.callback()(_targets)
    app.command(help=_t("The verdict on every target."), epilog=_exit_codes())(evaluate)
    app.command(help=_t("The data only: every fault, where it is and how to mend it."))(validate)
    app.command(
        help=_t("Two periods, or a first and a corrected submission, against each other."),
        epilog=_t("Exit codes: 0 nothing differs; 1 something does; 2 could not run."),
    )(compare)
    app.command(help=_t("Every target over the periods of some data, and its final judgement."), epilog=_exit_codes())(
        series
    )
    app.command(help=_t("A form to fill in, made from the plan."))(template)
    app.add_typer(targets, name="targets")
    targets.command(help=_t("Every target in words and figures."))(show)
    targets.command(help=_t("What is wrong with the plan, with its lines."))(lint)
    targets.command(help=_t("The JSON Schema of targets.yaml, for editors."))(schema)
    return app


def _exit_codes() -> str:
    return _t(
        "Exit codes: 0 every target that is due is met and the data have no errors; 1 a target is not met, "
        "undetermined or without data, or the data have errors; 2 could not run."
    )


def main() -> None:
    """Run the command line, in the language that it asks for."""
    stdout = sys.stdout
    try:
        build()()
    except SystemExit as end:
        if sys.stdout is not stdout:  # typer has hushed it: nobody reads on
            raise SystemExit(COULD_NOT_RUN) from end
        raise
    except OSError as error:  # of help and usage errors, which typer writes
        _complain(KpiCheckError(message("{path}: cannot be written: {reason}", path="-", reason=error.strerror or "")))
        os._exit(COULD_NOT_RUN)  # what could not be written is not tried again


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"kpi-check {VERSION}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help=_t("The version."))
    ] = False,
    lang: LangOption = None,
) -> None:
    pass


def _targets(
    lang: LangOption = None,
) -> None:
    pass


# --- commands --------------------------------------------------------------------------------------------------------


def evaluate(
    data: DataArgument,
    targets: PlanOption = None,
    period: PeriodOption = None,
    by: ByOption = None,
    format_: FormatOption = "console",
    output: OutputOption = None,
    lang: LangOption = None,
    engine: EngineOption = "auto",
    memory: MemoryOption = None,
    verbose: VerboseOption = False,
    limit: LimitOption = "1000",
    thousands: ThousandsOption = None,
    roster: RosterOption = None,
    latest: LatestOption = False,
    fail_on: FailOnOption = "error",
    quiet: QuietOption = False,
) -> None:
    """Judge data by a plan."""
    with _reporting():
        from kpi_check import evaluation

        judge = partial(evaluation.evaluate, by=by or (), thousands=thousands, roster=roster, latest=latest)
        judge = partial(judge, memory=_memory(memory), tell=_say if verbose else None)
        shown, read = None if quiet else format_, [roster] if roster else []
        report = _run(judge, data, targets, period, shown, output, lang, engine, limit, read=read)
        code = _exit_code(report, fail_on)
    raise typer.Exit(code)


def validate(
    data: DataArgument,
    targets: PlanOption = None,
    period: PeriodOption = None,
    format_: FormatOption = "console",
    output: OutputOption = None,
    lang: LangOption = None,
    engine: EngineOption = "auto",
    memory: MemoryOption = None,
    verbose: VerboseOption = False,
    limit: LimitOption = "1000",
    thousands: ThousandsOption = None,
    roster: RosterOption = None,
    latest: LatestOption = False,
    previous: Annotated[
        list[str] | None,
        typer.Option(
            "--previous",
            help=_t("Data of the period before: what changed more than is likely is told."),
            metavar="DATA",
        ),
    ] = None,
    fix_list: Annotated[
        str | None,
        typer.Option(
            "--fix-list", help=_t("Write a copy of the file with its faults coloured and listed."), metavar="FILE.xlsx"
        ),
    ] = None,
    fail_on: FailOnOption = "error",
    quiet: QuietOption = False,
) -> None:
    """Check data alone."""
    with _reporting():
        from kpi_check import evaluation

        check = partial(evaluation.validate, thousands=thousands, previous=previous, roster=roster, latest=latest)
        check = partial(check, memory=_memory(memory), tell=_say if verbose else None)
        shown, read = None if quiet else format_, [*(previous or ()), *filter(None, [roster])]
        report = _run(check, data, targets, period, shown, output, lang, engine, limit, fix_list, read)
        code = _exit_code(report, fail_on)
    raise typer.Exit(code)


def compare(
    old: Annotated[str, typer.Argument(help=_t("Files, a folder or a report: what was before."), metavar="OLD")],
    new: Annotated[str, typer.Argument(help=_t("The same of what is now."), metavar="NEW")],
    targets: PlanOption = None,
    old_period: Annotated[
        str | None, typer.Option("--old-period", help=_t("The period of OLD; else its own."), metavar="2024|2024-H1")
    ] = None,
    new_period: Annotated[
        str | None, typer.Option("--new-period", help=_t("The period of NEW; else its own."), metavar="2024|2024-H1")
    ] = None,
    by: ByOption = None,
    format_: Annotated[
        str,
        typer.Option("--format", help=_format_help(COMPARISON_RENDERERS), **_one_of(lambda: [*COMPARISON_RENDERERS])),
    ] = "console",
    output: OutputOption = None,
    lang: LangOption = None,
    limit: LimitOption = "1000",
    thousands: ThousandsOption = None,
    roster: RosterOption = None,
    quiet: QuietOption = False,
) -> None:
    """Set two bodies of data against each other."""
    with _reporting():
        from kpi_check import comparing

        endings = {ending: name for name, r in COMPARISON_RENDERERS.items() for ending in r.endings}
        outputs = [(path, _format_of(path, endings)) for path in output or []]
        plan, most = _load(targets), _limit(limit)
        periods = {"old_period": old_period, "new_period": new_period}
        more = {"by": by or (), "lang": lang or LANG, "limit": most, "thousands": thousands, "roster": roster}
        compared = comparing.compare(plan, old, new, **periods, **more)  # type: ignore[arg-type] # each is of its own type
        for path, name in outputs:
            refuse_to_overwrite(path, [plan.path, *filter(None, [roster]), *compared.old.paths, *compared.new.paths])
            write_whole(path, partial(render_comparison, name, compared))
        if not quiet:
            _write_out(lambda stream: render_comparison(format_, compared, stream, _surface()))
    raise typer.Exit(FAILED if compared.differs else FINE)


def series(
    data: DataArgument,
    targets: PlanOption = None,
    format_: Annotated[
        str,
        typer.Option("--format", help=_format_help(SERIES_RENDERERS), **_one_of(lambda: [*SERIES_RENDERERS])),
    ] = "console",
    output: OutputOption = None,
    lang: LangOption = None,
    thousands: ThousandsOption = None,
    roster: RosterOption = None,
    latest: LatestOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge data period by period."""
    with _reporting():
        from kpi_check import series as over_time
        from kpi_check.compliance import Status

        endings = {ending: name for name, r in SERIES_RENDERERS.items() for ending in r.endings}
        outputs = [(path, _format_of(path, endings)) for path in output or []]
        plan = _load(targets)
        with contextlib.ExitStack() as opened:
            given = _data(data, opened)
            made = over_time.series(plan, given, lang=lang or LANG, thousands=thousands, roster=roster, latest=latest)
        for path, name in outputs:
            read = [file for period in made.periods for file in period.files]
            refuse_to_overwrite(path, [plan.path, *filter(None, [roster]), *read])
            write_whole(path, partial(render_series, name, made))
        if not quiet:
            _write_out(lambda stream: render_series(format_, made, stream, _surface()))
        fine = made.verdict in (Status.MET, Status.NOT_DUE) and not made.has_errors
    raise typer.Exit(FINE if fine else FAILED)


def _run(
    make: "Callable[..., Report]",
    data: Sequence[str],
    targets: str | None,
    period: str | None,
    format_: str | None,
    output: Sequence[str] | None,
    lang: str | None,
    engine: str,
    limit: str,
    fix_list: str | None = None,
    read: Sequence[str] = (),
) -> "Report":
    """Make a report and write it to where it is asked for (a format of None: not to standard output).

    `read` are files, beside the data and the plan, that must not be written over.
    """
    outputs, most = [(path, _format_of(path, ENDINGS)) for path in output or []], _limit(limit)
    plan = _load(targets)
    with contextlib.ExitStack() as opened:
        given = _data(data, opened)
        report = make(
            plan,
            given,
            period=period,
            lang=lang or LANG,
            limit=most,
            engine=engine,
            processes=_processors(),
            progress=_progress(opened) if format_ is not None else None,
        )
        if fix_list is not None:
            _write_fix_list(fix_list, plan, given, report)
    for path, name in outputs:
        refuse_to_overwrite(path, [plan.path, *read, *(file.path for file in report.inputs)])
        write_whole(path, partial(render, name, report))
    if format_ is not None:
        _write_out(lambda stream: render(format_, report, stream, _surface()))
    return report


def _progress(opened: contextlib.ExitStack) -> Callable[[int, int], None] | None:
    """What shows how many files are read, where standard error is a terminal; it is taken off at the end."""
    stream = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("NO_COLOR"):
        return None
    began = time.monotonic()
    bars: list[ProgressBar] = []

    def show(done: int, total: int) -> None:
        if not bars and time.monotonic() - began > _PATIENCE and total > 1:
            from kpi_check.renderers import progress

            bars.append(progress.ProgressBar(stream, _t("reading files")))
            opened.callback(bars[0].close)
        for bar in bars:
            bar.show(done, total)

    return show


_PATIENCE = 0.7
"""So many seconds nobody needs a progress bar."""


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _write_fix_list(path: str, plan: "Plan", given: "Sequence[Data]", report: "Report") -> None:
    """Write the copy with its faults, of the one file that was read."""
    from kpi_check.fix_list import write_fix_list
    from kpi_check.readers import Source, file_source

    if Path(path).suffix.lower() != ".xlsx":
        raise UsageError(
            message("--fix-list {path}: a list of faults is a workbook", path=path), message("name it FILE.xlsx")
        )
    if len(report.inputs) != 1:
        raise UsageError(
            message("--fix-list is of one file, and {number} were read", number=len(report.inputs)),
            message("validate one file at a time"),
        )
    (read,) = report.inputs
    refuse_to_overwrite(path, [plan.path, read.path], "--fix-list")
    refuse_what_is_there(path, "--fix-list")
    source = next((item for item in given if isinstance(item, Source)), None) or file_source(read.path)
    write_whole(path, partial(write_fix_list, plan, source, report, language(report.language)))


def template(
    targets: PlanOption = None,
    period: Annotated[
        str | None, typer.Option("--period", help=_t("Make it for this period."), metavar="2024|2024-H1")
    ] = None,
    roster: Annotated[
        str | None, typer.Option("--roster", help=_t("Fill in the units of this roster."), metavar="FILE")
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            "--rows", help=_t("How many blank rows a workbook has: 500, or 20 below those of a roster."), metavar="N"
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            help=_t("Write it to a new file, a workbook or CSV; else it is CSV on standard output."),
            metavar="FILE.xlsx|FILE.csv",
        ),
    ] = None,
    lang: LangOption = None,
) -> None:
    """A form to fill in."""
    with _reporting():
        from kpi_check import forms
        from kpi_check import template as writers
        from kpi_check.readers import file_source
        from kpi_check.roster import read_roster

        plan, blank = _load(targets), None if rows is None else _rows(rows)
        units = () if roster is None else read_roster(plan, file_source(roster)).units
        form = forms.make_form(plan, language(lang or LANG), period, units)
        if output:
            writers.write_forms(form, output, blank, [plan.path, *filter(None, [roster])])
        else:
            _write_out(partial(writers.write_csv, form))


def show(
    file: PlanArgument = None,
    targets: PlanOption = None,
    lang: LangOption = None,
) -> None:
    """Every target in words and figures."""
    with _reporting():
        from kpi_check.renderers import targets as page

        plan = _load(file if targets is None else targets)
        _write_out(lambda stream: page.render(plan, language(lang or LANG), stream, _surface()))


def lint(
    file: PlanArgument = None,
    targets: PlanOption = None,
    lang: LangOption = None,
) -> None:
    """What is wrong with the plan."""
    with _reporting():
        plan = _load(file if targets is None else targets)
        said = message("{path}: no problem in the plan; {number} targets", path=plan.path, number=len(plan.targets))
        _print(visible(language(lang or LANG).say(said)))


def schema() -> None:
    """The JSON Schema of targets.yaml."""
    with _reporting():
        import json

        from kpi_check.plan import schema as plan_schema

        _print(json.dumps(plan_schema(), ensure_ascii=False, indent=2))


# --- words to things -------------------------------------------------------------------------------------------------


def _load(path: str | None) -> "Plan":
    """The plan that is named, else the one in the working folder, else the shipped one."""
    from kpi_check.plan import shipped_plan
    from kpi_check.plan_lint import load_plan

    if path is not None:
        return load_plan(path)
    here = "targets.yaml"
    return load_plan(here if os.path.isfile(here) else shipped_plan())


def _data(names: Sequence[str], opened: contextlib.ExitStack) -> "list[Data]":
    """What is named, with standard input opened (once)."""
    data: list[Data] = [name for name in names if name != "-"]
    if "-" in names:
        if sys.stdin is None:
            raise UsageError(message("standard input is closed"))
        from kpi_check.readers.source import stream_source

        stdin = stream_source(sys.stdin.buffer)
        opened.callback(stdin.close)
        data.append(stdin)
    return data


def _limit(text: str) -> int | None:
    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UsageError(message('--limit: "{text}" is not a number', text=text), message("give a number, or all"))
    return int(text)


def _memory(text: str | None) -> int | None:
    """A size in bytes; there is no working with less than 256 MB."""
    found = re.fullmatch("([0-9]{1,6})(MB|GB)", text or "", re.ASCII)
    size = int(found[1]) * {"MB": 10**6, "GB": 10**9}[found[2]] if found else 0
    if text is not None and size < LEAST_MEMORY:
        raise UsageError(
            message('--memory: "{text}" is not a size from 256MB on', text=text), message("give it as 800MB or 1GB")
        )
    return size or None


def _rows(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UsageError(message('--rows: "{text}" is not a number', text=text), message("give a number"))
    return int(text)


def _format_of(path: str, endings: Mapping[str, str]) -> str:
    ending = Path(path).suffix.lower()
    if ending not in endings:
        near = nearest(ending, endings) if ending else None
        raise UsageError(
            message("--output {path}: no format has this ending", path=path),
            message("did you mean {word}?", word=near)
            if near
            else message("known endings: {known}", known=", ".join(endings)),
        )
    return endings[ending]


def _exit_code(report: "Report", fail_on: str) -> int:
    from kpi_check.compliance import Status

    fine = report.verdict in (Status.MET, Status.NOT_DUE, None) and not report.issue_count["error"]
    if fail_on == "warning":
        fine = fine and not report.issue_count["warning"]
    return FINE if fine else FAILED


# --- streams ---------------------------------------------------------------------------------------------------------


def _surface() -> Surface:
    """What standard output can show."""
    import shutil

    terminal = _stdout().isatty()
    locale = next((v for name in ("LC_ALL", "LC_CTYPE", "LANG") if (v := os.environ.get(name))), "")
    return Surface(
        width=min(max(shutil.get_terminal_size((100, 24)).columns, 20), 500),
        color=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and _takes_colour(),
        ascii_only=locale in ("C", "POSIX"),
    )


def _takes_colour() -> bool:
    """Whether the terminal takes codes for colours; of those of Windows the new one does for certain."""
    return sys.platform != "win32" or "WT_SESSION" in os.environ


def _write_out(write: Callable[[BinaryIO], None]) -> None:
    """Write all of it to standard output, which may be unbuffered and take less at a time."""
    page = io.BytesIO()
    write(page)
    rest = page.getbuffer()
    try:
        while rest:
            rest = rest[_stdout().buffer.write(rest) :]
        _stdout().buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _close(_stdout())  # what could not be written is not tried again at the end
        raise KpiCheckError(
            message("{path}: cannot be written: {reason}", path="-", reason=error.strerror or str(error))
        ) from error


def _close(stream: TextIO) -> None:
    """Let what is still to be written go nowhere, for good."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print(text: str) -> None:
    def write(stream: BinaryIO) -> None:
        stream.write(text.encode("utf-8", "backslashreplace") + b"\n")

    _write_out(write)


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise UsageError(message("standard output is closed"))
    return sys.stdout


@contextlib.contextmanager
def _reporting() -> Iterator[None]:
    """Turn what goes wrong into a message on standard error and exit code 2; no traceback reaches a user.

    What dead runs have left in the folder of temporary files is removed first: they may have filled the disk.
    """
    sweep()
    try:
        yield
    except KpiCheckError as error:
        _complain(error)
        raise typer.Exit(COULD_NOT_RUN) from error
    except BrokenPipeError as error:
        # Nobody reads on, and the interpreter should not complain of that at its end.
        _close(_stdout())
        raise typer.Exit(COULD_NOT_RUN) from error
    except (KeyboardInterrupt, typer.Exit):
        raise
    except Exception as error:
        if ended.code() is not None:  # a library made of it what it would
            raise typer.Exit(COULD_NOT_RUN) from error
        _complain_of_bug(error)
        raise typer.Exit(COULD_NOT_RUN) from error


def _complain(error: KpiCheckError) -> None:
    _say(message("kpi-check: {what}", what=error.what))
    for problem in error.problems if isinstance(error, PlanError) else ():
        where = message("line {line}", line=str(problem.line)) if problem.line else message("the file")
        _say(message("  {where}: {what}", where=where, what=problem.what))
        if problem.hint is not None:
            _say(message("    -> {hint}", hint=problem.hint))
    if error.hint is not None:
        _say(message("  -> {hint}", hint=error.hint))


def _complain_of_bug(error: Exception) -> None:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    what = f"{type(error).__name__}: {error}"[:300]
    _say(message("kpi-check: this is a bug in the program: {what} ({place})", what=what, place=place))
    _say(message("  -> no verdict was reached; please report it, with the command and, if you may, the data"))


def _say(what: Message) -> None:
    said = visible(language(LANG).say(what))
    stream = sys.stderr
    if stream is None:
        return
    code = stream.encoding or "utf-8"
    try:
        stream.write(said.encode(code, "backslashreplace").decode(code) + "\n")
    except OSError:  # who cannot be told learns it from the exit code
        _close(stream)
