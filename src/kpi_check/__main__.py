"""The entry point, for `kpi-check` and for `python -m kpi_check`.

A run is short and makes few cycles; looking for them, at its end too, costs more than it frees.
"""

import atexit
import gc
import os


def main() -> None:
    """Run the command line."""
    gc.disable()
    atexit.register(gc.freeze)
    # Plugins of pydantic are for those who use it as a library; looking for them reads the data of every package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from kpi_check import cli

    cli.main()


if __name__ == "__main__":
    main()
