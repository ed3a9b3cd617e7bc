"""The body of any encoder that transformers' AutoModel loads, as a part of a model of ours."""

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from xinzhi.errors import ConfigError

Attention = Literal["auto", "eager", "sdpa"]
_WITH_POOLER = ("bert", "roberta", "xlm-roberta", "camembert")  # it would get no gradient


def encoder_body(
    source: str | Mapping[str, Any],
    *,
    dropout: float | None = None,
    attention: Attention = "auto",
    lora: Mapping[str, Any] | None = None,
) -> nn.Module:
    """Loads an encoder with its weights, or builds one without them.

    Args:
        source: a directory or hub id; or the encoder's own configuration, to build it only.
        dropout: inside the encoder; None keeps its own.
        attention: its implementation; auto is eager on a CPU, where the backward pass of the fused
            kernel takes three times as long on short texts, and sdpa elsewhere.
        lora: arguments of peft's LoraConfig; None trains all.
    """
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()  # the pooler that a head replaces is reported as missing
    config: Any
    if isinstance(source, str):
        config = AutoConfig.from_pretrained(source)
    else:
        settings: dict[str, Any] = dict(source)
        config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    if dropout is not None:
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout"):
            if hasattr(config, name):
                setattr(config, name, dropout)
    made: Any = AutoModel
    extra = _implementation(config, attention)
    if isinstance(source, str):
        body = made.from_pretrained(
            source, config=config, use_safetensors=True, dtype=torch.float32, **extra
        )
    else:
        body = made.from_config(config, **extra)
    body = body.train()  # from_pretrained leaves it in evaluation mode: no dropout
    return _with_lora(body, lora) if lora else body


def _implementation(config: Any, attention: Attention) -> dict[str, Any]:  # noqa: ANN401
    extra: dict[str, Any] = {}
    if config.model_type in _WITH_POOLER:
        extra["add_pooling_layer"] = False
    if attention != "auto" or not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        extra["attn_implementation"] = "eager" if attention == "auto" else attention
    return extra


def _with_lora(body: nn.Module, lora: Mapping[str, Any]) -> nn.Module:
    from peft import LoraConfig, get_peft_model

    return get_peft_model(body, LoraConfig(**lora))


def width_of(body: Any) -> int:  # noqa: ANN401 - a model of transformers
    """Gives the size of an encoder's states."""
    return int(body.config.hidden_size)


def check_vocabulary(body: Any, vocabulary_size: int) -> None:  # noqa: ANN401
    """Refuses a tokenizer whose ids have no embedding each.

    Args:
        body: the encoder.
        vocabulary_size: of the tokenizer.

    Raises:
        ConfigError: there are fewer embeddings.
    """
    rows = body.get_input_embeddings().num_embeddings
    if vocabulary_size > rows:
        msg = (
            f"the tokenizer's ids must have an embedding each: it knows "
            f"{vocabulary_size}, the encoder has {rows}"
        )
        raise ConfigError(msg, mend="model.tokenizer.encoder must name the same encoder")


def encoder_states(body: nn.Module, ids: Tensor, mask: Tensor) -> Tensor:
    """Gives the last states of an encoder, shape (B, T, D).

    Args:
        body: the encoder.
        ids: shape (B, T).
        mask: where a piece is, shape (B, T), bool.
    """
    full = not mask.device.type.startswith("cuda") and bool(mask.all())
    states: Tensor = body(
        input_ids=ids, attention_mask=None if full else mask.long()
    ).last_hidden_state
    return states


def portable_encoder(body: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:  # noqa: ANN401
    """Gives an encoder's weights, LoRA merged in, and its configuration without names of files."""
    if hasattr(body, "merge_and_unload"):
        import copy

        body = copy.deepcopy(body).merge_and_unload()
    config = body.config.to_dict()
    config.pop("_name_or_path", None)  # a bundle stands alone
    return body.state_dict(), config
