"""Windows against counting by hand, and the law that padding changes nothing."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from xinzhi.errors import DataError
from xinzhi.nn.rocket import RandomKernels
from xinzhi.tasks.series_classification.model import InceptionTime, Recurrent, ResNet1d
from xinzhi.tasks.series_classification.rocket import RocketClassifier
from xinzhi.tasks.series_classification.windows import (
    SeriesTable,
    cut,
    gather,
    moments,
    read_series,
)

MODELS = {
    ResNet1d: {"widths": [6, 8]},
    InceptionTime: {"width": 4, "depth": 2, "stem": 6},
    Recurrent: {"hidden": 6},
    RocketClassifier: {"features": 400, "rank": 0},
}


def test_windows_cover_every_step_and_end_with_the_series():
    windows = cut(np.array([3, 10, 11, 25]), window=10, stride=5)
    assert windows.series.tolist() == [0, 1, 2, 2, 3, 3, 3, 3]
    assert windows.starts.tolist() == [0, 0, 0, 1, 0, 5, 10, 15]
    assert windows.lengths.tolist() == [3, 10, 10, 10, 10, 10, 10, 10]


def test_gathered_windows_are_the_standardised_steps():
    values = np.random.default_rng(0).normal(3, 2, (2, 20)).astype(np.float32)
    values[0, 4] = np.nan
    table = SeriesTable(values, np.array([0, 6, 20]))
    mean, scale = moments(table)
    np.testing.assert_allclose(mean, np.nanmean(values, axis=1), rtol=1e-5)
    np.testing.assert_allclose(scale, np.nanstd(values, axis=1), rtol=1e-5)
    found = gather(table, cut(table.lengths, window=8, stride=4), window=8, mean=mean, scale=scale)
    standard = np.nan_to_num((values - mean[:, None]) / scale[:, None])
    np.testing.assert_allclose(found[0, :, :6], standard[:, :6], atol=1e-5)
    assert (found[0, :, 6:] == 0).all()
    np.testing.assert_allclose(found[1], standard[:, 6:14], atol=1e-5)


def test_channels_of_unequal_length_are_refused():
    table = pa.table({"x": [[1.0, 2.0], [1.0]], "y": [[1.0, 2.0], [1.0, 2.0]]})
    with pytest.raises(DataError, match="in row 1 'x' has 1 steps and 'y' 2"):
        read_series(table, ["x", "y"], where="train rows")


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_padding_does_not_change_scores(kind):
    torch.manual_seed(0)
    window = {"window": 64} if kind is RocketClassifier else {}
    model = kind(channels=3, num_classes=2, **window, **MODELS[kind])
    model.eval()
    lengths = torch.tensor([64, 40, 17])
    series = torch.randn(3, 3, 64) * (torch.arange(64) < lengths[:, None, None])
    together = model(series, lengths)
    alone = [
        model(series[i : i + 1, :, :steps], lengths[i : i + 1])
        for i, steps in enumerate(lengths.tolist())
    ]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_a_feature_is_the_share_of_steps_where_the_convolution_exceeds_its_bias():
    kernels = RandomKernels(channels=2, window=30, features=300, seed=1)
    series = torch.randn(4, 2, 30, dtype=torch.float32)
    kernels.fit(series)
    found = kernels(series, torch.full((4,), 30))
    dilation, kernel = kernels.dilations[1], 5
    weight = kernels.weights[1][kernel].numpy()
    padded = np.pad(series[2].numpy(), ((0, 0), (4 * dilation, 4 * dilation)))
    answers = [(padded[:, t : t + 8 * dilation + 1 : dilation] * weight).sum() for t in range(30)]
    place = kernels.biases[0].numel() + kernel  # the first bias of the second dilation
    bias = kernels.biases[1, kernel, 0].item()
    share = np.mean(np.array(answers) > bias)
    # a bias is an answer that was seen: that one step may be equal to it or exceed it by rounding
    assert found[2, place].item() == pytest.approx(share, abs=1 / 30 + 1e-6)
    assert set(weight.sum(1).round(4)) <= {0.0}  # three times 2 and six times -1
