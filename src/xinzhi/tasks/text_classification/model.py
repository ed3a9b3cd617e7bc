"""Text classifiers from scratch: token ids to scores, each with its features apart from its head.

Shapes: B texts, T tokens, D features, C classes. Every model takes `ids` (B, T) and `lengths` (B,).
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from xinzhi.data.tokenizers import Tokenizer
from xinzhi.nn.pooling import max_over_time, mean_over_time, token_mask


class Headed(nn.Module):
    """A linear head over features of a text: what every model of this task shares.

    Args:
        width: D, features of a text.
        num_classes: C.
        dropout: on the features, while training.
    """

    def __init__(self, *, width: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, num_classes)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one vector per text, shape (B, D)."""
        raise NotImplementedError

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives one score per class, shape (B, C)."""
        scores: Tensor = self.head(self.dropout(self.features(ids, lengths)))
        return scores


class TextCNN(Headed):
    """Convolutions of several widths, each maximised over time (Kim 2014, arXiv:1408.5882).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: C.
        embedding: size of a token's vector.
        channels: filters per width.
        kernel_sizes: widths in tokens.
        dropout: on embeddings and features.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        embedding: int = 128,
        channels: int = 128,
        kernel_sizes: tuple[int, ...] = (2, 3, 4),
        dropout: float = 0.5,
    ) -> None:
        width = channels * len(kernel_sizes)
        super().__init__(width=width, num_classes=num_classes, dropout=dropout)
        self.embedding = token_embedding(tokenizer, embedding)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(embedding, channels, size, padding=size // 2) for size in kernel_sizes
        )

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the strongest answer of each filter, shape (B, D)."""
        mask = token_mask(lengths, ids.shape[1])
        states = self.dropout(self.embedding(ids)) * mask.unsqueeze(-1)
        found = []
        for convolution in self.convolutions:
            answers = convolution(states.transpose(1, 2))[..., : ids.shape[1]].transpose(1, 2)
            found.append(max_over_time(torch.relu(answers), mask))
        return torch.cat(found, 1)


class BiLSTM(Headed):
    """A bidirectional LSTM, mean and maximum over time (Hochreiter & Schmidhuber 1997).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: C.
        embedding: size of a token's vector.
        hidden: units per direction.
        layers: LSTMs on top of each other.
        dropout: on embeddings, between layers and on features.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        embedding: int = 128,
        hidden: int = 128,
        layers: int = 1,
        dropout: float = 0.4,
    ) -> None:
        super().__init__(width=4 * hidden, num_classes=num_classes, dropout=dropout)
        self.embedding = token_embedding(tokenizer, embedding)
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(
            embedding, hidden, layers, batch_first=True, bidirectional=True, dropout=between
        )

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives mean and maximum of the hidden states, shape (B, 4 × hidden)."""
        states = self.dropout(self.embedding(ids))
        packed = pack_padded_sequence(states, lengths.cpu(), batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        mask = token_mask(lengths, ids.shape[1])
        return torch.cat([mean_over_time(hidden, mask), max_over_time(hidden, mask)], 1)


class SmallTransformer(Headed):
    """A pre-norm Transformer encoder, mean over time (Vaswani et al. 2017; Xiong et al. 2020).

    Args:
        tokenizer: gives the size of the vocabulary and the padding id.
        num_classes: C.
        width: D, size of every state.
        layers: blocks on top of each other.
        heads: of the attention; must divide width.
        max_length: positions that have a vector.
        dropout: everywhere.
    """

    def __init__(
        self,
        *,
        tokenizer: Tokenizer,
        num_classes: int,
        width: int = 128,
        layers: int = 2,
        heads: int = 4,
        max_length: int = 512,
        dropout: float = 0.2,
    ) -> None:
        super().__init__(width=width, num_classes=num_classes, dropout=dropout)
        self.embedding = token_embedding(tokenizer, width)
        self.position_embedding = nn.Embedding(max_length, width)
        nn.init.normal_(self.position_embedding.weight, std=0.02)
        block = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(
            block, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Gives the mean of the last states, shape (B, D)."""
        mask = token_mask(lengths, ids.shape[1])
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.embedding(ids) + self.position_embedding(places)
        states = self.blocks(self.dropout(states), src_key_padding_mask=~mask)
        pooled: Tensor = mean_over_time(states, mask)
        return pooled


def token_embedding(tokenizer: Tokenizer, width: int, *, std: float = 0.1) -> nn.Embedding:
    """Gives vectors of tokens, that of the padding zero, shape (vocabulary, width)."""
    table = nn.Embedding(tokenizer.vocabulary_size, width, padding_idx=tokenizer.pad_id)
    nn.init.normal_(table.weight, std=std)
    with torch.no_grad():
        table.weight[tokenizer.pad_id].zero_()
    return table
