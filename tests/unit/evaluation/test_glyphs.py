"""A few characters are cut out of a variable font collection, in regular weight."""

import pytest

from xinzhi.evaluation.glyphs import cut_font


def outline(advance):
    from fontTools.misc.psCharStrings import T2CharString

    program = [0, 0, "rmoveto", advance, "hlineto", 700, "vlineto", -advance, "hlineto"]
    return T2CharString(program=program)


def variable_font(family):
    from fontTools.designspaceLib import AxisDescriptor, DesignSpaceDocument, SourceDescriptor
    from fontTools.fontBuilder import FontBuilder
    from fontTools.varLib import build

    def master(width):
        builder = FontBuilder(1000, isTTF=False)
        builder.setupGlyphOrder([".notdef", "wu", "liu"])
        builder.setupCharacterMap({ord("物"): "wu", ord("流"): "liu"})
        strokes = {name: outline(width) for name in (".notdef", "wu", "liu")}
        builder.setupCFF(family, {}, strokes, {})
        builder.setupHorizontalMetrics(dict.fromkeys(strokes, (1000, 0)))
        builder.setupHorizontalHeader(ascent=800, descent=-200)
        builder.setupNameTable({"familyName": family, "styleName": "Thin"})
        builder.setupOS2(usWeightClass=100)
        builder.setupPost()
        return builder.font

    document = DesignSpaceDocument()
    document.addAxis(
        AxisDescriptor(tag="wght", name="Weight", minimum=100, default=100, maximum=900)
    )
    for weight, width in ((100, 100), (900, 900)):
        document.addSource(SourceDescriptor(font=master(width), location={"Weight": weight}))
    return build(document)[0]


@pytest.fixture
def collection(tmp_path, monkeypatch):
    from fontTools.ttLib import TTCollection

    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    fonts = TTCollection()
    fonts.fonts = [variable_font(family) for family in ("JP", "KR", "SC", "TC", "HK")]
    fonts.save(tmp_path / "all.otf.ttc")
    return tmp_path / "all.otf.ttc"


def test_the_cut_font_has_the_characters_in_regular_weight(collection, tmp_path):
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.ttLib import TTFont
    from matplotlib.font_manager import FontProperties, findfont

    family = cut_font(collection, {"物"})
    path = findfont(FontProperties(family=[family]), fallback_to_default=False)
    assert path.startswith(str(tmp_path / "cache"))
    font = TTFont(path)
    assert set(font.getBestCmap()) == {ord("物")}
    pen = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord("物")]].draw(pen)
    assert pen.bounds[2] == pytest.approx(400, abs=1)  # between 100 (thin) and 900 (black)
    assert cut_font(collection, {"物"}) == family
