"""The one way into every pipeline: what was typed becomes a checked config, then it runs."""

import atexit
import gc
import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from omegaconf import DictConfig

from xinzhi.config import failures, project, report
from xinzhi.config.failures import INTERRUPTED, TERMINATED
from xinzhi.errors import ConfigError

OFFLINE = ("XINZHI_OFFLINE", "HF_HUB_OFFLINE")  # what libraries that fetch on their own look at


class Flags:
    """The few arguments that start with a dash."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.rest: list[str] = []
        self.help = self.version = self.print_config = self.multirun = False
        left = list(arguments)
        while left:
            argument = left.pop(0)
            if argument == "--":
                self.rest += left
                break
            if argument == "--cfg":
                left[:1] = []  # `--cfg job`: there is but one config to print
                self.print_config = True
            elif argument.startswith("-") and argument != "-" and not argument[1:].isdecimal():
                self._set(argument)
            else:
                self.rest.append(argument)

    def _set(self, argument: str) -> None:
        names = {"-h": "help", "--help": "help", "--version": "version", "-m": "multirun",
                 "--multirun": "multirun", "--cfg=job": "print_config"}  # fmt: skip
        if argument not in names:
            from xinzhi.config.near import UnknownNameError

            raise UnknownNameError("the option", argument, [*names, "--cfg job"])
        setattr(self, names[argument], True)


def start(pipeline: str, argv: Sequence[str] | None = None) -> int:
    """Run a pipeline with arguments as typed, and return the exit code.

    Args:
        pipeline: the name of the command, `label-queue` or `train`.
        argv: what stands after the command, the process's own arguments by default.
    """
    atexit.unregister(_leave_memory)
    atexit.register(_leave_memory)
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = any(a.lstrip("+") == "report=json" for a in arguments)
    with report.only_json(wanted=as_json), ending_on_signals() as seen:
        code, show = _guarded(pipeline, arguments, seen, as_json=as_json)
    show()
    sys.stdout.flush()
    if argv is None:
        sys.exit(code)
    return code


def _leave_memory() -> None:
    """Looks for no garbage on the way out, which takes seconds once torch is loaded."""
    if "duckdb" not in sys.modules:  # it tells on the terminal what was not freed
        gc.freeze()


def _guarded(
    pipeline: str, arguments: list[str], seen: list[int], *, as_json: bool
) -> tuple[int, Callable[[], None]]:
    """Run, and turn whatever happens into an exit code and something to print."""
    try:
        result, code = _run(pipeline, arguments)
    except BaseException as error:  # noqa: BLE001 - the edge of the program
        code, message = failures.told(error)
        code = (INTERRUPTED if seen[0] == signal.SIGINT else TERMINATED) if seen else code
        if not message:
            return code, lambda: None
        facts = failures.facts(error, code)
        return code, lambda: report.failure(message, as_json=as_json, facts=facts)
    return code, lambda: report.show(result, as_json=as_json)


def _run(pipeline: str, arguments: list[str]) -> tuple[Any, int]:
    flags = Flags(arguments)
    if flags.help or flags.version:
        from xinzhi.config import help as helping

        return helping.version() if flags.version else helping.of_pipeline(pipeline), 0
    if flags.multirun:
        outcome = _multirun(pipeline, flags.rest)
        return outcome, outcome.exit_code
    config = prepare(pipeline, flags.rest)
    if flags.print_config:
        from xinzhi.config.identity import config_text

        return config_text(config).rstrip("\n"), 0
    result = run(pipeline, config)
    return result, int(getattr(result, "exit_code", 0))


def _multirun(pipeline: str, arguments: Sequence[str]) -> Any:  # noqa: ANN401 - the pipeline's own
    project.make_importable()
    found = importlib.import_module(f"xinzhi.pipelines.{pipeline.replace('-', '_')}")
    if not hasattr(found, "multirun"):
        raise ConfigError(
            f"`xinzhi {pipeline}` runs once, -m is for several trainings",
            mend="xinzhi train -m seed=1,2,3",
        )
    with _offline(wanted="offline=true" in arguments):
        return found.multirun(arguments)


def prepare(pipeline: str, arguments: Sequence[str]) -> DictConfig:
    """The checked config for what was typed."""
    from xinzhi.config import compose, grammar, words
    from xinzhi.config.check import check

    project.make_importable()
    module = pipeline.replace("-", "_")
    typed = grammar.take_apart(list(arguments))
    _refuse_sweep(pipeline, typed.overrides)
    places = compose.declared(compose.open_repository(module), module)
    overrides = words.as_overrides(pipeline, typed.words, places.keys)
    config = compose.compose(module, [*overrides, *typed.overrides])
    check(config)
    return config


def _refuse_sweep(pipeline: str, overrides: Sequence[str]) -> None:
    """Refuse keys of a sweep where there is none.

    Raises:
        ConfigError: such a key.
    """
    from xinzhi.config import catalog, grammar

    own = [word for word in overrides if grammar.is_of_sweep(word)]
    if own and pipeline in catalog.SEVERAL:
        raise ConfigError(
            f"`{own[0]}` is of a sweep, and there is none without -m",
            mend=f"xinzhi {pipeline} -m …",
        )


def run(pipeline: str, config: DictConfig) -> Any:  # noqa: ANN401 - the pipeline's own result
    """Import the pipeline, heavy as it may be, and run it.

    Raises:
        ConfigError: there is no such pipeline.
    """
    name = pipeline.replace("-", "_")
    if importlib.util.find_spec(f"xinzhi.pipelines.{name}") is None:
        raise ConfigError(f"the pipeline `{pipeline}` is not there", mend="xinzhi --help")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with _offline(wanted=bool(config.get("offline"))):
        return importlib.import_module(f"xinzhi.pipelines.{name}").run(config)


@contextmanager
def _offline(*, wanted: bool) -> Iterator[None]:
    """Tell libraries that fetch on their own not to, for one run of a pipeline."""
    before = {name: os.environ.get(name) for name in OFFLINE}
    if wanted:
        os.environ |= dict.fromkeys(OFFLINE, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def ending_on_signals() -> Iterator[list[int]]:
    """Make SIGTERM end the program as Ctrl-C does.

    Yields:
        The signals that came.
    """
    seen: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        seen.append(number)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(TERMINATED)

    if os.name == "nt":  # pragma: no cover
        yield seen
        return
    before = {s: signal.signal(s, interrupt) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
