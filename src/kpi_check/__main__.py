"""The entry point, for `kpi-check` and for `python -m kpi_check`.

A run is short and makes few cycles; looking for them, at its end too, costs more than it frees.
"""

import atexit
import gc
import os
import sys

from kpi_check import ended


def main() -> None:
    """Run the command line."""
    ended.listen()
    try:
        _run()
    finally:
        ended.no_longer()
        if (code := ended.code()) is not None:  # whatever was made of it on its way
            atexit._run_exitfuncs()
            os._exit(code)  # threads that are still at work would not bear it that Python is taken down under them


def _run() -> None:
    _open_what_is_closed()
    gc.disable()
    atexit.register(gc.freeze)
    # Plugins of pydantic are for those who use it as a library; looking for them reads the data of every package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from kpi_check import cli

    cli.main()


def _open_what_is_closed() -> None:
    """Let no file that is opened get the number of a standard stream that is closed: some libraries write there."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:  # typer would write to standard output what is meant for it
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - to the end


if __name__ == "__main__":
    main()
