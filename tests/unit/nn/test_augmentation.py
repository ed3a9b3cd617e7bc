"""Changed images against NumPy, one image at a time, and against closed forms."""

import numpy as np
import pytest
import torch

from xinzhi.errors import ConfigError
from xinzhi.nn.augmentation import (
    Augmentation,
    covered,
    cut_and_mixed,
    mixed_up,
    recoloured,
    turned,
)
from xinzhi.nn.images import looked_at, normalised, shifted


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (7, 9, 11, 3), dtype=torch.uint8, generator=generator)


def test_shifting_repeats_the_edges_as_numpy_pads(images):
    down, right = torch.tensor([0, 1, -2, 3, 0, -1, 2]), torch.tensor([2, 0, -1, 1, -3, 0, 0])
    mirrored = torch.tensor([True, False, True, False, False, True, False])
    found = shifted(images, down, right, mirrored)
    for row, image in enumerate(images.numpy()):
        expected = np.pad(
            image[:, ::-1] if mirrored[row] else image, ((4, 4), (4, 4), (0, 0)), "edge"
        )
        # a mirrored image moves after mirroring
        top, left = 4 - int(down[row]), 4 - int(right[row])
        np.testing.assert_array_equal(found[row], expected[top : top + 9, left : left + 11])


def test_nothing_asked_for_changes_nothing(images):
    augmentation = Augmentation()
    assert augmentation(images) is images
    assert augmentation.mixed(images) is None


def test_turning_by_nothing_keeps_the_image(images):
    found = turned(images, degrees=0.0, zoom=0.0)
    torch.testing.assert_close(found, images.float(), atol=1e-3, rtol=0)


def test_turning_keeps_the_middle(images):
    odd = images[:, :, :9]
    found = turned(odd, degrees=90.0, zoom=0.0)
    torch.testing.assert_close(found[:, 4, 4], odd[:, 4, 4].float(), atol=1e-3, rtol=0)


def test_brightness_of_grey_images_stays_a_line():
    """What colour does to one image is one line for all of its pixels."""
    images = torch.linspace(60, 120, 50).view(1, 5, 10, 1).repeat(4, 1, 1, 1)
    found = recoloured(images, by=0.3)
    slopes = found.flatten(1).diff(dim=1)
    torch.testing.assert_close(slopes, slopes[:, :1].expand_as(slopes), atol=1e-3, rtol=0)
    assert len(set(slopes[:, 0].tolist())) == 4


def test_a_square_is_covered_with_the_mean(images):
    torch.manual_seed(0)
    found = covered(images, share=0.5, probability=1.0)
    for image, changed in zip(images.float(), found, strict=True):
        hidden = (changed != image).any(-1)
        rows, columns = hidden.any(1).sum(), hidden.any(0).sum()
        assert 0 < rows <= 5
        assert 0 < columns <= 6
        mean = image.mean((0, 1)).expand(int(hidden.sum()), 3)
        torch.testing.assert_close(changed[hidden], mean)
    torch.testing.assert_close(covered(images, share=0.5, probability=0.0), images.float())


def test_mixup_is_the_weighted_sum(images):
    mixed = mixed_up(images, 0.4)
    shares = mixed.shares.view(-1, 1, 1, 1)
    expected = shares * images + (1 - shares) * images[mixed.partners]
    torch.testing.assert_close(mixed.images, expected, atol=1e-3, rtol=0)
    assert sorted(mixed.partners.tolist()) == list(range(7))


def test_cutmix_shares_are_areas():
    own = torch.arange(8, dtype=torch.uint8).view(8, 1, 1, 1).expand(8, 10, 10, 1)
    torch.manual_seed(3)
    mixed = cut_and_mixed(own, 1.0)
    kept = (mixed.images == own).float().mean((1, 2, 3))
    others = mixed.partners != torch.arange(8)
    torch.testing.assert_close(kept[others], mixed.shares[others])
    assert mixed.shares.min() < 0.8


def test_a_seed_gives_the_same_images(images):
    augmentation = Augmentation(
        flip=0.5, shift=0.2, rotate=10, zoom=0.1, colour=0.2, cutout=0.3, mixup=0.2, cutmix=1.0
    )
    found = []
    for _ in range(2):
        torch.manual_seed(1)
        found.append(augmentation.mixed(augmentation(images)).images)
    torch.testing.assert_close(*found, rtol=0, atol=0)
    assert found[0].shape == images.shape


@pytest.mark.parametrize("setting", [{"flip": 1.5}, {"mixup": -1.0}, {"cutout": -0.1}])
def test_settings_out_of_range_are_named(setting):
    with pytest.raises(ConfigError, match=next(iter(setting))):
        Augmentation(**setting)


def test_normalised_images_have_mean_0_and_deviation_1(images):
    flat = images.flatten(0, 2).double()
    found = normalised(images, flat.mean(0), flat.std(0))
    assert found.shape == (7, 3, 9, 11)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found.mean((0, 2, 3)), torch.zeros(3).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(found.std((0, 2, 3)), torch.ones(3).double(), atol=1e-3, rtol=0)


def test_two_looks_are_the_mean_of_probabilities(images):
    def scores(seen):
        return seen.float()[:, :, 0].mean(2)[:, :4] / 50

    expected = (scores(images).softmax(1) + scores(images.flip(2)).softmax(1)) / 2
    torch.testing.assert_close(looked_at(scores, images, "flip").exp(), expected)
    torch.testing.assert_close(looked_at(scores, images, "none"), scores(images))


def test_many_looks_at_a_flat_image_are_one(images):
    flat = images[:, :1, :1].expand(7, 8, 8, 3)

    def scores(seen):
        return seen.float().flatten(1)[:, :5] / 100

    found = looked_at(scores, flat, "flip_and_shift")
    torch.testing.assert_close(found, scores(flat).log_softmax(1), atol=1e-5, rtol=1e-5)
