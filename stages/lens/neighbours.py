"""The nearest words of a word, by the cosine of their centre vectors."""

from collections.abc import Sequence
from pathlib import Path

from stages.core.arrays import FloatArray
from stages.core.console import StageError, closest, print_json, print_table
from stages.lens import measures
from stages.vectors.tokens import UNKNOWN_ID, Vocabulary, read_vocabulary
from stages.vectors.vectors import find_vectors, read_vectors

Neighbours = list[tuple[str, float]]


def show_neighbours(folder: Path, words: Sequence[str], many: int, as_json: bool) -> None:
    """Print the ``many`` nearest words of each of ``words``, with their cosines."""
    if many < 1:
        raise StageError(f"-n is {many}, but must be at least 1.")
    find_vectors(folder)
    vocabulary = read_vocabulary(folder)
    numbers = list(dict.fromkeys(number_of(word, vocabulary) for word in words))
    near = nearest(read_vectors(folder).centre, numbers, many)
    found: dict[str, Neighbours] = {
        vocabulary.words[i]: [(vocabulary.words[j], cosine) for j, cosine in rows]
        for i, rows in zip(numbers, near, strict=True)
    }
    if as_json:
        named = {
            word: [{"word": other, "cosine": round(cosine, 6)} for other, cosine in rows]
            for word, rows in found.items()
        }
        print_json(named, indent=2)
        return
    table = [(w, other, f"{cosine:.4f}") for w, rows in found.items() for other, cosine in rows]
    print_table([("word", "neighbour", "cosine"), *table])


def number_of(word: str, vocabulary: Vocabulary) -> int:
    """Return a word's id, as it is or in lower case; raises StageError if SGNS has neither."""
    ids = vocabulary.ids()
    # Here, so that ``look`` does not run again when they change.
    from stages.texts.subwords import BEGIN
    from stages.texts.words import normal

    typed = normal(word)
    lower = normal(typed.lower())
    written = [typed, lower]
    if vocabulary.subwords is not None:
        written += [BEGIN + typed, BEGIN + lower]
    number = next((ids[word] for word in written if word in ids), UNKNOWN_ID)
    if number == UNKNOWN_ID:
        hint = closest(lower, vocabulary.words[1:])
        raise StageError(f"{word!r} is not among the {len(ids) - 1:,} words of the model.{hint}")
    return number


def nearest(
    vectors: FloatArray, numbers: Sequence[int], many: int
) -> list[list[tuple[int, float]]]:
    """Return, for each word, the nearest others with their cosines, nearest first.

    Args:
        vectors: (V, d), ``<unk>`` first, which is nobody's neighbour.
        numbers: ids of the words.
        many: neighbours of each, if there are so many words.
    """
    found, cosines = measures.nearest(vectors, numbers, many, first=UNKNOWN_ID + 1)
    return [
        list(zip(ids, values, strict=True))
        for ids, values in zip(found.tolist(), cosines.tolist(), strict=True)
    ]
