"""The class-attention classifier, in PyTorch."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from stages.core.arrays import FloatArray


class ClassAttention(nn.Module):
    """A learned query per class attends over the tokens' keys and values.

    With token embeddings e_t, key and value maps W_k and W_v, class queries q_c:

        a_ct  = softmax_t(q_c . W_k e_t / sqrt(d))          attention of class c
        h_c   = sum_t a_ct W_v e_t                          what class c sees of the text
        logit = r_c . h_c + b_c

    Scaled dot-product attention as in Vaswani et al. (2017), eq. 1, with one query per class as
    in LEAM (Wang et al., 2018). Keys and values are linear, so W_k is applied to the queries and
    W_v to the attended mean instead of to every token: the same numbers for far less work.

    This is the definition, and what trains on a GPU; on the CPU ``kernels`` does the same.
    """

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        """Copy the weights, by the names below."""
        super().__init__()

        def parameter(name: str) -> nn.Parameter:
            return nn.Parameter(torch.tensor(weights[name]))

        self.embedding = parameter("embedding")  # (rows, d)
        self.query = parameter("query")  # (C, d)
        self.key = parameter("key")  # (d, d)
        self.value = parameter("value")  # (d, d)
        self.readout = parameter("readout")  # (C, d)
        self.bias = parameter("bias")  # (C,)

    def attention(self, embedded: Tensor, present: Tensor) -> Tensor:
        """Return each class's attention, (B, T, C), summing to 1 over the tokens present.

        Args:
            embedded: (B, T, d) token embeddings.
            present: (B, T), False for padding; at least one True in each row.
        """
        scores = embedded @ (self.query @ self.key).T / math.sqrt(self.query.shape[1])
        return scores.masked_fill(~present[..., None], -math.inf).softmax(1)

    def forward(self, tokens: Tensor, present: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return logits, (B, C), for embedding rows, (B, T), of which some are ``present``.

        ``mask``, (B, d), multiplies the embeddings of an example: dropout, one for all its tokens
        (Gal and Ghahramani, 2016). Tokens that training hides are just not present.
        """
        embedded = self.embedding[tokens]
        if mask is not None:
            embedded = embedded * mask[:, None]
        attended = self.attention(embedded, present).mT @ embedded
        logits: Tensor = ((attended @ self.value.T) * self.readout).sum(-1) + self.bias
        return logits
