"""`xinzhi NAME …`: finds the pipeline of that name, importing nothing heavy first."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    from xinzhi.config import help as helping

    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(helping.of_program())  # noqa: T201 - the program's answer
        return 0
    if arguments[0] == "--version":
        print(helping.version())  # noqa: T201
        return 0
    name, rest = arguments[0], arguments[1:]
    if name.replace("_", "-") not in helping.commands():
        print(helping.no_such_command(name), file=sys.stderr)  # noqa: T201
        return 2
    if any(argument in {"-h", "--help"} for argument in rest):
        print(helping.of_pipeline(name))  # noqa: T201
        return 0
    from xinzhi.config.entry import start

    return start(name.replace("_", "-"), rest)
