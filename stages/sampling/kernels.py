"""Loops of the drawing of streams and of noise: see ``stages.core.compiled``."""

from typing import Any

from stages.core.compiled import exp8, f8, i4, kernel, log8, u8


@kernel
def powers(counts: Any, power: Any, weight: Any) -> None:
    """Set count ** power, (V,), where a count is not zero; the first word's stays as it is."""
    for word in range(u8(1), u8(len(counts))):
        if counts[word] > 0:
            weight[word] = exp8(power * log8(f8(counts[word])))


@kernel
def make_alias_table(accept: Any, alias: Any, waiting: Any) -> None:
    """Make the alias method's table, (V,) each, of probabilities times V (Vose, 1991).

    waiting: (V,), the poor from the left, the rich from the right; both are stacks.
    """
    poor, rich = 0, len(accept)
    for word in range(len(accept)):
        alias[word] = word
        if accept[word] < 1:
            waiting[poor] = word
            poor += 1
        else:
            rich -= 1
            waiting[rich] = word
    while poor > 0 and rich < len(accept):
        poor -= 1
        word, giver = waiting[poor], waiting[rich]
        alias[word] = giver
        accept[giver] -= 1 - accept[word]
        if accept[giver] < 1:
            rich += 1
            waiting[poor] = giver
            poor += 1
    # What is left differs from 1 by rounding, unless no word has any probability.
    for n in range(poor):
        accept[waiting[n]] = 1
    for n in range(rich, len(accept)):
        accept[waiting[n]] = 1


@kernel
def draw(place: Any, accept: Any, alias: Any, drawn: Any) -> None:
    """Set the word drawn by each random place from 0 to V, (n,)."""
    for n in range(u8(len(place))):
        word = i4(place[n])
        drawn[n] = word if place[n] - word < accept[u8(word)] else alias[u8(word)]


@kernel
def keep_some(
    tokens: Any, starts: Any, ends: Any, number: Any, keep: Any, kept: Any, left: Any, right: Any
) -> Any:
    """Keep each token of pieces by its random number, (t,), and say how many are kept.

    Of a piece that keeps n tokens, the i-th has i to its left and n - 1 - i to its right.
    """
    read = found = u8(0)
    for piece in range(u8(len(starts))):
        first = found
        for at in range(u8(starts[piece]), u8(ends[piece])):
            kept[found] = tokens[at]
            # Without a branch, which would be guessed wrong often.
            found += u8(number[read] < keep[u8(tokens[at])])
            read += u8(1)
        for at in range(first, found):
            left[at] = at - first
            right[at] = found - u8(1) - at
    return found


@kernel
def reach(radii: Any, left: Any, right: Any, to_left: Any, to_right: Any) -> None:
    """Set how far each centre reaches, (t,): its radius, unless its row or the batch ends."""
    for at in range(len(radii)):
        to_left[at] = min(radii[at], left[at], at)
        to_right[at] = min(radii[at], right[at], len(radii) - 1 - at)
