"""Which keys an interpolation names: `${seed}`, `${oc.select:model._suggests_.lr,1.0e-3}`."""

import re

_PLAIN = re.compile(r"\$\{\s*(?P<key>[A-Za-z_][\w.]*)\s*\}")
_SELECT = re.compile(r"\$\{\s*oc\.select:\s*(?P<key>[A-Za-z_][\w.]*)")


def followed(value: object) -> list[str]:
    """The keys that a value is made of.

    >>> followed("${oc.select:model._suggests_.lr,1.0e-3}"), followed("${oc.env:HOME}"), followed(1)
    (['model._suggests_.lr'], [], [])
    """
    if not isinstance(value, str):
        return []
    return [found["key"] for pattern in (_PLAIN, _SELECT) for found in pattern.finditer(value)]


def is_suggestion(value: object) -> bool:
    """Whether a value only takes another key's where nothing else is said."""
    return isinstance(value, str) and _SELECT.match(value.strip()) is not None


def mirrored(value: object) -> str | None:
    """The key whose value it is as it stands; None for all other values.

    >>> mirrored("${seed}"), mirrored("a ${seed}")
    ('seed', None)
    """
    found = _PLAIN.fullmatch(value.strip()) if isinstance(value, str) else None
    return found["key"] if found is not None else None
