"""The class-attention classifier."""

import math

import torch
from torch import Tensor, nn


class ClassAttention(nn.Module):
    """A learned query per class attends over the tokens' keys and values.

    With token embeddings e_t, key and value maps W_k and W_v, class queries q_c:

        a_ct  = softmax_t(q_c . W_k e_t / sqrt(d))          attention of class c
        h_c   = sum_t a_ct W_v e_t                          what class c sees of the text
        logit = r_c . h_c + b_c

    Scaled dot-product attention as in Vaswani et al. (2017), eq. 1, with one query per class as
    in LEAM (Wang et al., 2018). Keys and values are linear, so W_k is applied to the queries and
    W_v to the attended mean instead of to every token: the same numbers for far less work.

    This is the definition, for one model outside training; ``Stack`` trains several at once.
    """

    def __init__(self, initial: Tensor, classes: int, generator: torch.Generator) -> None:
        """Take the initial embedding table, (rows, d), and draw all else from ``generator``."""
        super().__init__()
        dim = initial.shape[1]

        def random(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(shape, generator=generator) / math.sqrt(dim))

        self.embedding = nn.Parameter(initial)
        self.query = random(classes, dim)
        self.key = random(dim, dim)
        self.value = random(dim, dim)
        self.readout = random(classes, dim)
        self.bias = nn.Parameter(torch.zeros(classes))

    def attention(self, embedded: Tensor, present: Tensor) -> Tensor:
        """Return each class's attention, (B, T, C), summing to 1 over the tokens present.

        Args:
            embedded: (B, T, d) token embeddings.
            present: (B, T), False for padding; at least one True in each row.
        """
        scores = embedded @ (self.query @ self.key).T / math.sqrt(self.query.shape[1])
        return scores.masked_fill(~present[..., None], -math.inf).softmax(1)

    def forward(self, tokens: Tensor, lengths: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return logits, (B, C), for padded embedding rows (B, T) and their lengths (B,).

        ``mask``, (B, d), multiplies the embeddings of an example: dropout, one for all its tokens
        (Gal and Ghahramani, 2016). Tokens that training hides are just not among ``tokens``.
        """
        present = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]
        embedded = self.embedding[tokens]
        if mask is not None:
            embedded = embedded * mask[:, None]
        attended = self.attention(embedded, present).mT @ embedded
        logits: Tensor = ((attended @ self.value.T) * self.readout).sum(-1) + self.bias
        return logits
