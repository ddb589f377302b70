"""Both arms tuned with equal effort at each label budget: ``python -m studies.tuned``.

Random search (Bergstra and Bengio, 2012, JMLR 13, 281-305): the shared setting, ``classify`` of
``params.yaml``, and random ones beside it are tried with both arms at every budget, the same ones,
in runs with the same labelled rows, initial weights and batches. For each arm and budget the one
of the highest mean validation accuracy (of equals, of the lowest loss) is taken; only then is it
trained in runs 0 to ``classify.runs`` - 1, whose test accuracies are reported beside those of the
shared setting.

The search has runs of its own, of the next numbers: with those that are reported, it would take
what happens to suit their labelled rows and initial weights, and a run in the search would be no
draw like the others. So a setting is chosen for a budget, not for a subset, from
``tuned.runs`` times as many labelled rows. Validation rows are the same for all, and also choose
the epoch, as everywhere. Intervals are for the settings as chosen: they do not hold how another
search would have chosen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.classify.experiment import Job, Outcome, run_jobs
from stages.classify.params import ClassifyParams, Settings
from stages.core.atomic import write_csv, write_text
from stages.core.console import progress, run_stage, say
from stages.core.device import chosen_device
from stages.core.params import load_sections
from stages.core.randomness import stream
from stages.report.crossed import ByRow
from stages.report.section import Section
from stages.results import classifiers
from stages.results.classifiers import BUDGET, METHOD, N_LABELS, RUN, VALIDATION_ACCURACY
from stages.results.methods import VANILLA, WORD2VEC
from stages.vectors.vectors import SGNS_MAIN, model_folders
from studies.params import TunedParams, load_studies

RESULTS = Path("studies/results")
CONFIGURATION = "studies.tuned"  # a random stream: see stages.core.randomness

METHODS = (VANILLA, WORD2VEC)
SHARED, TUNED = "shared", "tuned"
SETTINGS = (SHARED, TUNED)
LOGARITHMIC = ("lr", "length", "embedding_norm", "weight_decay")
LINEAR = ("dropout", "token_dropout", "label_smoothing")
SEARCHED = (*LOGARITHMIC, *LINEAR)
DIGITS = 3  # of a value that is drawn: enough, and short to tell
EDGE = 0.1  # the share of a range, at each end, that counts as its edge

NUMBER, CHOSEN = "configuration", "chosen"
VALIDATION = (VALIDATION_ACCURACY, classifiers.VALIDATION_LOSS)
SEARCH_COLUMNS = (BUDGET, METHOD, NUMBER, *SEARCHED, *VALIDATION, CHOSEN)
RESULT_COLUMNS = (
    *(BUDGET, N_LABELS, METHOD, "setting", NUMBER, RUN, classifiers.EPOCH),
    *(*reversed(VALIDATION), classifiers.TEST_LOSS, classifiers.TEST_ACCURACY),
)

Configuration = Mapping[str, float]  # values of those in SEARCHED; the first is the shared setting
Train = Callable[[Sequence[Job]], Iterable[Outcome]]
Right = Mapping[tuple[int, str, str], ByRow]  # test rows, in points: by budget, method, setting


def applied(values: Configuration, params: Settings) -> Settings:
    """Return the parameters with a configuration's recipe."""
    changes: dict[str, Any] = dict(values)
    length = changes.pop("length")
    for name in ("epochs", "min_steps"):
        changes[name] = max(1, round(length * getattr(params.classify, name)))
    changed = ClassifyParams.model_validate(params.classify.model_dump() | changes)
    return params.model_copy(update={"classify": changed})


def configurations(tuned: TunedParams, params: Settings) -> list[Configuration]:
    """Return the shared setting and random ones; more of them leave the first as they are."""
    shared = {name: getattr(params.classify, name) for name in SEARCHED if name != "length"}
    drawn = [draw(tuned, params.seed, number) for number in range(1, tuned.configurations)]
    return [shared | {"length": 1.0}, *drawn]


def draw(tuned: TunedParams, seed: int, number: int) -> Configuration:
    """Draw a configuration: each hyper-parameter by itself, uniform or log-uniform."""
    random = stream(CONFIGURATION, seed, number)
    values = {}
    for name in SEARCHED:
        low, high = getattr(tuned, name)
        at = random.uniform()
        value = low * (high / low) ** at if name in LOGARITHMIC else low + at * (high - low)
        values[name] = float(np.clip(float(f"{value:.{DIGITS}g}"), low, high))
    return values


def place_in_range(tuned: TunedParams, name: str, value: float) -> float:
    """Return where a value lies in its range, from 0 to 1, as it is drawn."""
    low, high = getattr(tuned, name)
    if low == high:
        return 0.5
    if name in LOGARITHMIC:
        value, low, high = np.log([value, low, high])
    return float((value - low) / (high - low))


def jobs_of(params: Settings, method: str, budget: int, runs: Iterable[int]) -> list[Job]:
    """Return runs of an arm; of the main vectors, vanilla takes only words and width."""
    vectors = tuple(model_folders(SGNS_MAIN))
    return [Job(method, run, budget, vectors, params) for run in runs]


def search(
    candidates: Sequence[Configuration], runs: int, params: Settings, train: Train
) -> pd.DataFrame:
    """Try every configuration with both arms at every budget, in runs that are not reported.

    Returns means over so many runs, as ``SEARCH_COLUMNS`` but the last: only validation scores are
    looked at.
    """
    numbers = range(params.classify.runs, params.classify.runs + runs)
    cells = list(product(params.classify.budgets, METHODS))
    scores: dict[tuple[int, str, int], list[tuple[float, float]]] = {}
    for number, values in enumerate(
        progress(candidates, "tuned", " configurations", len(candidates))
    ):
        changed = applied(values, params)
        jobs = [job for budget, arm in cells for job in jobs_of(changed, arm, budget, numbers)]
        for outcome in in_order(train(jobs)):
            validation = outcome.result.chosen.validation
            key = (outcome.job.budget, outcome.job.method, number)
            scores.setdefault(key, []).append((validation.accuracy, validation.loss))
    lines = []
    for cell, (number, values) in product(cells, enumerate(candidates)):
        mean = np.mean(scores[*cell, number], 0)
        lines.append((*cell, number, *(values[name] for name in SEARCHED), *mean))
    return pd.DataFrame(lines, columns=list(SEARCH_COLUMNS[:-1]))


def in_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes in the order of runs, not of arrival: sums of floats depend on it."""
    return sorted(outcomes, key=lambda outcome: outcome.job.run)


def choose(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials, and whether each is the best of its budget and arm; of equals, the first.

    The better of two has more accuracy or, of equals, less loss.
    """
    ranked = trials.sort_values(list(VALIDATION), ascending=[False, True])
    best = ranked.drop_duplicates([BUDGET, METHOD]).index
    return trials.assign(**{CHOSEN: trials.index.isin(best).astype(int)})


def taken(trials: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the lines of the trials that were chosen."""
    return trials[trials[CHOSEN] == 1].to_dict("records")


def report(
    trials: pd.DataFrame, candidates: Sequence[Configuration], params: Settings, train: Train
) -> tuple[pd.DataFrame, Right]:
    """Train each budget and arm by the shared and by its chosen configuration.

    Returns a line a run, as ``RESULT_COLUMNS``, and which test rows were right.
    """
    runs = range(params.classify.runs)
    lines, right = [], {}
    chosen = taken(trials)
    for row in progress(chosen, "tuned", " choices", len(chosen)):
        budget, method = row[BUDGET], row[METHOD]
        done: dict[int, list[Outcome]] = {}
        for setting, number in ((SHARED, 0), (TUNED, row[NUMBER])):
            if number not in done:
                changed = applied(candidates[number], params)
                done[number] = in_order(train(jobs_of(changed, method, budget, runs)))
            lines += [_line(outcome, setting, number) for outcome in done[number]]
            correct = np.stack([outcome.result.test.correct for outcome in done[number]])
            right[budget, method, setting] = ByRow(np.array(runs), correct.astype(np.float64)) * 100
    return pd.DataFrame(lines, columns=list(RESULT_COLUMNS)), right


def _line(outcome: Outcome, setting: str, number: int) -> tuple[object, ...]:
    job, chosen, test = outcome.job, outcome.result.chosen, outcome.result.test
    names = (job.budget, outcome.labels, job.method, setting, number, job.run, chosen.epoch)
    return *names, chosen.validation.loss, chosen.validation.accuracy, test.loss, test.accuracy


def markdown(lines: pd.DataFrame, right: Right, trials: pd.DataFrame, tuned: TunedParams) -> str:
    """Return both tables, with what is to be known of them."""
    outcome = _outcome(lines, right, tuned).markdown()
    return f"{outcome}\nWhat was taken:\n\n{_what_was_taken(right, trials, tuned).markdown()}"


def _outcome(lines: pd.DataFrame, right: Right, tuned: TunedParams) -> Section:
    arms = list(product(METHODS, SETTINGS))
    rows = []
    for budget, labels in dict(zip(lines[BUDGET], lines[N_LABELS], strict=True)).items():
        cells = [right[budget, *arm].interval().told(".2f") for arm in arms]
        gains = [right[budget, WORD2VEC, s] - right[budget, VANILLA, s] for s in SETTINGS]
        rows.append([f"{labels:,}", *cells, *(gain.interval().told("+.2f") for gain in gains)])
    note = (
        f"Test accuracy in %, mean over {lines[RUN].nunique()} runs, and gain of word2vec over "
        "vanilla in points, paired by run and test row; ± half the 95 % interval over runs and "
        "test rows. Shared: `classify` of params.yaml, one setting for both arms and all budgets. "
        f"Tuned: for each arm and budget the best of {tuned.configurations} settings, the shared "
        f"one among them, by mean validation accuracy over {tuned.runs} runs of their own."
    )
    header = ("labels", *map(" ".join, arms), *(f"gain {setting}" for setting in SETTINGS))
    return Section("tuned", "Both arms tuned", header, rows, note)


def _what_was_taken(right: Right, trials: pd.DataFrame, tuned: TunedParams) -> Section:
    is_shared = trials[NUMBER] == 0
    shared = trials[is_shared].set_index([BUDGET, METHOD])[VALIDATION_ACCURACY]
    rows = []
    for row in taken(trials):
        arm = row[BUDGET], row[METHOD]
        more = 100 * (row[VALIDATION_ACCURACY] - shared[arm])
        tested = (right[*arm, TUNED] - right[*arm, SHARED]).interval().told("+.2f")
        values = [f"{row[name]:g}" for name in SEARCHED]
        what = (f"{row[BUDGET]:,}", row[METHOD], str(row[NUMBER]), *values)
        rows.append([*what, f"{more:+.2f}", tested])
    drawn = trials[~is_shared & (trials[CHOSEN] == 1)]
    at_edges = []
    for name in SEARCHED:
        places = [place_in_range(tuned, name, value) for value in drawn[name]]
        low, high = sum(at < EDGE for at in places), sum(at > 1 - EDGE for at in places)
        at_edges.append(f"{name} {low} and {high}")
    note = (
        "No. 0 is the shared setting; length multiplies `classify.epochs` and "
        "`classify.min_steps`. Last two columns: points over the shared setting, in the search "
        "(where the best of many looks better than it is) and on the test split (runs that the "
        f"search did not have; ± as above). Of {len(drawn)} random settings taken, so many lie in "
        f"the lowest and in the highest {EDGE:.0%} of a range: {'; '.join(at_edges)}."
    )
    header = ("labels", "arm", "no.", *SEARCHED, "over shared, validation", "test")
    return Section("taken", "What was taken", header, rows, note)


def main() -> None:
    """Search, choose, train what was chosen, and write what came of it."""
    params, tuned = load_sections(Settings), load_studies().tuned
    candidates = configurations(tuned, params)
    device = chosen_device(params.device)

    def train(jobs: Sequence[Job]) -> Iterable[Outcome]:
        return run_jobs(jobs, device)

    trials = choose(search(candidates, tuned.runs, params, train))
    write_csv(RESULTS / "tuned_search.csv", SEARCH_COLUMNS, trials.itertuples(index=False))
    lines, right = report(trials, candidates, params, train)
    write_csv(RESULTS / "tuned.csv", RESULT_COLUMNS, lines.itertuples(index=False))
    text = markdown(lines, right, trials, tuned)
    write_text(RESULTS / "tuned.md", text)
    say(text)


if __name__ == "__main__":
    run_stage("tuned", main)
