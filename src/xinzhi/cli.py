"""`xinzhi NAME …`: finds the pipeline of that name, importing nothing heavy first."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    from xinzhi.config import help as helping
    from xinzhi.config.report import say

    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        say(helping.of_program())
        return 0
    if arguments[0] == "--version":
        say(helping.version())
        return 0
    if arguments[0] == "--complete":
        from xinzhi.config.completion import candidates

        say("\n".join(candidates(" ".join(arguments[1:]))))
        return 0
    name, rest = arguments[0], arguments[1:]
    if name.replace("_", "-") not in helping.commands():
        print(helping.no_such_command(name), file=sys.stderr)  # noqa: T201
        return 2
    if any(argument in {"-h", "--help"} for argument in rest):
        say(helping.of_pipeline(name))
        return 0
    from xinzhi.config.entry import start

    return start(name.replace("_", "-"), rest)
