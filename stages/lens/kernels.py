"""Loops of the contrastive lens; ``stages.core.compiled`` says how they are compiled."""

import math
from typing import Any

import numpy as np

from stages.core.compiled import exp8, f8, i8, kernel, log8, softplus8, u8

NONE = 1e-14  # a square below this, of the largest, is rounding
SWEEPS = 20  # of rotations: after some seven there is nothing left to rotate


@kernel
def list_pairs(tokens: Any, left: Any, right: Any, step: int, centres: Any, contexts: Any) -> None:
    """Set every ``step``-th pair of a centre and a token that it reaches, in order."""
    number = 0
    for i in range(len(tokens)):
        for j in range(i - left[i], i + right[i] + 1):
            if j != i:
                if number % step == 0:
                    centres[u8(number // step)] = tokens[u8(i)]
                    contexts[u8(number // step)] = tokens[u8(j)]
                number += 1


@kernel
def count_pairs(
    tokens: Any, left: Any, right: Any, words: int, centres: Any, contexts: Any, count: Any
) -> Any:
    """Set every pair of words that occurs, (pairs,), and its count; say how many there are.

    All places of a centre are visited before the next centre's, so that contexts of only one are
    counted at a time.
    """
    last, before = np.full(words, -1, np.int32), np.empty(len(tokens), np.int32)
    for i in range(u8(len(tokens))):
        before[i] = last[u8(tokens[i])]
        last[u8(tokens[i])] = i
    seen = np.zeros(words, np.int32)
    found = u8(0)
    for word in range(u8(words)):
        first, i = found, i8(last[word])
        while i >= 0:
            for j in range(i - left[u8(i)], i + right[u8(i)] + 1):
                if j != i:
                    other = u8(tokens[u8(j)])
                    if seen[other] == 0:
                        centres[found] = word
                        contexts[found] = other
                        found += u8(1)
                    seen[other] += 1
            i = i8(before[u8(i)])
        for n in range(first, found):
            other = u8(contexts[n])
            count[n] = seen[other]
            seen[other] = 0
    return found


@kernel
def theory(
    centres: Any, contexts: Any, count: Any, noise: Any, of_centre: Any, value: Any, drawn: Any
) -> None:
    """Set log(count / drawn), and drawn: how often the noise draws a pair, (pairs,) each."""
    for n in range(u8(len(count))):
        drawn[n] = of_centre[u8(centres[n])] * noise[u8(contexts[n])]
    for n in range(u8(len(count))):
        value[n] = log8(count[n] / drawn[n])


@kernel
def least_loss(value: Any, count: Any, drawn: Any, negatives: int) -> float:
    """Return the sum of the losses of all pairs, where each has the best of scores."""
    total, shift = 0.0, log8(f8(negatives))
    for n in range(u8(len(value))):
        best = value[n] - shift
        attraction = softplus8(-best)
        total += count[n] * attraction + negatives * drawn[n] * (best + attraction)
    return total


@kernel
def dot(one: Any, i: Any, other: Any, j: Any) -> Any:
    """Return the product of a row of one array and a row of another."""
    total = one[i, u8(0)] * other[j, u8(0)]
    for k in range(u8(1), u8(one.shape[1])):
        total += one[i, k] * other[j, k]
    return total


@kernel
def dots(one: Any, rows: Any, other: Any, columns: Any, products: Any) -> None:
    """Set the product of a row of one array and a row of another, for each pair, (pairs,)."""
    for n in range(u8(len(rows))):
        products[n] = dot(one, u8(rows[n]), other, u8(columns[n]))


@kernel
def to_unit(vectors: Any, unit: Any) -> None:
    """Set vectors of length 1, (n, d); zero stays zero."""
    for i in range(u8(len(vectors))):
        length = math.sqrt(dot(vectors, i, vectors, i))
        for k in range(u8(vectors.shape[1])):
            unit[i, k] = vectors[i, k] / length if length > 0 else 0


@kernel
def potential(unit: Any) -> float:
    """Return the sum of exp(-2 |u - v|^2) over pairs of different rows, (n, d)."""
    total, cosines = 0.0, np.empty(len(unit))
    for i in range(u8(len(unit))):
        for j in range(i):
            cosines[j] = dot(unit, i, unit, j)
        for j in range(i):
            total += exp8(4 * cosines[j] - 4)
    return 2 * total


@kernel
def eigenvalues(matrix: Any) -> Any:
    """Return those of a symmetric matrix, (n,), by Jacobi's rotations; it becomes diagonal."""
    size = u8(len(matrix))
    for _ in range(SWEEPS):
        for p in range(size):
            for q in range(p):
                product = matrix[p, q]
                if product * product <= NONE * abs(matrix[p, p] * matrix[q, q]):
                    continue
                half = (matrix[q, q] - matrix[p, p]) / (2 * product)
                tangent = 1 / (abs(half) + math.sqrt(half * half + 1))
                tangent = tangent if half >= 0 else -tangent
                cosine = 1 / math.sqrt(tangent * tangent + 1)
                sine = tangent * cosine
                for k in range(size):
                    one, other = matrix[p, k], matrix[q, k]
                    matrix[p, k] = cosine * one - sine * other
                    matrix[q, k] = sine * one + cosine * other
                for k in range(size):
                    one, other = matrix[k, p], matrix[k, q]
                    matrix[k, p] = cosine * one - sine * other
                    matrix[k, q] = sine * one + cosine * other
                matrix[p, q] = matrix[q, p] = 0
    return np.diag(matrix)


@kernel
def effective_rank(columns: Any) -> float:
    """Return exp of the entropy of the normalised singular values of columns, (d, n)."""
    size = u8(len(columns))
    products = np.empty((size, size))
    for i in range(size):
        for j in range(i + u8(1)):
            products[i, j] = products[j, i] = dot(columns, i, columns, j)
    squares = eigenvalues(products)
    least, total, entropy = NONE * squares.max(), 0.0, 0.0
    for square in squares:
        if square > least:
            value = math.sqrt(square)
            total += value
            entropy -= value * log8(value)
    return total * exp8(entropy / total) if total > 0 else 1.0


@kernel
def wins(centre: Any, context: Any, centres: Any, contexts: Any, rivals: Any) -> int:
    """Count the pairs whose score is above those of all rivals, (pairs, rivals).

    A rival that is the context itself ties, whatever order a processor sums in.
    """
    won = 0
    for n in range(u8(len(centres))):
        word, true = u8(centres[n]), u8(contexts[n])
        score = dot(centre, word, context, true)
        above = 0
        for k in range(u8(rivals.shape[1])):
            rival = u8(rivals[n, k])
            above += rival != true and dot(centre, word, context, rival) < score
        won += above == rivals.shape[1]
    return won


@kernel
def nearest(unit: Any, chosen: Any, first: int, found: Any, cosines: Any) -> None:
    """Set the nearest others of some rows, nearest first; of equals, the first is nearer.

    Args:
        unit: (n, d).
        chosen: (m,) rows.
        first: the first row that may be near.
        found: (m, many) room for rows.
        cosines: (m, many), all below -1.
    """
    last = u8(found.shape[1] - 1)
    for j in range(u8(first), u8(len(unit))):
        for i in range(u8(len(chosen))):
            if u8(chosen[i]) != j:
                cosine = dot(unit, u8(chosen[i]), unit, j)
                if cosine > cosines[i, last]:
                    k = last
                    while k > 0 and cosines[i, k - u8(1)] < cosine:
                        found[i, k] = found[i, k - u8(1)]
                        cosines[i, k] = cosines[i, k - u8(1)]
                        k -= u8(1)
                    found[i, k] = j
                    cosines[i, k] = cosine
