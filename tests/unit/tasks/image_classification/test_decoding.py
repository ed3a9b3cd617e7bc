"""Images of every mode, size and ailment become arrays of one form, or a message."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from xinzhi.errors import DataError
from xinzhi.tasks.image_classification.decoding import Form, decoded, sight

COLOUR, GREY = Form(20, 3, "crop"), Form(20, 1, "crop")


def body(image, form="PNG", **settings):
    file = io.BytesIO()
    image.save(file, form, **settings)
    return file.getvalue()


def test_the_same_bytes_from_everywhere(photo, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(body(photo))
    expected = np.asarray(photo.crop((5, 0, 35, 30)).resize((20, 20), Image.Resampling.BICUBIC))
    uri = "data:image/png;base64," + base64.b64encode(body(photo)).decode()
    for source in (path, str(path), body(photo), uri, np.asarray(photo)):
        np.testing.assert_array_equal(decoded(source, COLOUR), expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
@pytest.mark.parametrize("form", [COLOUR, GREY])
def test_every_mode_looks_alike_in_grey(photo, mode, form):
    light = photo.point(lambda value: 200 if value > 100 else 0).convert("L")
    plain = light.point(lambda value: 255 if value > 30 else 0)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(plain, np.uint16) * 257)
    elif mode in {"LA", "P"}:
        image = plain.convert(mode)
    else:
        image = plain.convert("RGB").convert(mode)
    kind = "TIFF" if mode in {"CMYK", "F", "I", "LA"} else "PNG"
    found = decoded(body(image, kind), form)
    assert found.shape == (20, 20, form.colours)
    expected = decoded(body(plain), form)
    np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=2)


def test_what_is_transparent_becomes_white(photo):
    clear = photo.convert("RGBA")
    clear.putalpha(0)
    assert decoded(body(clear), COLOUR).min() == 255


def test_the_cameras_orientation_is_applied(photo):
    upright = decoded(body(photo), COLOUR)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    np.testing.assert_array_equal(decoded(body(turned, exif=exif), COLOUR), upright)


def test_a_large_jpeg_read_in_little_looks_as_the_whole(photo):
    large = photo.resize((1600, 1200), Image.Resampling.BICUBIC)
    found = decoded(body(large, "JPEG", quality=95), COLOUR).astype(int)
    whole = decoded(body(large), COLOUR).astype(int)
    assert np.abs(found - whole).mean() < 3


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_every_shape_becomes_a_square(photo, fit):
    for size in ((40, 30), (3, 90), (90, 3), (1, 1)):
        assert decoded(body(photo.resize(size)), Form(16, 3, fit)).shape == (16, 16, 3)


def test_a_padded_image_keeps_its_proportions():
    white = Image.new("L", (40, 20), 255)
    assert decoded(body(white), Form(40, 1, "pad")).min() == 255  # the border is as bright
    found = decoded(body(Image.new("L", (40, 20), 90)), Form(40, 1, "pad"))[:, :, 0]
    assert (found[10:30] == 90).all()
    assert (found[:9] == 0).all()


def test_a_broken_file_is_named(photo, tmp_path):
    whole = body(photo.resize((200, 200)), "JPEG")
    cases = {"cut.jpg": whole[: len(whole) // 2], "text.jpg": b"no image at all", "empty.png": b""}
    for name, content in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(DataError, match=name):
            decoded(path, COLOUR)
    with pytest.raises(DataError, match=r"there is no image .*gone\.png"):
        decoded(tmp_path / "gone.png", COLOUR)
    with pytest.raises(DataError, match="base64"):
        decoded("data:image/png;base64,???", COLOUR)


def test_an_image_without_bounds_is_refused(photo, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match="at most 200 pixels"):
        decoded(body(photo), COLOUR)


def test_noise_of_a_jpeg_is_no_colour(photo):
    grey = photo.convert("L").convert("RGB")
    assert sight(body(photo)) == (30, True)
    assert sight(body(grey, "JPEG", quality=60)) == (30, False)
    assert sight(body(photo.convert("L"))) == (30, False)
