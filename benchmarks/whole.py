"""What the whole experiment costs, and would cost otherwise: ``python -m benchmarks.whole``.

Measured on samples, in turns on this machine, and worked out for all trainings of params.yaml:
SGNS by our loops beside gensim, an epoch at each R and K, on two cores; the classifier by our
loops beside an ordinary one of PyTorch, ``torch.optim.Adam`` over all of ``ClassAttention``, some
steps at each budget and recipe, one thread each. Two runs side by side count as twice as fast.
"""

import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from benchmarks.corpus import save_table
from benchmarks.train import CORES, words_per_second
from stages.ablation.cell import Cell
from stages.check.whole import Params, load_params
from stages.classify.draws import Draws
from stages.classify.kernels import Epoch
from stages.classify.learners import Compiled
from stages.classify.model import ClassAttention
from stages.classify.params import RecipeParams
from stages.classify.subset import rows_of_words, vector_numbers
from stages.classify.weights import initial_weights, named
from stages.core.console import run_stage
from stages.results.methods import ARMS, FAIR, METHODS, USUAL
from stages.texts.classes import read_classes
from stages.vectors.tokens import DOWNSTREAM, TOKENS, read_labelled, read_texts, read_vocabulary

STEPS = 150  # of a sample of the classifier
Part = tuple[str, int, float, float]  # its name, trainings, and seconds of all on two cores
COLUMNS = ["part", "trainings", "ours_s", "otherwise_s", "ratio"]


def words_of(corpus: str) -> int:
    """Return the words of an epoch over a corpus."""
    return int((read_texts(TOKENS / corpus, "train").tokens != 0).sum())


def of_sgns(params: Params) -> list[Part]:
    """Return what SGNS costs: at each cell, and at the main configuration and its variants."""
    main = Cell(params.sgns.R, params.sgns.K)
    texts = {main: [params.sgns.corpus, *(v.corpus for v in params.variants.values())]}
    trainings = {
        cell: [(params.ablation.models, params.sgns.corpus)]
        for cell in map(Cell.of, params.ablation.cells)
    }
    trainings[main] = trainings.get(main, []) + [(params.sgns.models, c) for c in texts[main]]
    parts = []
    for cell, wanted in trainings.items():
        words = params.sgns.epochs * sum(models * words_of(corpus) for models, corpus in wanted)
        speed = {t: words_per_second(t, cell.R, cell.K) for t in ("ours", "gensim")}
        number = sum(models for models, _ in wanted)
        ours, gensim = (words / speed[trainer] for trainer in ("ours", "gensim"))
        parts.append((f"SGNS, R = {cell.R}, K = {cell.K}", number, ours, gensim))
    return parts


def runs_at(budget: int, recipe: str, params: Params) -> int:
    """Return how many runs of the classifier the pipeline has, by the commands of dvc.yaml."""
    times = {"classify-grid": len(params.ablation.cells), "classify-variant": len(params.variants)}
    total = 0
    for name, stage in yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))["stages"].items():
        found = re.search(r"--methods ([a-z0-9 -]+?) --", stage.get("do", stage).get("cmd", ""))
        mine = [METHODS[method] for method in found[1].split()] if found else []
        runs = params.classify.runs * sum(m.arm in ARMS and m.recipe == recipe for m in mine)
        if budget in (params.ablation if name == "classify-grid" else params.classify).budgets:
            total += runs * times.get(name, 1)
    return total


def of_classifier(params: Params, budget: int, name: str) -> Part:
    """Return what the runs at a budget cost by a recipe."""
    recipe: RecipeParams = params.usual if name == USUAL else params.classify
    vocabularies = (DOWNSTREAM, TOKENS / params.sgns.corpus)
    known = vector_numbers(*(read_vocabulary(folder) for folder in vocabularies))
    classes = len(read_classes(DOWNSTREAM))
    chosen = read_labelled("train").take(np.arange(budget))
    words = rows_of_words(chosen.texts, known)
    examples = replace(chosen, texts=words.encode(chosen.texts))
    draws = Draws(examples, params.sgns.dim, recipe, 0, 0)
    rows = np.full((words.rows, params.sgns.dim), 0.01, np.float32)
    weights = initial_weights(rows, classes, seed=0, run=0)
    epochs = [draws.epoch(number) for number in range(1, 2 + STEPS * recipe.batch // budget)]
    a_step = -(-budget // recipe.batch)
    ours, rates = Compiled(weights, recipe, True), np.full(a_step, recipe.lr)
    ours.epoch(epochs[0], rates)  # compiles
    start = time.perf_counter()
    for epoch in epochs:
        ours.epoch(epoch, rates)
    seconds = (time.perf_counter() - start) / (len(epochs) * a_step)
    steps = max(recipe.epochs, -(-recipe.min_steps // a_step)) * a_step
    runs = runs_at(budget, name, params)
    other = ordinary_step(ClassAttention(named(ours.weights())), epochs[0], recipe)
    ours_s, other_s = (runs * steps * each / CORES for each in (seconds, other))
    return f"classifier, {budget:,} labels, recipe {name}", runs, ours_s, other_s


def ordinary_step(model: ClassAttention, epoch: Epoch, recipe: RecipeParams) -> float:
    """Return the seconds of a step as most would write it in PyTorch."""
    optimizer = torch.optim.Adam(model.parameters(), recipe.lr)
    texts = torch.split(torch.from_numpy(epoch.tokens).long(), np.diff(epoch.offsets).tolist())
    labels, start = torch.from_numpy(epoch.labels), 0.0
    steps = min(STEPS, len(labels) // recipe.batch)
    for step in range(1 + steps):
        if step == 1:
            start = time.perf_counter()
        batch = slice(step % steps * recipe.batch, (step % steps + 1) * recipe.batch)
        tokens = pad_sequence(list(texts[batch]), batch_first=True)
        loss = cross_entropy(model(tokens, tokens != 0), labels[batch])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
    return (time.perf_counter() - start) / steps


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    params = load_params()
    parts = of_sgns(params)
    for recipe in (FAIR, USUAL):
        parts += [of_classifier(params, budget, recipe) for budget in params.classify.budgets]
    names, *columns = zip(*parts, strict=True)
    rows = zip((*names, "all"), *((*column, sum(column)) for column in columns), strict=True)
    lines = [[name, n, round(a), round(b), round(b / a, 1)] for name, n, a, b in rows]
    save_table("whole.csv", COLUMNS, lines)


if __name__ == "__main__":
    run_stage("whole", main)
