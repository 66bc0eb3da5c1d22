"""Run the command line as ``python -m embudo``."""

from embudo.cli import main

if __name__ == "__main__":
    main()
