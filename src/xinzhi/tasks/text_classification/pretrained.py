"""A text classifier over any encoder that transformers' AutoModel loads.

Shapes: B texts, T tokens, D features, C classes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

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
from xinzhi.nn.pooling import mean_over_time, token_mask
from xinzhi.tasks.text_classification.model import Headed
from xinzhi.training.parameters import freeze as freeze_parameters


class PretrainedClassifier(Headed):
    """A pretrained encoder under a linear head, fine-tuned as a whole or by LoRA.

    Args:
        num_classes: C.
        encoder: `package:minilm`, a directory, a hub id, or, to build without weights, the
            encoder's own configuration.
        tokenizer: checked to fit the encoder's embeddings.
        pooling: mean over tokens, or the first token's state.
        dropout: on the features.
        encoder_dropout: inside the encoder; None keeps its own.
        attention: the encoder's implementation; auto is eager on a CPU, where the backward pass of
            the fused kernel takes three times as long on short texts, and sdpa elsewhere.
        freeze: parts of parameters' names that are not trained, such as [embeddings].
        lora: arguments of peft's LoraConfig, such as {r: 8, lora_alpha: 16}; None trains all.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        num_classes: int,
        encoder: str | Mapping[str, Any],
        tokenizer: Tokenizer | None = None,
        pooling: Literal["mean", "first"] = "mean",
        dropout: float = 0.1,
        encoder_dropout: float | None = None,
        attention: Attention = "auto",
        freeze: Sequence[str] = (),
        lora: Mapping[str, Any] | None = None,
    ) -> None:
        source = encoder_folder(encoder) if isinstance(encoder, str) else encoder
        body = encoder_body(source, dropout=encoder_dropout, attention=attention, lora=lora)
        if tokenizer is not None:
            check_vocabulary(body, tokenizer.vocabulary_size)
        super().__init__(width=width_of(body), num_classes=num_classes, dropout=dropout)
        self.encoder: nn.Module = body
        self.pooling = pooling
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        freeze_parameters(self, freeze)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per text, shape (B, D)."""
        mask = token_mask(lengths, ids.shape[1])
        states = encoder_states(self.encoder, ids, mask)
        return states[:, 0] if self.pooling == "first" else mean_over_time(states, mask)

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, LoRA merged in, and arguments that replace those that name files."""
        weights, config = portable_encoder(self.encoder)
        state = {f"encoder.{name}": value for name, value in weights.items()}
        state |= {f"head.{name}": value for name, value in self.head.state_dict().items()}
        return state, {"encoder": config, "lora": None}
