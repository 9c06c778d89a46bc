"""The program `dynclient`, also as `python -m dynclient`: the command line, or what to install for it."""

import sys
from importlib import import_module

from dynclient.extras import MissingExtra, needs


def program() -> None:
    """Run the command line."""
    try:
        with needs("cli", "the command line"):
            import_module("rich")  # click comes with many packages, and half of an extra must not fail in the middle
            from dynclient.cli import main
    except MissingExtra as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    main()


if __name__ == "__main__":
    program()
