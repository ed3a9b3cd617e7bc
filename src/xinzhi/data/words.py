"""Functions that an engine has under a name of its own."""

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any


def builtin(name: str, takes: Sequence[str], gives: str) -> Callable[..., Any]:
    """Name a function that an engine has and Ibis does not know.

    Args:
        name: the engine's.
        takes: types of its arguments.
        gives: type of its value.

    Returns:
        Ibis columns → Ibis column.
    """
    import ibis

    def unread() -> None: ...

    kind = Parameter.POSITIONAL_ONLY
    places = [Parameter(f"argument{place}", kind) for place in range(len(takes))]
    unread.__signature__ = Signature(places)  # type: ignore[attr-defined]  # Ibis counts them
    return ibis.udf.scalar.builtin(unread, name=name, signature=(tuple(takes), gives))  # type: ignore[no-any-return]
