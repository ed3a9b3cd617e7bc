"""Personal data inside texts: addresses, phone and card numbers, patterns of one's own.

What is found loses its letters and digits and keeps its shape: `ana.li@shop.com` becomes
`a***@***.com`, `+49 30 1234567` becomes `+** ** *******`, and what a pattern of one's own finds
becomes as many stars as it has signs. Every replacement leaves fewer signs that are no star, so
masking until nothing changes comes to an end, and masking again changes nothing.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from xinzhi.config.near import near
from xinzhi.errors import DataError

# Letters of alphabets, not Chinese signs: a text without blanks runs on into an address.
_WORD = r"0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u1fff"
_EMAIL = re.compile(
    rf"(?P<first>[{_WORD}_!#$%&'*+/=?^`{{|}}~-])[{_WORD}_.!#$%&'*+/=?^`{{|}}~-]{{0,63}}[@＠]"
    rf"(?:[{_WORD}][{_WORD}-]{{0,62}}[.．。]){{1,8}}(?P<top>[{_WORD}-]{{1,62}}[{_WORD}])"
)
_DIGITS = "0-9０-９٠-٩۰-۹०-९"
_D = f"[{_DIGITS}]"
_GAPS = r"\s\u00a0().·‐-―-"  # what stands between the groups of a phone number
_GAP = f"[{_GAPS}]"
_RUN = re.compile(f"[(+＋{_DIGITS}][{_DIGITS}{_GAPS}]{{6,}}")  # found fast; holds all of a number
_PHONE = re.compile(
    rf"(?<!{_D})(?:[+＋]|00|００){_GAP}?{_D}(?:{_GAP}{{0,3}}{_D}){{6,14}}(?!{_D})"  # E.164
    rf"|(?<!{_D})(?:86|８６)?{_GAP}?[1１][3-9３-９]{_D}{_GAP}?{_D}{{4}}{_GAP}?{_D}{{4}}(?!{_D})"
    rf"|(?<!{_D})\(?[0０]{_D}{{2,3}}\)?[-\s]{_D}{{7,8}}(?!{_D})"  # Chinese landline
    rf"|(?<!{_D})\(?[2-9]{_D}{_D}\)?[-.\s]\s?[2-9]{_D}{_D}[-.\s]{_D}{{4}}(?!{_D})"  # North America
)
# 13 to 19 digits, in groups or not; the fraction of a number is none
_CARD = re.compile(rf"(?<!{_D})(?<!{_D}[.,]){_D}(?:[ \u00a0‐-―-]?{_D}){{12,}}(?!{_D})")
_DIGIT = re.compile(_D)
_GROUPS = re.compile(f"{_D}+")


class Pattern(NamedTuple):
    """Something personal that is looked for in texts.

    Attributes:
        name: email, phone, card, or one's own.
        hint: RE2 that matches wherever there may be some, to pass by most texts fast; or None.
        mask: text → the text without.
    """

    name: str
    hint: str | None
    mask: Callable[[str], str]


def parse(declared: Sequence[object]) -> tuple[Pattern, ...]:
    """Read a list of patterns.

    Args:
        declared: email, phone, card and `name=REGEX` in Python's syntax.

    Raises:
        DataError: a name is unknown or an expression cannot be; names the near match.
    """
    if isinstance(declared, str) or not isinstance(declared, Sequence):
        raise DataError(
            f"data.private.patterns must be a list such as [email, phone], was {declared!r}"
        )
    return tuple(_pattern(str(each)) for each in declared)


def mask(text: str, patterns: Sequence[Pattern]) -> str:
    """Give the text without what the patterns find.

    >>> mask("write to ana.li@shop.com or 13812345678", parse(["email", "phone"]))
    'write to a***@***.com or ***********'

    Args:
        text: any.
        patterns: as parsed.
    """
    while True:
        masked = text
        for pattern in patterns:
            masked = pattern.mask(masked)
        if masked == text:
            return text
        text = masked


def _pattern(declared: str) -> Pattern:
    name, equals, expression = declared.partition("=")
    if not equals:
        if name not in _KNOWN:
            raise DataError(
                f"data.private.patterns: {name!r} is unknown; give a pattern of your own as "
                f"{name or 'name'}=REGEX",
                candidates=near(name, _KNOWN) or _KNOWN,
            )
        return _KNOWN[name]
    try:
        compiled = re.compile(expression)
    except re.error as error:
        raise DataError(
            f"data.private.patterns: {name} must be a regular expression, was {expression!r}: "
            f"{error}"
        ) from None
    if compiled.match("") is not None and compiled.fullmatch("") is not None:
        raise DataError(f"data.private.patterns: {name} must not match nothing, was {expression!r}")
    return Pattern(name, None, lambda text: compiled.sub(_stars, text))


def _stars(found: "re.Match[str]") -> str:
    return "*" * len(found[0])


def _email(text: str) -> str:
    if "@" not in text and "＠" not in text:
        return text
    return _EMAIL.sub(_without_address, text)


def _without_address(found: "re.Match[str]") -> str:
    top = found["top"]
    return f"{found['first']}***@***.{top if top.isalpha() and len(top) <= 24 else '***'}"


def _phone(text: str) -> str:
    return _RUN.sub(lambda run: _PHONE.sub(_without_digits, run[0]), text)


def _without_digits(found: "re.Match[str]") -> str:
    return _DIGIT.sub("*", found[0])


def _card(text: str) -> str:
    return _CARD.sub(_without_cards, text)


def _without_cards(found: "re.Match[str]") -> str:
    """Mask the card numbers of a run of digits: other groups may stand before and after."""
    run = found[0]
    groups = [group.span() for group in _GROUPS.finditer(run)]
    for first, (start, _) in enumerate(groups):
        for _, end in reversed(groups[first:]):
            digits = "".join(_DIGIT.findall(run[start:end]))
            if 13 <= len(digits) <= 19 and luhn(digits):
                run = run[:start] + _DIGIT.sub("*", run[start:end]) + run[end:]
    return run


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)

    Args:
        digits: of a card number.
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


# RE2 is fast on these; a digit that is not ASCII is reason enough to look
_OTHER_DIGITS = "[０-９٠-٩۰-۹०-९]"
_KNOWN = {
    "email": Pattern("email", "[@＠]", _email),
    "phone": Pattern("phone", f"([0-9][^0-9A-Za-z]{{0,3}}){{7}}|{_OTHER_DIGITS}", _phone),
    "card": Pattern("card", f"([0-9][^0-9A-Za-z]?){{13}}|{_OTHER_DIGITS}", _card),
}
