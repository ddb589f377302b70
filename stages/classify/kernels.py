"""The classifier in compiled loops: an epoch of training, and what a trained model says of texts.

What a step needs of a token e_t are inner products. With the names of ``ClassAttention``,

    k_c = W_k^T q_c / sqrt(d)      u_c = W_v^T r_c
    s_tc = k_c . e_t               v_tc = u_c . e_t
    a_tc = softmax_t(s_tc)         h_c = sum_t a_tc v_tc         logit_c = h_c + b_c

so that keys, values and attended means are never made. With the loss's gradient g_c by logit_c,

    dL/dv_tc = a_tc g_c            dL/ds_tc = a_tc (v_tc - h_c) g_c
    dL/de_t = sum_c (dL/ds_tc k_c + dL/dv_tc u_c)
    dL/dk_c = sum_t dL/ds_tc e_t   dL/du_c = sum_t dL/dv_tc e_t

and those of q, W_k, r and W_v follow from k and u as from any product. A mask m of an example
multiplies its k_c and u_c, which is less work than its tokens: k_c . (m e_t) = (m k_c) . e_t.

Arrays are float32. A row c < C of "products", (2C, d), is k_c, and C + c is u_c; of "scores",
(2C, T), they are s_c and v_c, and later the loss's gradient by them.
"""

from typing import Any, NamedTuple

import numpy as np

from stages.core.arrays import BoolArray, FloatArray, IntArray, LongArray
from stages.core.compiled import Width, exp4, exp8, f4, f8, i4, kernel, log8, u8

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
TOGETHER = u8(4)  # tokens of an example that share the loading of a product


class Weights(NamedTuple):
    """A model's weights, or as much of each weight's gradient or moments.

    table: (rows, d) the embedding. left: (2C, d) queries, then readouts. right: (2d, d) W_k, then
    W_v. bias: (1, C).
    """

    table: FloatArray
    left: FloatArray
    right: FloatArray
    bias: FloatArray


class Epoch(NamedTuple):
    """The examples of an epoch in the order of training, and what is drawn for them.

    tokens: (N,) embedding rows, of which example e has those of offsets[e:e + 2], (E + 1,), at
    least one that is shown. shown: (N,) False for hidden tokens. mask: (E, d) what multiplies the
    embeddings of an example. labels: (E,).
    """

    tokens: IntArray
    offsets: LongArray
    shown: BoolArray
    mask: FloatArray
    labels: LongArray


class Room(NamedTuple):
    """Where a batch is worked on, used again by the next.

    products, masked, and the loss's gradients by them: (2C, d), of the weights and of an example.
    scores: (2C, T). own: (T,) rows of an example's shown tokens. slot: (rows,) which row of the
    gradient of the table is each one's, or -1. used: (u,) whose those are.
    """

    products: FloatArray
    masked: FloatArray
    by_products: FloatArray
    by_masked: FloatArray
    scores: FloatArray
    own: IntArray
    slot: IntArray
    used: IntArray


@kernel
def train(
    epoch: Epoch,
    batch: int,
    rates: Any,
    smoothing: float,
    decay: float,
    moving: bool,
    done: int,
    weights: Weights,
    first: Weights,
    second: Weights,
    classes: Width,
    width: Width,
) -> tuple[float, int]:
    """Take a step with every batch of an epoch, in place.

    Adam (Kingma and Ba, 2015, algorithm 1), with decoupled decay for the weights beside the table
    (Loshchilov and Hutter, 2019, algorithm 2). Rows of the table that are not in a batch keep
    their moments: the lazy variant of the same rule. Hidden tokens have no gradient, but their
    rows are of the batch: momentum moves them. With the rows of shown tokens alone the same
    learning rate trains more slowly (0.7 accuracy points less at 5,000 labels).

    Args:
        epoch: its examples.
        batch: examples of a step; the last may have fewer.
        rates: (steps,) float64, the learning rate of each step.
        smoothing: of labels: the share of the wanted probability that all classes share.
        decay: of the weights beside the table, in units of the learning rate.
        moving: whether the rows of the table are trained.
        done: steps before this epoch.
        weights: the model.
        first: moments of its gradient, all 0 at the beginning.
        second: those of its square.
        classes: C.
        width: d.

    Returns:
        The sum over examples of the cross-entropy in nats, and how many steps were taken: fewer
        than there are if a logit of the next is not finite.
    """
    longest = np.max(epoch.offsets[1:] - epoch.offsets[:-1])
    most = min(len(weights.table), batch * longest)
    room = Room(
        np.empty_like(weights.left),
        np.empty_like(weights.left),
        np.empty_like(weights.left),
        np.empty_like(weights.left),
        np.empty((2 * classes.value, longest + TOGETHER), f4),
        np.empty(longest + TOGETHER, i4),
        np.full(len(weights.table), -1, i4),
        np.empty(most, i4),
    )
    gradient = Weights(
        np.empty((most, width.value), f4),
        np.empty_like(weights.left),
        np.empty_like(weights.right),
        np.empty_like(weights.bias),
    )
    by_table, by_bias, total = gradient.table, gradient.bias, 0.0
    for step in range(len(rates)):
        begin, end = step * batch, min((step + 1) * batch, len(epoch.labels))
        loss, used = gradients(
            epoch, begin, end, smoothing, moving, weights, room, gradient, classes, width
        )
        if not np.isfinite(loss):
            return total, step
        total += loss
        power = f8(done + step + 1)
        # The corrections of both moments in one factor, as in the paper's section 2.
        correction = np.sqrt(1.0 - exp8(power * log8(BETA2)))
        rate = f4(-rates[step] * correction / (1.0 - exp8(power * log8(BETA1))))
        size = rate, f4(EPSILON * correction)
        keep = f4(1.0 - rates[step] * decay)
        for x in range(u8(2) * classes.value):
            adam(weights.left, first.left, second.left, x, gradient.left, x, keep, size, width)
        for x in range(u8(2) * width.value):
            adam(weights.right, first.right, second.right, x, gradient.right, x, keep, size, width)
        adam(weights.bias, first.bias, second.bias, u8(0), by_bias, u8(0), keep, size, classes)
        for x in range(used):
            row = u8(room.used[x])
            room.slot[row] = -1
            adam(weights.table, first.table, second.table, row, by_table, x, f4(1), size, width)
    return total, len(rates)


@kernel
def gradients(
    epoch: Epoch,
    begin: int,
    end: int,
    smoothing: float,
    moving: bool,
    weights: Weights,
    room: Room,
    gradient: Weights,
    classes: Width,
    width: Width,
) -> tuple[float, Any]:
    """Write the gradient of the mean loss of the examples from ``begin`` to ``end``.

    Returns:
        The sum of their losses, not finite where a logit is not, and the number of different
        rows of their tokens: of row ``room.used[x]`` is row x of the gradient of the table.
    """
    table, by_table, mask = weights.table, gradient.table, epoch.mask
    products, masked, by_all, by_masked, scores, own, slot, _ = room
    logit, attended, by_logit = np.empty((3, classes.value), f4)
    multiply(weights.left, weights.right, products, classes, width)
    by_all[:] = f4(0)
    gradient.bias[:] = f4(0)
    loss, used = 0.0, u8(0)
    for e in range(begin, end):
        for c in range(u8(2) * classes.value):
            for i in range(width.value):
                masked[c, i] = products[c, i] * mask[e, i]
        length, used = own_rows(epoch, e, used, moving, room, by_table, width)
        for c in range(classes.value):
            score(table, room, length, c, classes, width)
            attended[c] = attend(scores, c, length, classes)
            logit[c] = attended[c] + weights.bias[0, c]
        label, examples = u8(epoch.labels[e]), f8(end - begin)
        loss += cross_entropy(logit, label, smoothing, examples, by_logit, classes)
        for c in range(classes.value):
            gradient.bias[0, c] += by_logit[c]
            by_scores(scores, c, length, attended[c], by_logit[c], classes)
            by_products(table, room, length, c, classes, width)
        for c in range(u8(2) * classes.value):
            for i in range(width.value):
                by_all[c, i] += by_masked[c, i] * mask[e, i]
        if moving:
            for t in range(length):
                by_row(by_table, u8(slot[own[t]]), room, t, classes, width)
    by_weights(weights, by_all, gradient, classes, width)
    return loss, used


@kernel
def own_rows(
    epoch: Epoch, e: Any, used: Any, moving: bool, room: Room, gradient: Any, width: Width
) -> tuple[Any, Any]:
    """Write the rows of an example's shown tokens, and give each row that is new a slot, zero.

    Returns:
        How many tokens are shown, and how many slots are used now.
    """
    tokens, shown, own, slot, rows = epoch.tokens, epoch.shown, room.own, room.slot, room.used
    length = u8(0)
    for t in range(u8(epoch.offsets[e]), u8(epoch.offsets[e + 1])):
        row = u8(tokens[t])
        if moving and slot[row] < 0:
            slot[row], rows[used] = i4(used), i4(row)
            for i in range(width.value):
                gradient[used, i] = f4(0)
            used += u8(1)
        if shown[t]:
            own[length] = i4(row)
            length += u8(1)
    for t in range(length, length + TOGETHER):
        own[t] = own[0]
    return length, used


@kernel
def multiply(left: Any, right: Any, products: Any, classes: Width, width: Width) -> None:
    """Make the products, (2C, d), of the weights."""
    scale = f4(1.0 / np.sqrt(f8(width.value)))
    for c in range(u8(2) * classes.value):
        matrix = u8(0) if c < classes.value else width.value
        for i in range(width.value):
            products[c, i] = f4(0)
        for y in range(width.value):
            by = left[c, y] * (scale if c < classes.value else f4(1))
            for i in range(width.value):
                products[c, i] += by * right[matrix + y, i]


@kernel
def by_weights(
    weights: Weights, products_gradient: Any, gradient: Weights, classes: Width, width: Width
) -> None:
    """Make the gradients of ``left`` and ``right`` from that of the products, (2C, d)."""
    left, right, to_left, to_right = weights.left, weights.right, gradient.left, gradient.right
    scale = f4(1.0 / np.sqrt(f8(width.value)))
    for c in range(classes.value):
        for i in range(width.value):
            products_gradient[c, i] *= scale
    for c in range(u8(2) * classes.value):
        matrix = u8(0) if c < classes.value else width.value
        for y in range(width.value):
            total, by = f4(0), left[c, y]
            for i in range(width.value):
                total += products_gradient[c, i] * right[matrix + y, i]
            to_left[c, y] = total
            if c % classes.value == 0:
                for i in range(width.value):
                    to_right[matrix + y, i] = by * products_gradient[c, i]
            else:
                for i in range(width.value):
                    to_right[matrix + y, i] += by * products_gradient[c, i]


@kernel
def score(table: Any, room: Room, length: Any, c: Any, classes: Width, width: Width) -> None:
    """Write s_c and v_c of the tokens of an example; ``own`` goes on a little behind its end."""
    own, products, scores, other = room.own, room.masked, room.scores, classes.value + c
    for t in range(u8(0), length, TOGETHER):
        r0, r1, r2, r3 = u8(own[t]), u8(own[t + u8(1)]), u8(own[t + u8(2)]), u8(own[t + u8(3)])
        s0, s1, s2, s3 = f4(0), f4(0), f4(0), f4(0)
        v0, v1, v2, v3 = f4(0), f4(0), f4(0), f4(0)
        for i in range(width.value):
            k, u = products[c, i], products[other, i]
            s0 += table[r0, i] * k
            v0 += table[r0, i] * u
            s1 += table[r1, i] * k
            v1 += table[r1, i] * u
            s2 += table[r2, i] * k
            v2 += table[r2, i] * u
            s3 += table[r3, i] * k
            v3 += table[r3, i] * u
        scores[c, t], scores[c, t + u8(1)] = s0, s1
        scores[c, t + u8(2)], scores[c, t + u8(3)] = s2, s3
        scores[other, t], scores[other, t + u8(1)] = v0, v1
        scores[other, t + u8(2)], scores[other, t + u8(3)] = v2, v3


@kernel
def attend(scores: Any, c: Any, length: Any, classes: Width) -> Any:
    """Make a_c of s_c, in place, and return h_c; NaN if a score is not finite."""
    top, sum_of_scores = scores[c, 0], f4(0)
    for t in range(length):
        top = max(top, scores[c, t])
        sum_of_scores += scores[c, t]
    total, seen = f4(0), f4(0)
    for t in range(length):
        weight = exp4(scores[c, t] - top)
        scores[c, t] = weight
        total += weight
        seen += weight * scores[classes.value + c, t]
    share = f4(1) / total
    for t in range(length):
        scores[c, t] *= share
    return seen * share if np.isfinite(sum_of_scores) else f4(np.nan)


@kernel
def cross_entropy(
    logit: Any, label: Any, smoothing: Any, examples: Any, gradient: Any, classes: Width
) -> Any:
    """Write the gradient of an example's share of the mean by its logits; return its own loss.

    Of the class of the label a probability of 1 - smoothing is wanted, and of each class
    smoothing / C.
    """
    top = logit[0]
    for c in range(classes.value):
        top = max(top, logit[c])
    total = 0.0
    for c in range(classes.value):
        total += exp8(f8(logit[c]) - f8(top))
    loss = f8(top) + log8(total)
    for c in range(classes.value):
        wanted = smoothing / f8(classes.value) + (1.0 - smoothing if c == label else 0.0)
        chance = exp8(f8(logit[c]) - f8(top)) / total
        gradient[c] = f4((chance - wanted) / examples)
        loss -= wanted * f8(logit[c])
    return loss


@kernel
def by_scores(
    scores: Any, c: Any, length: Any, attended: Any, gradient: Any, classes: Width
) -> None:
    """Replace a_c and v_c by the loss's gradients by s_c and v_c; 0 a little behind the end."""
    other = classes.value + c
    for t in range(length):
        by_value = scores[c, t] * gradient
        scores[c, t] = by_value * (scores[other, t] - attended)
        scores[other, t] = by_value
    for t in range(length, length + TOGETHER):
        scores[c, t] = f4(0)
        scores[other, t] = f4(0)


@kernel
def by_products(table: Any, room: Room, length: Any, c: Any, classes: Width, width: Width) -> None:
    """Write what an example adds to the gradients by k_c and u_c."""
    own, scores, gradient, other = room.own, room.scores, room.by_masked, classes.value + c
    for i in range(width.value):
        gradient[c, i] = f4(0)
        gradient[other, i] = f4(0)
    for t in range(u8(0), length, TOGETHER):
        r0, r1, r2, r3 = u8(own[t]), u8(own[t + u8(1)]), u8(own[t + u8(2)]), u8(own[t + u8(3)])
        s0, s1 = scores[c, t], scores[c, t + u8(1)]
        s2, s3 = scores[c, t + u8(2)], scores[c, t + u8(3)]
        v0, v1 = scores[other, t], scores[other, t + u8(1)]
        v2, v3 = scores[other, t + u8(2)], scores[other, t + u8(3)]
        for i in range(width.value):
            e0, e1, e2, e3 = table[r0, i], table[r1, i], table[r2, i], table[r3, i]
            gradient[c, i] += s0 * e0 + s1 * e1 + (s2 * e2 + s3 * e3)
            gradient[other, i] += v0 * e0 + v1 * e1 + (v2 * e2 + v3 * e3)


@kernel
def by_row(gradient: Any, x: Any, room: Room, t: Any, classes: Width, width: Width) -> None:
    """Add the gradient by e_t to row x."""
    scores, masked = room.scores, room.masked
    for c in range(classes.value):
        s, v = scores[c, t], scores[classes.value + c, t]
        for i in range(width.value):
            gradient[x, i] += s * masked[c, i] + v * masked[classes.value + c, i]


@kernel
def adam(
    values: Any,
    first: Any,
    second: Any,
    row: Any,
    gradient: Any,
    x: Any,
    keep: Any,
    size: Any,
    width: Width,
) -> None:
    """Bring a row's moments up to date by row x of the gradient, and move its values."""
    rate, epsilon = size
    for i in range(width.value):
        by = gradient[x, i]
        mean = first[row, i] + f4(1 - BETA1) * (by - first[row, i])
        square = f4(BETA2) * second[row, i] + f4(1 - BETA2) * by * by
        first[row, i], second[row, i] = mean, square
        values[row, i] = keep * values[row, i] + rate * mean / (np.sqrt(square) + epsilon)


@kernel
def products_of_rows(weights: Weights, classes: Width, width: Width) -> FloatArray:
    """Return s_c and v_c of each row of the table, (rows, 2C): the same wherever it stands."""
    table = weights.table
    products = np.empty((u8(2) * classes.value, width.value), f4)
    multiply(weights.left, weights.right, products, classes, width)
    found = np.empty((len(table), u8(2) * classes.value), f4)
    for row in range(u8(len(table))):
        for c in range(u8(2) * classes.value):
            total = f4(0)
            for i in range(width.value):
                total += table[row, i] * products[c, i]
            found[row, c] = total
    return found


@kernel
def logits_of(of_rows: Any, bias: Any, tokens: Any, offsets: Any, classes: Width) -> FloatArray:
    """Return the logits of texts, (E, C), from the products of rows, (rows, 2C), and the bias.

    Of text e are tokens[offsets[e]:offsets[e + 1]], at least one.
    """
    longest = np.max(offsets[1:] - offsets[:-1])
    scores = np.empty((u8(2) * classes.value, longest), f4)
    logits = np.empty((len(offsets) - 1, classes.value), f4)
    for e in range(u8(len(logits))):
        begin, length = u8(offsets[e]), u8(offsets[e + u8(1)] - offsets[e])
        for t in range(length):
            row = u8(tokens[begin + t])
            for c in range(u8(2) * classes.value):
                scores[c, t] = of_rows[row, c]
        for c in range(classes.value):
            logits[e, c] = attend(scores, c, length, classes) + bias[0, c]
    return logits


@kernel
def attention_of(
    of_rows: Any, tokens: Any, offsets: Any, of_class: int, classes: Width
) -> FloatArray:
    """Return the attention of a class to each token, (N,): it sums to 1 over each text."""
    longest = np.max(offsets[1:] - offsets[:-1])
    scores = np.empty((u8(2) * classes.value, longest), f4)
    found = np.empty(len(tokens), f4)
    c = u8(of_class)
    for e in range(u8(len(offsets) - 1)):
        begin, length = u8(offsets[e]), u8(offsets[e + u8(1)] - offsets[e])
        for t in range(length):
            row = u8(tokens[begin + t])
            scores[c, t] = of_rows[row, c]
            scores[classes.value + c, t] = of_rows[row, classes.value + c]
        attend(scores, c, length, classes)
        for t in range(length):
            found[begin + t] = scores[c, t]
    return found


@kernel
def mean_loss(logits: Any, labels: Any, classes: Width) -> float:
    """Return the mean cross-entropy in nats of logits, (E, C), and labels, (E,)."""
    unused = np.empty(classes.value, f4)
    row = np.empty(classes.value, f4)
    loss = 0.0
    for e in range(u8(len(labels))):
        for c in range(classes.value):
            row[c] = logits[e, c]
        loss += cross_entropy(row, u8(labels[e]), 0.0, 1.0, unused, classes)
    return loss / len(labels)
