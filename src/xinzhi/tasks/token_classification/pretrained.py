"""A tagger over any encoder that transformers' AutoModel loads.

Shapes: B windows, T sub-words, D features.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from xinzhi.data.encoders import encoder_folder
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.nn.encoders import (
    Attention,
    check_vocabulary,
    encoder_body,
    encoder_states,
    portable_encoder,
    width_of,
)
from xinzhi.nn.pooling import token_mask
from xinzhi.tasks.token_classification.model import Tagger
from xinzhi.training.parameters import freeze as freeze_parameters


class PretrainedTagger(Tagger):
    """A pretrained encoder whose state of a token's first sub-word tells its tag.

    Args:
        tags: C names.
        encoder: `package:minilm`, a directory, a hub id, or, to build without weights, the
            encoder's own configuration.
        tokenizer: checked to fit the encoder's embeddings.
        dropout: on the states.
        encoder_dropout: inside the encoder; None keeps its own.
        attention: the encoder's implementation.
        crf: learn which tag follows which.
        freeze: parts of parameters' names that are not trained, such as [embeddings].
        lora: arguments of peft's LoraConfig, such as {r: 8, lora_alpha: 16}; None trains all.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        tags: Sequence[str],
        encoder: str | Mapping[str, Any],
        tokenizer: Tokenizer | None = None,
        dropout: float = 0.1,
        encoder_dropout: float | None = None,
        attention: Attention = "auto",
        crf: bool = False,
        freeze: Sequence[str] = (),
        lora: Mapping[str, Any] | None = None,
    ) -> None:
        source = encoder_folder(encoder) if isinstance(encoder, str) else encoder
        body = encoder_body(source, dropout=encoder_dropout, attention=attention, lora=lora)
        if tokenizer is not None:
            check_vocabulary(body, tokenizer.vocabulary_size)
        super().__init__(width=width_of(body), tags=tags, dropout=dropout, crf=crf)
        self.encoder: nn.Module = body
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        freeze_parameters(self, freeze)

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the encoder's last states, shape (B, T, D)."""
        return encoder_states(self.encoder, ids, token_mask(lengths, ids.shape[1]))

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, LoRA merged in, and arguments that replace those that name files."""
        weights, config = portable_encoder(self.encoder)
        state = {f"encoder.{name}": value for name, value in weights.items()}
        others = self.state_dict().items()
        state |= {name: value for name, value in others if not name.startswith("encoder.")}
        return state, {"encoder": config, "lora": None}
