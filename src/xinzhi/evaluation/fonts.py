"""A font for every character of a figure, and numbers in place of names where there is none."""

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_log = logging.getLogger(__name__)

DEFAULT = "DejaVu Sans"  # comes with matplotlib: Latin, Greek, Cyrillic, no Chinese
KNOWN = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "Microsoft YaHei",
    "SimHei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Songti SC",
    "SimSun",
    "AR PL UMing CN",
    "Arial Unicode MS",
)
_WINDOWS_UNDER_LINUX = Path("/mnt/c/Windows/Fonts")
_WINDOWS_FILES = ("msyh.ttc", "simhei.ttf", "simsun.ttc")
PACKAGED = "noto_cjk"  # the archive's name in xinzhi.data.archives
MEND = f"xinzhi data fetch {PACKAGED}, or apt-get install fonts-noto-cjk (Debian, Ubuntu)"


class Lettering(NamedTuple):
    """How the names in a figure are written.

    Attributes:
        names: the names as they can be drawn: themselves, or `#3` where no font has them.
        families: fonts to draw with, the later ones for what the earlier ones lack.
    """

    names: tuple[str, ...]
    families: tuple[str, ...] = (DEFAULT,)


def lettering(names: Sequence[str], *, offline: bool = True) -> Lettering:
    """Fonts in which all names are legible; else numbers for names, with a warning.

    Args:
        names: what will be drawn, in the order of the classes.
        offline: take the packaged font only if it is in the cache.

    Returns:
        Drawable names and the fonts for them.
    """
    drawable = tuple(" ".join(name.split()).replace("$", r"\$") for name in names)
    missing = _missing("".join(drawable), DEFAULT)
    if not missing:
        return Lettering(drawable)
    family = _installed(missing) or _packaged(missing, offline=offline)
    if family:
        return Lettering(drawable, (DEFAULT, family))
    _log.warning(
        "no font has the characters %s…, so that figures number the classes (classes.txt names "
        "them)\n  mend: %s; `xinzhi doctor` checks it",
        "".join(sorted(missing))[:8],
        MEND,
    )
    numbered = (f"#{index}" if missing & set(name) else name for index, name in enumerate(drawable))
    return Lettering(tuple(numbered), (DEFAULT,))


def set_fonts(figure: "Figure", families: Sequence[str]) -> None:
    """Draw every text of the figure with these fonts."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_fontfamily(list(families))


def chinese_family() -> str | None:
    """An installed font with Chinese characters, for a health check."""
    return _installed(set("中文标签"))


def _installed(characters: set[str]) -> str | None:
    from matplotlib import font_manager

    manager = font_manager.fontManager
    for path in (_WINDOWS_UNDER_LINUX / name for name in _WINDOWS_FILES):
        if path.exists():
            manager.addfont(path)
    found = _first(characters)
    if found:
        return found
    listed = {entry.fname for entry in manager.ttflist}
    # those installed after matplotlib wrote its list
    for newer in set(font_manager.findSystemFonts()) - listed:
        _add(newer)
    return _first(characters)


def _add(path: str) -> None:
    from matplotlib import font_manager

    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError, ValueError):  # not every file there is a usable font
        _log.debug("unusable font %s", path)


def _first(characters: set[str]) -> str | None:
    from matplotlib import font_manager

    there = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in KNOWN if name in there and not _missing(characters, name)), None)


def _missing(characters: Iterable[str], family: str) -> set[str]:
    from matplotlib import font_manager, ft2font

    path = font_manager.findfont(font_manager.FontProperties(family=[family]))
    known = ft2font.FT2Font(os.fspath(path)).get_charmap()
    return {one for one in characters if ord(one) not in known and not one.isspace()}


def _packaged(characters: set[str], *, offline: bool) -> str | None:
    """Noto Sans CJK cut down to the characters, from the package index or the cache."""
    from xinzhi.data.archives import fetch
    from xinzhi.errors import FetchError
    from xinzhi.evaluation.glyphs import cut_font

    try:
        folder = fetch(PACKAGED, offline=offline)
        return cut_font(next(folder.glob("*.ttc")), characters)
    except (FetchError, OSError, StopIteration) as error:
        _log.info("the packaged font cannot be had: %s", error)
        return None
