"""A text classifier over any encoder that transformers' AutoModel loads.

Shapes: B texts, T tokens, D features, C classes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from xinzhi.data.encoders import encoder_folder
from xinzhi.data.tokenizers import Tokenizer
from xinzhi.errors import ConfigError
from xinzhi.nn.pooling import mean_over_time, token_mask
from xinzhi.tasks.text_classification.model import Headed
from xinzhi.training.parameters import freeze as freeze_parameters

_WITH_POOLER = ("bert", "roberta", "xlm-roberta", "camembert")  # it would get no gradient


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
        attention: Literal["auto", "eager", "sdpa"] = "auto",
        freeze: Sequence[str] = (),
        lora: Mapping[str, Any] | None = None,
    ) -> None:
        body = _load(encoder, encoder_dropout, attention)
        _check_fit(tokenizer, body)
        width = int(body.config.hidden_size)
        super().__init__(width=width, num_classes=num_classes, dropout=dropout)
        self.encoder: nn.Module = _with_lora(body, lora) if lora else body
        self.pooling = pooling
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        freeze_parameters(self, freeze)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per text, shape (B, D)."""
        mask = token_mask(lengths, ids.shape[1])
        full = not mask.device.type.startswith("cuda") and bool(mask.all())
        states = self.encoder(
            input_ids=ids, attention_mask=None if full else mask.long()
        ).last_hidden_state
        return states[:, 0] if self.pooling == "first" else mean_over_time(states, mask)

    def portable(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Gives the weights, LoRA merged in, and arguments that replace those that name files."""
        body: Any = self.encoder
        if hasattr(body, "merge_and_unload"):
            import copy

            body = copy.deepcopy(body).merge_and_unload()
        state = {f"encoder.{name}": value for name, value in body.state_dict().items()}
        state |= {f"head.{name}": value for name, value in self.head.state_dict().items()}
        config = body.config.to_dict()
        config.pop("_name_or_path", None)  # a bundle stands alone
        return state, {"encoder": config, "lora": None}


def _load(encoder: str | Mapping[str, Any], dropout: float | None, attention: str) -> Any:  # noqa: ANN401
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()  # the pooler that the head replaces is reported as missing
    folder = encoder_folder(encoder) if isinstance(encoder, str) else None
    config: Any
    if folder is not None:
        config = AutoConfig.from_pretrained(folder)
    else:
        settings: dict[str, Any] = dict(encoder)  # type: ignore[arg-type]
        config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    if dropout is not None:
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout"):
            if hasattr(config, name):
                setattr(config, name, dropout)
    extra: dict[str, Any] = {}
    if config.model_type in _WITH_POOLER:
        extra["add_pooling_layer"] = False
    if attention != "auto" or not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        extra["attn_implementation"] = "eager" if attention == "auto" else attention
    made: Any = AutoModel
    if folder is not None:
        body = made.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32, **extra
        )
    else:
        body = made.from_config(config, **extra)
    return body.train()  # from_pretrained leaves it in evaluation mode: no dropout


def _check_fit(tokenizer: Tokenizer | None, body: Any) -> None:  # noqa: ANN401
    rows = body.get_input_embeddings().num_embeddings
    if tokenizer is not None and tokenizer.vocabulary_size > rows:
        msg = (
            f"the tokenizer's ids must have an embedding each: it knows "
            f"{tokenizer.vocabulary_size}, the encoder has {rows}"
        )
        raise ConfigError(msg, mend="model.tokenizer.encoder must name the same encoder")


def _with_lora(body: nn.Module, lora: Mapping[str, Any]) -> nn.Module:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(body, LoraConfig(**lora))
