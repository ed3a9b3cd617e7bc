"""From raw texts or tokens to entities: what predict, serve and MLflow's pyfunc call."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from xinzhi.data.batching import TokenBudgetSampler
from xinzhi.data.records import require_columns
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.evaluation.keys import keys
from xinzhi.metrics.spans import Ints, bio_names, bio_numbers
from xinzhi.nn.pooling import token_mask
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.token_classification.decoding import best_tags, entities
from xinzhi.tasks.token_classification.judgement import TagJudgement
from xinzhi.tasks.token_classification.model import Tagger
from xinzhi.tasks.token_classification.rows import read_rows
from xinzhi.tasks.token_classification.splitting import Tokens, numbered, split
from xinzhi.tasks.token_classification.windows import WindowTable, window_table

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_PLACES = [("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64())]
# told, so that records without entities are of the same type as those with some
_ENTITIES = pa.list_(pa.struct([("text", pa.string()), ("type", pa.string()), *_PLACES]))
_TOKEN_BUDGET = 8192
_MAX_EXAMPLES = 128
Record = str | Sequence[str]


class EntityRecognizer:
    """Answers texts, or sentences that are tokens already, with their entities.

    Args:
        model: `ids` (B, T), `lengths` (B,) and `places` (B, W) to scores (B, W, C).
        tokenizer: cuts the tokens as in training.
        settings: types, max_length, and by_character: whether tokens are characters or words.
    """

    columns = ("text",)
    classes: tuple[str, ...] = ()  # an answer is a list of entities, no class

    def __init__(self, model: Tagger, tokenizer: Tokenizer, settings: Mapping[str, Any]) -> None:
        self.model, self.tokenizer, self.settings = model.eval(), tokenizer, dict(settings)
        self.types: tuple[str, ...] = tuple(settings["types"])

    @classmethod
    def load(cls, folder: Path) -> "EntityRecognizer":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        tokenizer = Tokenizer.load(folder)
        tags = bio_names(settings["types"])
        model: Any = rebuild(architecture, folder, tokenizer=tokenizer, tags=tags)
        return cls(model, tokenizer, settings)

    def predict(self, records: pd.DataFrame | Sequence[Record]) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: texts, or lists of tokens; or a table with these as its column `text`.

        Returns:
            `entities`, each a dict of text, type, start, end (in characters; in tokens where tokens
            came) and score, the probability that just this is an entity of that type; and
            `answer`, the same for people.

        Raises:
            DataError: there is no such column.
        """
        told = list(self._records(records))
        sentences = [self._tokens(record) for record in told]
        offsets = np.cumsum([0, *(len(sentence.tokens) for sentence in sentences)])
        tokens = [token for sentence in sentences for token in sentence.tokens]
        scores = self._scores(tokens, offsets)
        found, likely = entities(self.model.chain, scores, offsets)
        answers: list[list[dict[str, Any]]] = [[] for _ in told]
        home = np.searchsorted(offsets, found.starts, "right") - 1
        for row, start, end, kind, score in zip(home, *found, likely, strict=True):
            sentence, begin = sentences[row], offsets[row]
            first, last = start - begin, end - begin - 1
            answers[row].append(
                {
                    "text": _shown(told[row], sentence, first, last, self.by_character),
                    "type": self.types[kind],
                    "start": int(sentence.starts[first]),
                    "end": int(sentence.ends[last]),
                    "score": round(float(score), 4),
                }
            )
        column = pd.Series(answers, dtype=pd.ArrowDtype(_ENTITIES))
        return pd.DataFrame({"entities": column, "answer": list(map(_readable, answers))})

    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the sentences of a split beside their tags.

        Args:
            snapshot: with `tokens` and `tags`.
            split: train, val or test.
        """
        table = snapshot.table(split)
        require_columns(table.column_names, ("tokens", "tags"), f"snapshot {snapshot.folder.name}")
        rows = read_rows(table, self.types)
        scores = self._scores(rows.tokens.to_pylist(), rows.offsets)
        judgement = TagJudgement(
            kinds=rows.kinds,
            known=len(self.types),
            gold=bio_numbers(rows.spans, len(rows.tokens)),
            predicted=best_tags(self.model.chain, scores, rows.offsets),
            offsets=rows.offsets,
            loss=math.nan,  # how it was trained is not known here
        )
        return judgement.outcomes(keys(table))

    @property
    def by_character(self) -> bool:
        """Whether tokens are characters."""
        return bool(self.settings["by_character"])

    def _records(self, records: pd.DataFrame | Sequence[Record]) -> Sequence[Any]:
        if not isinstance(records, pd.DataFrame):
            return records
        require_columns(list(map(str, records.columns)), self.columns, "the records")
        cells: list[Any] = records["text"].astype(object).tolist()
        return cells

    def _tokens(self, record: Any) -> Tokens:  # noqa: ANN401 - a cell
        if isinstance(record, list | tuple | np.ndarray):
            return numbered(list(record))
        text = "" if pd.isna(record) else str(record)
        return split(text, by_character=self.by_character)

    @torch.inference_mode()
    def _scores(self, tokens: list[str], offsets: Ints) -> Tensor:
        """Gives the scores of all tokens, each from the window where it is most central, (N, C)."""
        scores = torch.zeros(len(tokens), len(bio_names(self.types)))
        if not tokens:
            return scores
        length = self.settings["max_length"]
        table = window_table(self.tokenizer, tokens, offsets, max_length=length)
        for batch in _batches(table):
            made = table.batch(batch)
            given = self.model(made["ids"], made["lengths"], made["places"]).float()
            asked = token_mask(made["sizes"], given.shape[1])
            scores[made["tokens"][asked]] = given[asked]
        return scores


def _batches(table: WindowTable) -> "list[Ints]":
    sampler = TokenBudgetSampler(
        table.lengths,
        token_budget=max(_TOKEN_BUDGET, int(table.lengths.max())),
        max_examples=_MAX_EXAMPLES,
        shuffle=False,
    )
    return [batch.indices for batch in sampler]


def _shown(record: Any, sentence: Tokens, first: int, last: int, by_character: bool) -> str:  # noqa: ANN401
    if isinstance(record, str):
        return record[sentence.starts[first] : sentence.ends[last]]
    return ("" if by_character else " ").join(sentence.tokens[first : last + 1])


def _readable(found: Sequence[Mapping[str, Any]]) -> str:
    told = [f"{one['text']} {one['type']} ({one['score']:.2f})" for one in found]
    return ", ".join(told) or "no entity"
