"""A step of SGNS as compiled loops: scores, their gradient, its sum over a batch, and the move.

Shapes as in the package, and

    t  tokens          of a batch: each is a centre
    m  positives       of a centre: the tokens that its window reaches
    a  comparisons     of a centre: its m positives, then the p negatives of its block's pool
    k  keys            of a block: the tokens around it, then its pool; at most w + p

A block's keys are gathered side by side, scored against one centre after the other, and their
gradients summed there. The gradient of a row is summed over the batch, and then the row moves.
Rows are those of ``vectors``, (2V, d): the words as centres, then as contexts.
"""

from typing import Any

import numpy as np

from stages.compiled import exp4, f4, f8, i4, kernel, log8, softplus8, u8

Array = Any  # of NumPy; a kernel is compiled for the types that it is given


@kernel
def dot(a: Array, i: int, b: Array, j: int, dim: Any) -> Any:
    """Return the inner product of row i of ``a`` and row j of ``b``, both (., d)."""
    total = f4(0)
    for x in range(dim.value):
        total += a[i, x] * b[j, x]
    return total


@kernel
def add(factor: float, a: Array, i: int, b: Array, j: int, dim: Any) -> None:
    """Add ``factor`` times row i of ``a`` to row j of ``b``, both (., d)."""
    for x in range(dim.value):
        b[j, x] += factor * a[i, x]


@kernel
def gather(
    tokens: Array,
    first: int,
    end: int,
    pool: Array,
    block: int,
    vectors: Array,
    used: Array,
    keys: Array,
    dim: Any,
) -> Any:
    """Copy the vectors of a block's keys side by side; return their number, k.

    Args:
        tokens: (t,) ids.
        first: position of the first of those around the block.
        end: position after the last.
        pool: (n, p) negatives of every block.
        block: its number.
        vectors: (2V, d).
        used: (w + p,), written: the row of each key.
        keys: (w + p, d), written.
        dim: d.
    """
    contexts, number = len(vectors) // 2, u8(0)
    for i in range(u8(first), u8(end)):
        used[number] = contexts + tokens[i]
        number += u8(1)
    for q in range(u8(pool.shape[1])):
        used[number] = contexts + pool[u8(block), q]
        number += u8(1)
    for j in range(number):
        row = u8(used[j])
        for x in range(dim.value):
            keys[j, x] = vectors[row, x]
    return number


@kernel
def compare(
    i: int,
    reach: tuple[Array, Array],
    first: int,
    pool_at: int,
    k: int,
    chosen: Array,
) -> Any:
    """List the keys that centre i is compared with; return how many are positives, m.

    Args:
        i: its position in the batch.
        reach: (t,) each, how far the windows of all centres reach to their left and right.
        first: position of the block's first key.
        pool_at: number of the key with which the pool begins.
        k: number of keys.
        chosen: (w + p,), written: the numbers of the m positives, then of the pool.
    """
    m = u8(0)
    for j in range(i - reach[0][i], i + reach[1][i] + 1):
        if j != i:
            chosen[m] = j - first
            m += u8(1)
    for j in range(u8(pool_at), u8(k)):
        chosen[m + j - u8(pool_at)] = j
    return m


@kernel
def score(
    row: int, vectors: Array, keys: Array, chosen: Array, a: int, scores: Array, dim: Any
) -> None:
    """Write the scores of a centre, ``row`` of ``vectors``, with its a comparisons."""
    for y in range(u8(a)):
        scores[y] = dot(vectors, u8(row), keys, chosen[y], dim)


@kernel
def nce_gradient(scores: Array, m: int, a: int, negatives: float) -> None:
    """Put the gradient of a centre's loss in place of its scores: see ``objective.Nce``.

    It is sigmoid(s) - 1 for a positive and m (K/p) sigmoid(z) for one of the pool;
    ``negatives`` is K/p.
    """
    for y in range(u8(a)):
        scores[y] = f4(1) / (f4(1) + exp4(-scores[y]))
    for y in range(u8(m)):
        scores[y] -= f4(1)
    for y in range(u8(m), u8(a)):
        scores[y] *= f4(m * negatives)


@kernel
def infonce_gradient(scores: Array, m: int, a: int, negatives: float, temperature: float) -> None:
    """The same for ``objective.InfoNce``: what each positive lacks of probability 1.

    That is -missed_j / T for a positive, and the sum of missed, shared by softmax(z / T), for
    the pool; missed_j = sigmoid(rivals - s_j / T), rivals = log((K/p) sum_k e^(z_k / T)).
    """
    top, rivals = log_rivals(scores, m, a, negatives, temperature)
    total, missed = f4(0), f4(0)
    for y in range(u8(m)):
        scores[y] = -f4(1) / (f4(1) + exp4(scores[y] / f4(temperature) - rivals))
        missed -= scores[y]
    for y in range(u8(m), u8(a)):
        scores[y] = exp4(scores[y] / f4(temperature) - top)
        total += scores[y]
    for y in range(u8(m)):
        scores[y] /= f4(temperature)
    for y in range(u8(m), u8(a)):
        scores[y] *= missed / (total * f4(temperature))


@kernel
def log_rivals(
    scores: Array, m: int, a: int, negatives: float, temperature: float
) -> tuple[Any, Any]:
    """Return the highest of the pool's z / T, and log((K/p) sum_k e^(z_k / T)), in float32."""
    top = scores[u8(m)]
    for y in range(u8(m), u8(a)):
        top = max(top, scores[y])
    top /= f4(temperature)
    total = f4(0)
    for y in range(u8(m), u8(a)):
        total += exp4(scores[y] / f4(temperature) - top)
    return top, top + f4(log8(f8(total) * negatives))


@kernel
def nce_loss(scores: Array, m: int, a: int, negatives: float) -> tuple[float, float]:
    """Return the positives' and the negatives' share of a centre's loss, given its scores."""
    positive, negative = 0.0, 0.0
    for y in range(u8(m)):
        positive += softplus8(-f8(scores[y]))
    for y in range(u8(m), u8(a)):
        negative += softplus8(f8(scores[y]))
    return positive, negative * m * negatives


@kernel
def infonce_loss(
    scores: Array, m: int, a: int, negatives: float, temperature: float
) -> tuple[float, float]:
    """The same for ``objective.InfoNce``."""
    _, rivals = log_rivals(scores, m, a, negatives, temperature)
    attraction, whole = 0.0, 0.0
    for y in range(u8(m)):
        near = f8(scores[y]) / temperature
        attraction += near
        whole += softplus8(rivals - near)
    return -attraction, whole + attraction


@kernel
def entry(row: int, slot: Array, rows: Array, used: int, gradient: Array, dim: Any) -> Any:
    """Return the entry of a row among those that the batch uses; a new one if it has none.

    Args:
        row: of ``vectors``.
        slot: (2V,), changed: the entry of each row, -1 without one.
        rows: (u,), changed: the row of each entry.
        used: how many entries there are.
        gradient: (u, d), changed: a new entry's is zero.
        dim: d.
    """
    if slot[u8(row)] < 0:
        slot[u8(row)] = used
        rows[u8(used)] = row
        for x in range(dim.value):
            gradient[u8(used), x] = f4(0)
    return slot[u8(row)]


@kernel
def gradient(
    batch: tuple[Array, ...],
    vectors: Array,
    settings: tuple[int, int, float, bool, float],
    slot: Array,
    rows: Array,
    total: Array,
    dim: Any,
) -> Any:
    """Sum the gradient of a batch's loss by row; return how many rows it uses, u.

    Args:
        batch: tokens, left and right reach, (t,) each, and the blocks' pools, (n, p).
        vectors: (2V, d).
        settings: R, b, K, whether the objective is InfoNCE, and its temperature.
        slot: (2V,), all -1, as it is left.
        rows: written: (u,) rows of ``vectors``.
        total: written: (u, d) their gradient.
        dim: d.
    """
    tokens, left, right, pool = batch
    radius, block, negatives, infonce, temperature = settings
    count, p, used = len(tokens), pool.shape[1], 0
    most = block + 2 * radius + p
    keys, of_keys = np.zeros((most, dim.value), f4), np.zeros((most, dim.value), f4)
    row_of, chosen, scores = np.zeros(most, i4), np.zeros(most, u8), np.zeros(most, f4)
    for number in range(len(pool)):
        start = number * block
        end = min(start + block, count)
        first, last = max(start - radius, 0), min(end + radius, count)
        k = gather(tokens, first, last, pool, number, vectors, row_of, keys, dim)
        of_keys[:] = f4(0)
        for i in range(start, end):
            m = compare(i, (left, right), first, last - first, k, chosen)
            if m == 0:
                continue
            a, row = m + u8(p), tokens[u8(i)]
            score(row, vectors, keys, chosen, a, scores, dim)
            if infonce:
                infonce_gradient(scores, m, a, negatives / p, temperature)
            else:
                nce_gradient(scores, m, a, negatives / p)
            e = entry(row, slot, rows, used, total, dim)
            used = max(used, e + 1)
            for y in range(a):
                add(scores[y], vectors, u8(row), of_keys, chosen[y], dim)
                add(scores[y], keys, chosen[y], total, u8(e), dim)
        for j in range(u8(k)):
            e = entry(row_of[j], slot, rows, used, total, dim)
            used = max(used, e + 1)
            add(f4(1), of_keys, j, total, u8(e), dim)
    for e in range(u8(used)):
        slot[u8(rows[e])] = -1
    return used


@kernel
def losses(
    batch: tuple[Array, ...],
    vectors: Array,
    settings: tuple[int, int, float, bool, float],
    dim: Any,
) -> tuple[float, float, int]:
    """Return the positives' and negatives' share of a batch's loss, and how many positives."""
    tokens, left, right, pool = batch
    radius, block, negatives, infonce, temperature = settings
    count, p = len(tokens), pool.shape[1]
    most = block + 2 * radius + p
    keys = np.zeros((most, dim.value), f4)
    row_of, chosen, scores = np.zeros(most, i4), np.zeros(most, u8), np.zeros(most, f4)
    positive, negative, pairs = 0.0, 0.0, 0
    for number in range(len(pool)):
        start = number * block
        end = min(start + block, count)
        first, last = max(start - radius, 0), min(end + radius, count)
        k = gather(tokens, first, last, pool, number, vectors, row_of, keys, dim)
        for i in range(start, end):
            m = compare(i, (left, right), first, last - first, k, chosen)
            if m == 0:
                continue
            a = m + u8(p)
            score(tokens[u8(i)], vectors, keys, chosen, a, scores, dim)
            if infonce:
                near, far = infonce_loss(scores, m, a, negatives / p, temperature)
            else:
                near, far = nce_loss(scores, m, a, negatives / p)
            positive, negative, pairs = positive + near, negative + far, pairs + m
    return positive, negative, pairs


@kernel
def move(
    rows: Array,
    gradient: Array,
    vectors: Array,
    square: Array,
    rule: tuple[float, float, float, float],
    dim: Any,
) -> float:
    """Take a step of row-wise RMSprop: see ``rule``.

    Args:
        rows: (u,) rows of ``vectors``, all different.
        gradient: (u, d).
        vectors: (2V, d), changed.
        square: (2V,) running means of the rows' mean squared gradient, changed.
        rule: decay of that mean, its correction, what it is at least, and the length of a step.
        dim: d.

    Returns:
        The sum of the mean squared gradients, which is finite if all of them are.
    """
    decay, correction, least, length = rule
    whole = 0.0
    for e in range(u8(len(rows))):
        row = u8(rows[e])
        now = dot(gradient, e, gradient, e, dim) / f4(dim.value)
        if now == f4(0):
            continue  # a token around the block that no window reached
        mean = now + f4(decay) * (square[row] - now)
        square[row] = mean
        whole += now
        scale = np.sqrt(max(mean / f4(correction), f4(least)))
        add(f4(-length) / scale, gradient, e, vectors, row, dim)
    return whole
