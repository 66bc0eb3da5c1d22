"""The command line: one small file per verb."""

import sys


def main() -> None:
    """Run the command that was typed, and end the process with its exit code."""
    try:
        from embudo.cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    sys.exit(code)
