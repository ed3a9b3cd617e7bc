"""Figures show what was counted, and their labels can be read."""

import logging

import numpy as np
import pytest
import torch
from matplotlib.text import Text

from xinzhi.evaluation import fonts
from xinzhi.evaluation.canvas import displayed_width, shortened
from xinzhi.evaluation.confusion import MOST, confused_pairs, confusion_matrix
from xinzhi.evaluation.figures import class_list, classification_figures
from xinzhi.evaluation.learning import learning_curves, running_mean


def example(classes, examples=600, seed=0):
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(classes, (examples,), generator=generator)
    logits = torch.randn(examples, classes, generator=generator)
    logits[torch.arange(examples), targets] += 2
    return logits.softmax(dim=1), targets


def shown_texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def overlapping(labels, renderer):
    boxes = [label.get_window_extent(renderer) for label in labels if label.get_text()]
    return [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.overlaps(b)]


@pytest.mark.parametrize("classes", [2, 9, 25, 150])
def test_labels_do_not_overlap(classes):
    names = [f"a rather long name of class {index}" for index in range(classes)]
    figures = classification_figures(*example(classes), names, threshold=0.7)
    for name, figure in figures.items():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                assert not overlapping(axis.get_ticklabels(), renderer), (name, axis)


def test_a_large_matrix_sums_up_what_it_does_not_show():
    generator = np.random.default_rng(0)
    counts = generator.integers(0, 3, (150, 150)) + np.diag(generator.integers(5, 30, 150))
    counts[7, 3] += 200
    figure = confusion_matrix(counts, [f"c{index}" for index in range(150)])
    axes = figure.axes[0]
    cells = sum(int(text.get_text().replace(",", "")) for text in axes.texts)
    assert cells == counts.sum()
    assert len(axes.get_yticklabels()) == MOST
    assert {"c7", "c3", "(others)"} <= {label.get_text() for label in axes.get_yticklabels()}
    largest = confused_pairs(counts, [f"c{index}" for index in range(150)])
    assert largest.axes[0].get_yticklabels()[0].get_text() == "c7  →  c3"


def test_nothing_confused_gives_no_pairs():
    assert confused_pairs(np.diag([3, 4, 5]), ["a", "b", "c"]) is None


@pytest.mark.parametrize("several", [False, True])
def test_the_figures_of_each_kind(several):
    probabilities, targets = example(3)
    truth = torch.nn.functional.one_hot(targets, 3).bool() if several else targets
    figures = classification_figures(probabilities, truth, ["a", "b", "c"])
    both = {"precision_recall", "reliability", "coverage"}
    assert set(figures) == both | (set() if several else {"confusion_matrix", "confused_pairs"})


def test_one_example_and_a_class_never_seen_draw():
    for figure in classification_figures(
        torch.tensor([[0.2, 0.3, 0.5]]), torch.tensor([0]), ["a", "b", "c"]
    ).values():
        figure.canvas.draw()


def test_names_without_a_font_are_numbered_with_a_warning(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "_installed", lambda _: None)
    monkeypatch.setattr(fonts, "_packaged", lambda *_, **__: None)
    with caplog.at_level(logging.WARNING):
        figures = classification_figures(*example(3), ["物流", "ok", "价格"], offline=True)
    assert "mend: xinzhi data fetch noto_cjk" in caplog.text
    labels = [label.get_text() for label in figures["confusion_matrix"].axes[0].get_yticklabels()]
    assert labels == ["#0", "ok", "#2"]
    assert "#2\t价格\n" in class_list(["物流", "ok", "价格"])


def test_every_character_has_a_glyph(recwarn):
    # whichever way it goes here (an installed font, the cached one, numbers), no box is drawn
    for figure in classification_figures(*example(3), ["物流", "naïve $x$", "Ωβ"]).values():
        figure.canvas.draw()
    assert not [w for w in recwarn if "missing from font" in str(w.message)]


def test_an_installed_font_with_the_characters_is_found(monkeypatch):
    monkeypatch.setattr(fonts, "KNOWN", ("No Such Font", "STIXGeneral"))
    only_there = next(iter(fonts._missing("ℜ𝔄ℵ𝕏𝟙", fonts.DEFAULT)), None) or "ℵ"
    name = fonts.lettering([only_there]).families
    assert name in {(fonts.DEFAULT,), (fonts.DEFAULT, "STIXGeneral")}


def test_a_long_name_is_cut_in_the_middle_by_what_it_shows():
    assert shortened("物流配送很慢很慢很慢很慢很慢", 12) == "物流…很慢"
    assert displayed_width(shortened("x" * 90)) <= 28


def test_learning_curves_leave_out_what_is_missing():
    history = {"train/loss": [(i, 1 / (i + 1)) for i in range(100)], "val/loss": [(50, 0.3)]}
    figure = learning_curves(history, best_step=50)
    figure.canvas.draw()
    assert "0.300, at step 50" in figure.axes[0].get_title(loc="left")
    learning_curves({}).canvas.draw()


def test_running_mean_of_a_constant_is_the_constant():
    np.testing.assert_allclose(running_mean(np.full(70, 2.5)), 2.5)
    np.testing.assert_allclose(running_mean(np.arange(40.0))[-1], 38.5)
