"""Values of the data as a person can read them."""

import json
import re

_LONGEST = 400  # characters of a text that are shown
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shown(value: object, longest: int = _LONGEST) -> str:
    """Make a value of the data fit to be read: cut if long, no control characters.

    Args:
        value: a text, or anything that JSON can write.
        longest: characters that are kept.

    >>> shown("a" * 500)[-34:]
    'aaaaaaaaaaaa … 100 more characters'
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    rest = len(text) - longest
    cut = f"{text[:longest]} … {rest:,} more characters" if rest > 0 else text
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", cut)
