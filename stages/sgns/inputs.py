"""What this stage reads of ``data/tokens``; without torch, which takes seconds to import."""

from dataclasses import dataclass

from stages.files.tokens import TOKENS, Texts, Vocabulary, read_texts, read_vocabulary


@dataclass(frozen=True)
class Inputs:
    """A corpus: what is trained on, what the loss is measured on, and the words of both."""

    train: Texts
    validation: Texts
    vocabulary: Vocabulary


def read_inputs(corpus: str) -> Inputs:
    """Read a corpus; raises StageError if a file is missing or damaged."""
    folder = TOKENS / corpus
    vocabulary = read_vocabulary(folder, "tokenize")
    return Inputs(read_texts(folder, "train"), read_texts(folder, "validation"), vocabulary)
