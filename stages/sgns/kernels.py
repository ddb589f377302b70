"""A step of SGNS as compiled loops: scores, their gradient, its sum over a batch, and the move.

Shapes as in the package, and

    k  keys            of a block: the tokens around it, then its pool; at most w + p
    m  positives       of a centre: the tokens that its window reaches, at most 2R
    a  comparisons     of a centre: its positives, then the pool; at most 2R + p

A block's centres and keys are gathered side by side, scored against each other, and their
gradients summed. The gradient of a row is summed over the batch, and then the row moves. Rows
are those of ``vectors``, (2V, d): the words as centres, then as contexts.
"""

from typing import Any

import numpy as np

from stages.core.compiled import as_written, exp4, f4, f8, i4, kernel, log8, prefetch, softplus8, u8

Array = Any  # of NumPy; a kernel is compiled for the types that it is given
Room = tuple[Array, ...]


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
def copy(a: Array, i: int, b: Array, j: int, dim: Any) -> None:
    """Make row j of ``b`` equal to row i of ``a``, both (., d)."""
    for x in range(dim.value):
        b[j, x] = a[i, x]


@kernel
def add_listed(
    listed: Array, factors: Array, i: int, n: int, a: Array, b: Array, j: int, dim: Any
) -> None:
    """Add to row j of ``b`` the n rows of ``a`` in row i of ``listed``, each times its factor.

    Four at a time, so that ``b`` is read and written less often: after its n rows, a list goes
    on with three whose factors are 0.
    """
    for y in range(u8(0), u8(n), u8(4)):
        p, q = u8(listed[i, y]), u8(listed[i, y + u8(1)])
        r, s = u8(listed[i, y + u8(2)]), u8(listed[i, y + u8(3)])
        of_p, of_q = factors[i, y], factors[i, y + u8(1)]
        of_r, of_s = factors[i, y + u8(2)], factors[i, y + u8(3)]
        for x in range(dim.value):
            two = b[j, x] + of_p * a[p, x] + of_q * a[q, x]
            b[j, x] = two + of_r * a[r, x] + of_s * a[s, x]


@kernel
def new_room(batch: tuple[Array, ...], radius: int, block: int, dim: Any) -> Room:
    """Return what a block is put into.

    rows: (k,) of ``vectors``, of the keys. keys: (k, d). centres: (b, d). positives: (b,), m.
    chosen: (b, a + 3) keys that each centre is compared with. scores: (b, a + 3) with them.
    """
    p = batch[3].shape[1]
    k, a = block + 2 * radius + p, 2 * radius + p
    keys, centres = np.zeros((k, dim.value), f4), np.zeros((block, dim.value), f4)
    chosen, scores = np.zeros((block, a + 3), i4), np.zeros((block, a + 3), f4)
    return np.zeros(k, i4), keys, centres, np.zeros(block, u8), chosen, scores


@kernel
def compare(
    number: int,
    batch: tuple[Array, ...],
    vectors: Array,
    radius: int,
    block: int,
    room: Room,
    dim: Any,
) -> tuple[Any, Any]:
    """Gather a block, and score each of its centres with what it is compared with.

    Args:
        number: of the block.
        batch: tokens, left and right reach, (t,) each, and the blocks' pools, (blocks, p).
        vectors: (2V, d).
        radius: R.
        block: b.
        room: written: see ``new_room``.
        dim: d.

    Returns:
        How many centres the block has, b or fewer, and how many keys.
    """
    tokens, left, right, pool = batch
    rows, keys, centres, positives, chosen, scores = room
    start, p = number * block, u8(pool.shape[1])
    end = min(start + block, len(tokens))
    first, last = max(start - radius, 0), min(end + radius, len(tokens))
    around, contexts = u8(last - first), len(vectors) // 2
    for j in range(around):
        rows[j] = contexts + tokens[u8(first) + j]
    for q in range(p):
        rows[around + q] = contexts + pool[u8(number), q]
    for j in range(around + p):
        copy(vectors, u8(rows[j]), keys, j, dim)
    for i in range(start, end):
        c, own, m = u8(i - start), u8(i - first), u8(0)
        copy(vectors, u8(tokens[u8(i)]), centres, c, dim)
        for j in range(own - u8(left[u8(i)]), own + u8(right[u8(i)]) + u8(1)):
            if j != own:
                chosen[c, m] = j
                m += u8(1)
        for q in range(p):
            chosen[c, m + q] = around + q
        for y in range(m + p):
            scores[c, y] = dot(centres, c, keys, u8(chosen[c, y]), dim)
        positives[c] = m
    return u8(end - start), around + p


@kernel
def fetch(
    number: int, batch: tuple[Array, ...], vectors: Array, radius: int, block: int, dim: Any
) -> None:
    """Have the processor fetch the vectors that a block needs and the one before it did not.

    They are larger than its caches, and it does not foresee which are next.
    """
    tokens, _, _, pool = batch
    start, contexts = u8(number * block), u8(len(vectors) // 2)
    count, end = u8(len(tokens)), start + u8(block)
    for i in range(start, min(end, count)):
        prefetch(vectors, u8(tokens[i]), dim)
    for i in range(start + u8(radius), min(end + u8(radius), count)):
        prefetch(vectors, contexts + u8(tokens[i]), dim)
    if number < len(pool):
        for q in range(u8(pool.shape[1])):
            prefetch(vectors, contexts + u8(pool[u8(number), q]), dim)


@kernel
def nce_gradient(n: int, room: Room, p: int, negatives: float) -> None:
    """Put the gradient of n centres' losses in place of their scores: see ``objective.Nce``.

    It is sigmoid(s) - 1 for a positive and m (K/p) sigmoid(z) for one of the pool;
    ``negatives`` is K/p.
    """
    _, _, _, positives, _, scores = room
    every = scores.ravel()
    for y in range(u8(n) * u8(scores.shape[1])):  # also what is left of other blocks
        every[y] = f4(1) / (f4(1) + exp4(-every[y]))
    for c in range(u8(n)):
        m = u8(positives[c])
        for y in range(m):
            scores[c, y] -= f4(1)
        for y in range(m, m + u8(p)):
            scores[c, y] *= f4(m * negatives)


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


@as_written
def plus(a: float, b: float) -> float:
    """Return a sum that becomes part of no other: its rounding is that of this order."""
    return a + b


@as_written
def times(a: float, b: float) -> float:
    """Return a product in the same way."""
    return a * b


@kernel
def nce_loss(scores: Array, m: int, a: int, negatives: float) -> tuple[float, float]:
    """Return the positives' and the negatives' share of a centre's loss, given its scores."""
    positive, negative = 0.0, 0.0
    for y in range(u8(m)):
        positive += softplus8(-f8(scores[y]))
    for y in range(u8(m), u8(a)):
        negative += softplus8(f8(scores[y]))
    return positive, times(negative, m * negatives)


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
    part: tuple[int, int],
    slot: Array,
    rows: Array,
    total: Array,
    dim: Any,
) -> Any:
    """Sum the gradient of a part of a batch's loss by row; return how many rows it uses, u.

    Args:
        batch: tokens, left and right reach, (t,) each, and the blocks' pools, (n, p).
        vectors: (2V, d).
        settings: R, b, K, whether the objective is InfoNCE, and its temperature.
        part: the first of its blocks, and the one after its last.
        slot: (2V,), all -1, as it is left.
        rows: written: (u,) rows of ``vectors``.
        total: written: (u, d) their gradient.
        dim: d.
    """
    tokens, _, _, pool = batch
    radius, block, negatives, infonce, temperature = settings
    p, used = pool.shape[1], 0
    room = new_room(batch, radius, block, dim)
    row_of, keys, centres, positives, chosen, scores = room
    count, centre = np.zeros(len(keys), i4), np.zeros((len(keys), block + 3), i4)
    factor, of_key = np.zeros(centre.shape, f4), np.zeros((1, dim.value), f4)
    for number in range(part[0], part[1]):
        n, k = compare(number, batch, vectors, radius, block, room, dim)
        fetch(number + 1, batch, vectors, radius, block, dim)
        if infonce:
            for c in range(n):
                m = u8(positives[c])
                infonce_gradient(scores[c], m, m + u8(p), negatives / p, temperature)
        else:
            nce_gradient(n, room, p, negatives / p)
        count[:] = 0
        for c in range(n):
            if positives[c] == 0:
                continue
            a = u8(positives[c]) + u8(p)
            for y in range(a, a + u8(3)):
                scores[c, y] = f4(0)
            e = entry(tokens[u8(number * block) + c], slot, rows, used, total, dim)
            used = max(used, e + 1)
            add_listed(chosen, scores, c, a, keys, total, u8(e), dim)
            for y in range(a):
                j = u8(chosen[c, y])
                centre[j, u8(count[j])], factor[j, u8(count[j])] = c, scores[c, y]
                count[j] += 1
        for j in range(k):
            e = entry(row_of[j], slot, rows, used, total, dim)
            used = max(used, e + 1)
            for y in range(u8(count[j]), u8(count[j]) + u8(3)):
                factor[j, y] = f4(0)
            of_key[:] = f4(0)
            add_listed(centre, factor, j, count[j], centres, of_key, u8(0), dim)
            add(f4(1), of_key, u8(0), total, u8(e), dim)
    for e in range(u8(used)):
        slot[u8(rows[e])] = -1
    return used


@kernel
def add_parts(
    used: Array,
    rows: Array,
    values: Array,
    share: tuple[int, int],
    slot: Array,
    row_of: Array,
    total: Array,
    dim: Any,
) -> Any:
    """Sum the gradients of all parts, in their order, over the rows that one thread has.

    Args:
        used: (P,) how many rows each part has.
        rows: (P, u) those.
        values: (P, u, d) their gradient.
        share: number of the thread, and how many there are: it has every so many runs of 64 rows.
        slot: (2V,), all -1 where the rows of this thread are, as it is left.
        row_of: written: (w,) the rows.
        total: written: (w, d) their sum.
        dim: d.

    Returns:
        How many rows there are, w.
    """
    number, threads = share
    entries = 0
    for p in range(u8(len(used))):
        for e in range(u8(used[p])):
            row = rows[p, e]
            if (row >> 6) % threads == number:
                to = entry(row, slot, row_of, entries, total, dim)
                entries = max(entries, to + 1)
                add(f4(1), values[p], e, total, u8(to), dim)
    for e in range(u8(entries)):
        slot[u8(row_of[e])] = -1
    return entries


@kernel
def losses(
    batch: tuple[Array, ...],
    vectors: Array,
    settings: tuple[int, int, float, bool, float],
    part: tuple[int, int],
    dim: Any,
) -> tuple[float, float, int]:
    """Return the positives' and negatives' share of a part's loss, and how many positives."""
    radius, block, negatives, infonce, temperature = settings
    p = batch[3].shape[1]
    room = new_room(batch, radius, block, dim)
    _, _, _, positives, _, scores = room
    positive, negative, pairs = 0.0, 0.0, 0
    for number in range(part[0], part[1]):
        n, _ = compare(number, batch, vectors, radius, block, room, dim)
        for c in range(n):
            m = u8(positives[c])
            if m == 0:
                continue
            a = m + u8(p)
            if infonce:
                near, far = infonce_loss(scores[c], m, a, negatives / p, temperature)
            else:
                near, far = nce_loss(scores[c], m, a, negatives / p)
            positive, negative, pairs = plus(positive, near), plus(negative, far), pairs + m
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
