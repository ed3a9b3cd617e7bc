"""From scores of tokens to the entities of documents.

Shapes: N tokens of all documents in a row, C tags; document i has tokens offsets[i] to
offsets[i + 1] − 1.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from xinzhi.metrics.spans import Ints, Spans, bio_spans
from xinzhi.nn import crf
from xinzhi.nn.crf import LinearChain

_TOKEN_BUDGET = 32_768


def best_tags(chain: LinearChain, scores_NC: Tensor, offsets: Ints) -> Ints:
    """Gives the number of each token's tag in the best chain of its document, shape (N,).

    Args:
        chain: of the model that gave the scores.
        scores_NC: on the CPU, also of documents that took several windows.
        offsets: where documents begin, shape (documents + 1,).
    """
    tags = np.zeros(len(scores_NC), np.int64)
    for documents in _alike(offsets):
        places, lengths = _places(offsets, documents)
        path = chain.decode(scores_NC[torch.from_numpy(places)], torch.from_numpy(lengths)).numpy()
        inside = np.arange(places.shape[1]) < lengths[:, None]
        tags[places[inside]] = path[inside]
    return tags


def probabilities(chain: LinearChain, scores_NC: Tensor, offsets: Ints, found: Spans) -> Ints:
    """Gives how likely each entity is, given everything else the document could be, (entities,).

    Args:
        chain: as for `best_tags`.
        scores_NC: likewise.
        offsets: likewise.
        found: the entities, in the order of the tokens.
    """
    answers = np.zeros(len(found.starts))
    home = np.searchsorted(offsets, found.starts, "right") - 1
    for documents in _alike(offsets):
        places, lengths = _places(offsets, documents)
        row = np.full(len(offsets) - 1, -1)
        row[documents] = np.arange(len(documents))
        here = np.flatnonzero(row[home] >= 0)
        if not len(here):
            continue
        begin = offsets[home[here]]
        kinds = found.types[here]
        parts = row[home[here]], found.starts[here] - begin, found.ends[here] - begin
        asked = (*parts, 1 + 2 * kinds, 2 + 2 * kinds)
        answers[here] = chain.span_probabilities(
            scores_NC[torch.from_numpy(places)],
            torch.from_numpy(lengths),
            crf.Spans(*(torch.from_numpy(np.asarray(one, np.int64)) for one in asked)),
        ).numpy()
    return answers


def entities(chain: LinearChain, scores_NC: Tensor, offsets: Ints) -> tuple[Spans, Ints]:
    """Gives the entities of the best chains, and how likely each is."""
    found = bio_spans(best_tags(chain, scores_NC, offsets), offsets)
    return found, probabilities(chain, scores_NC, offsets, found)


def _alike(offsets: Ints) -> Iterator[Ints]:
    """Parts documents into groups of similar length, those without tokens left out.

    Yields:
        Numbers of documents.
    """
    lengths = np.diff(offsets)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    begin = 0
    while begin < len(order):
        # ascending, so the last one is the widest
        widths = lengths[order[begin:]] * np.arange(1, len(order) - begin + 1)
        end = begin + max(1, int(np.searchsorted(widths, _TOKEN_BUDGET, "right")))
        yield order[begin:end]
        begin = end


def _places(offsets: Ints, documents: Ints) -> tuple[Ints, Ints]:
    """Gives the tokens of documents, padded by their last one, shape (B, T), and lengths (B,)."""
    lengths = offsets[documents + 1] - offsets[documents]
    steps = np.minimum(np.arange(int(lengths.max())), (lengths - 1)[:, None])
    return offsets[documents][:, None] + steps, lengths
