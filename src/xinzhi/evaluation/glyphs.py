"""A regular-weight font of a few characters, cut from a large variable one."""

import hashlib
from pathlib import Path

from xinzhi.config.project import cache_folder
from xinzhi.data.replacing import replacing

_SIMPLIFIED = 2  # the collection's fonts are JP, KR, SC, TC, HK: one drawing of a character each
_REGULAR = 400  # matplotlib draws a variable font in its default weight, here the thinnest


def cut_font(collection: Path, characters: set[str]) -> str:
    """Make the font, register it with matplotlib and give its family's name.

    Args:
        collection: a variable font collection, `NotoSansCJK-VF.otf.ttc`.
        characters: what it must be able to draw.

    Returns:
        The family's name.
    """
    from matplotlib import font_manager

    wanted = "".join(sorted(characters))
    family = "xinzhi " + hashlib.sha256(wanted.encode()).hexdigest()[:12]
    path = cache_folder() / "fonts" / f"{family.replace(' ', '-')}.otf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as fresh:
            _cut(collection, wanted, family, fresh)
    if family not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(path)
    return family


def _cut(collection: Path, characters: str, family: str, path: Path) -> None:
    # fontTools ships no types
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    options = subset.Options()
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "BASE", "vmtx", "vhea", "VORG", "VVAR"]
    font = TTFont(collection, fontNumber=_SIMPLIFIED, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)  # before the weight is set: the whole font would take minutes
    regular = instancer.instantiateVariableFont(font, {"wght": _REGULAR}, inplace=True)
    for name in (1, 4, 16):
        regular["name"].setName(family, name, 3, 1, 0x409)
    regular["OS/2"].usWeightClass = _REGULAR
    regular.save(path)
