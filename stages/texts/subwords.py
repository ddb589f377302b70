"""Subwords: pieces of words that a corpus has often, by byte-pair encoding.

For languages without spaces, and so that hardly a token is unknown (Sennrich et al., 2016). The
first piece of a word begins with U+2581. Of the methods that ``tokenizers`` has, byte-pair encoding
gives the same pieces from run to run; its unigram model does not.
"""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from stages.texts.words import runs, words
from stages.vectors.tokens import UNKNOWN

BEGIN = "\u2581"
LONGEST = 16  # characters of a piece: no sentence becomes one
_KNOWN = 2**16  # words whose pieces are kept


def train(texts: Iterable[str], lowercase: bool, pieces: int) -> str:
    """Learn at most so many pieces from texts; return them in the format of ``tokenizers``."""
    learned = Tokenizer(models.BPE(unk_token=UNKNOWN, fuse_unk=True))
    learned.pre_tokenizer = pre_tokenizers.Metaspace(BEGIN)
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=[UNKNOWN],
        max_token_length=LONGEST,
        show_progress=False,
    )
    spaced = (" ".join(run for run in runs(text, lowercase) if run != UNKNOWN) for text in texts)
    learned.train_from_iterator(spaced, trainer)
    return str(learned.to_str())


class _Pieces(dict[str, list[str]]):
    """The pieces of each word, found when it is first met."""

    def __init__(self, subwords: str) -> None:
        self._learned = Tokenizer.from_str(subwords)
        self[UNKNOWN] = [UNKNOWN]

    def __missing__(self, word: str) -> list[str]:
        found: list[str] = self._learned.encode(word, add_special_tokens=False).tokens
        if len(self) < _KNOWN:
            self[word] = found
        return found


def splitter(lowercase: bool, subwords: str | None) -> Callable[[str], list[str]]:
    """Return what splits a text: into words, or into the pieces that ``train`` learned."""
    if subwords is None:
        return partial(words, lowercase=lowercase)
    pieces = _Pieces(subwords)

    def split(text: str) -> list[str]:
        return list(chain.from_iterable(map(pieces.__getitem__, runs(text, lowercase))))

    return split
