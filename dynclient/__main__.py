"""`python -m dynclient` is the command line."""

from dynclient.cli import main

if __name__ == "__main__":
    main()
