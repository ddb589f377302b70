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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field

from stages.classify.params import ClassifyParams
from stages.classify.settings import Settings
from stages.core.atomic import write_csv, write_text
from stages.core.console import progress, run_stage, say
from stages.core.params import Fraction, PositiveFloat, PositiveInt, Section, load_sections
from stages.core.randomness import stream
from stages.results.classifiers import (
    BUDGET,
    EPOCH,
    METHOD,
    N_LABELS,
    RUN,
    TEST_ACCURACY,
    TEST_LOSS,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
)
from stages.results.methods import VANILLA, WORD2VEC
from stages.vectors.vectors import SGNS_MAIN, model_folders

if TYPE_CHECKING:
    from stages.classify.experiment import Job, Outcome
    from stages.report.crossed import ByRow

PARAMS = Path("studies/params.yaml")
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

SEARCH_COLUMNS = (
    *(BUDGET, METHOD, "configuration", *SEARCHED),
    *(VALIDATION_ACCURACY, VALIDATION_LOSS, "chosen"),
)
RESULT_COLUMNS = (
    *(BUDGET, N_LABELS, METHOD, "setting", "configuration", RUN, EPOCH),
    *(VALIDATION_LOSS, VALIDATION_ACCURACY, TEST_LOSS, TEST_ACCURACY),
)


def _rising(bounds: list[float]) -> list[float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"tuned has the range {bounds}, but the lower end must come first")
    return bounds


Two = Field(min_length=2, max_length=2)
Positive = Annotated[list[PositiveFloat], Two, AfterValidator(_rising)]
Share = Annotated[list[Fraction], Two, AfterValidator(_rising)]


class TunedParams(Section):
    """``tuned``: how much is tried, and the range of each hyper-parameter.

    configurations: for each arm and budget, the shared one included. length: factor of ``epochs``
    and ``min_steps``.
    """

    configurations: PositiveInt
    runs: PositiveInt
    lr: Positive
    length: Positive
    embedding_norm: Positive
    weight_decay: Positive
    dropout: Share
    token_dropout: Share
    label_smoothing: Share


class StudyParams(Section):
    """What this study reads of ``studies/params.yaml``."""

    tuned: TunedParams


Values = Mapping[str, float]  # of the hyper-parameters in SEARCHED


@dataclass(frozen=True)
class Configuration:
    """What is tried. number: from 0, the shared setting."""

    number: int
    values: Values

    def applied(self, params: Settings) -> Settings:
        """Return the parameters with this configuration's recipe."""
        changes: dict[str, Any] = dict(self.values)
        length = changes.pop("length")
        for name in ("epochs", "min_steps"):
            changes[name] = max(1, round(length * getattr(params.classify, name)))
        changed = ClassifyParams.model_validate(params.classify.model_dump() | changes)
        return params.model_copy(update={"classify": changed})


@dataclass(frozen=True)
class Trial:
    """How a configuration did in the search, by validation rows alone: means over its runs."""

    budget: int
    method: str
    configuration: Configuration
    accuracy: float
    loss: float

    def rank(self) -> tuple[float, float]:
        """Return what the better of two has more of: accuracy; of equals, lower loss."""
        return self.accuracy, -self.loss


Train = Callable[[Sequence["Job"]], Iterable["Outcome"]]
Choice = Mapping[tuple[int, str], Trial]  # by budget and method


def configurations(tuned: TunedParams, params: Settings) -> list[Configuration]:
    """Return the shared setting and random ones; more of them leave the first as they are."""
    classify = params.classify
    shared = {name: getattr(classify, name) for name in SEARCHED if name != "length"}
    drawn = [draw(tuned, params.seed, number) for number in range(1, tuned.configurations)]
    return [Configuration(0, shared | {"length": 1.0}), *drawn]


def draw(tuned: TunedParams, seed: int, number: int) -> Configuration:
    """Draw a configuration: each hyper-parameter by itself, uniform or log-uniform."""
    random = stream(CONFIGURATION, seed, number)
    values = {}
    for name in SEARCHED:
        low, high = getattr(tuned, name)
        at = random.uniform()
        value = low * (high / low) ** at if name in LOGARITHMIC else low + at * (high - low)
        values[name] = float(np.clip(float(f"{value:.{DIGITS}g}"), low, high))
    return Configuration(number, values)


def place_in_range(tuned: TunedParams, name: str, value: float) -> float:
    """Return where a value lies in its range, from 0 to 1, as it is drawn."""
    low, high = getattr(tuned, name)
    if low == high:
        return 0.5
    if name in LOGARITHMIC:
        value, low, high = np.log([value, low, high])
    return float((value - low) / (high - low))


def jobs_of(params: Settings, method: str, budget: int, runs: Iterable[int]) -> list["Job"]:
    """Return runs of an arm; of the main vectors, vanilla takes only words and width."""
    from stages.classify.experiment import Job  # imports Numba, which is slow

    vectors = tuple(model_folders(SGNS_MAIN))
    return [Job(method, run, budget, vectors, params) for run in runs]


def search(
    candidates: Sequence[Configuration], runs: int, params: Settings, train: Train
) -> list[Trial]:
    """Try every configuration with both arms at every budget.

    Args:
        candidates: what is tried.
        runs: of each arm, budget and configuration; of numbers that are not reported.
        params: of the main experiment.
        train: does the jobs.

    Returns:
        A trial for each, in the order of budgets, arms and configurations.
    """
    numbers = range(params.classify.runs, params.classify.runs + runs)
    trials = []
    for candidate in progress(candidates, "tuned", " configurations", len(candidates)):
        changed = candidate.applied(params)
        jobs = [
            job
            for budget in params.classify.budgets
            for method in METHODS
            for job in jobs_of(changed, method, budget, numbers)
        ]
        trials += judge(candidate, train(jobs))
    order = {budget: place for place, budget in enumerate(params.classify.budgets)}
    return sorted(
        trials,
        key=lambda t: (order[t.budget], METHODS.index(t.method), t.configuration.number),
    )


def judge(configuration: Configuration, outcomes: Iterable["Outcome"]) -> list[Trial]:
    """Return the trials of a configuration; of an outcome, only validation scores are looked at."""
    found: dict[tuple[int, str], dict[int, tuple[float, float]]] = {}
    for outcome in outcomes:
        scores = outcome.result.chosen.validation
        runs = found.setdefault((outcome.job.budget, outcome.job.method), {})
        runs[outcome.job.run] = scores.accuracy, scores.loss
    return [
        # In the order of runs, not of arrival: sums of floats depend on it.
        Trial(*key, configuration, *map(float, np.mean([runs[r] for r in sorted(runs)], 0)))
        for key, runs in found.items()
    ]


def choose(trials: Sequence[Trial]) -> Choice:
    """Return the best trial of each budget and arm; of equals, the first."""
    best: dict[tuple[int, str], Trial] = {}
    for trial in trials:
        key = trial.budget, trial.method
        if key not in best or trial.rank() > best[key].rank():
            best[key] = trial
    return best


@dataclass(frozen=True)
class Reported:
    """The runs that are reported. lines: as ``RESULT_COLUMNS``; correct: (lines, test rows)."""

    lines: pd.DataFrame
    correct: np.ndarray[Any, Any]

    def by_row(self, budget: int, method: str, setting: str) -> "ByRow":
        """Return which test rows the runs of a cell had right, in points."""
        from stages.report.crossed import ByRow

        lines = self.lines
        at = (lines[BUDGET] == budget) & (lines[METHOD] == method) & (lines["setting"] == setting)
        return ByRow.of(lines[at], self.correct) * 100


def report(choice: Choice, shared: Configuration, params: Settings, train: Train) -> Reported:
    """Train each budget and arm by the shared and by its chosen configuration."""
    runs = range(params.classify.runs)
    lines, correct = [], []
    for (budget, method), trial in progress(choice.items(), "tuned", " choices", len(choice)):
        chosen = trial.configuration
        outcomes: dict[int, list[Outcome]] = {}
        for each in {c.number: c for c in (shared, chosen)}.values():
            done = list(train(jobs_of(each.applied(params), method, budget, runs)))
            outcomes[each.number] = sorted(done, key=lambda outcome: outcome.job.run)
        for setting, number in ((SHARED, shared.number), (TUNED, chosen.number)):
            for outcome in outcomes[number]:
                lines.append(_line(outcome, setting, number))
                correct.append(outcome.result.correct)
    return Reported(pd.DataFrame(lines, columns=list(RESULT_COLUMNS)), np.stack(correct))


def _line(outcome: "Outcome", setting: str, number: int) -> tuple[object, ...]:
    job, chosen, test = outcome.job, outcome.result.chosen, outcome.result.test
    names = (job.budget, outcome.labels, job.method, setting, number, job.run, chosen.epoch)
    return *names, chosen.validation.loss, chosen.validation.accuracy, test.loss, test.accuracy


def search_rows(trials: Sequence[Trial], choice: Choice) -> list[tuple[object, ...]]:
    """Return the lines of ``tuned_search.csv``."""
    return [
        (
            *(t.budget, t.method, t.configuration.number),
            *(t.configuration.values[name] for name in SEARCHED),
            *(t.accuracy, t.loss, int(choice[t.budget, t.method] is t)),
        )
        for t in trials
    ]


def markdown(reported: Reported, trials: Sequence[Trial], tuned: TunedParams) -> str:
    """Return both tables, with what is to be known of them."""
    choice = choose(trials)
    runs = reported.lines[RUN].nunique()
    note = (
        f"Test accuracy in %, mean over {runs} runs, and gain of word2vec over vanilla in points, "
        "paired by run and test row; ± half the 95 % interval over runs and test rows. Shared: "
        "`classify` of params.yaml, one setting for both arms and all budgets. Tuned: for each arm "
        f"and budget the best of {tuned.configurations} settings, the shared one among them, by "
        f"mean validation accuracy over {tuned.runs} runs of their own."
    )
    outcome = _table(("labels", *_headers()), _result_rows(reported, choice))
    header = ("labels", "arm", "no.", *SEARCHED, "over shared, validation", "test")
    chosen = _table(header, _choice_rows(reported, trials))
    return f"{outcome}\n{note}\n\nWhat was taken:\n\n{chosen}\n{_choice_note(choice, tuned)}\n"


def _headers() -> list[str]:
    arms = [f"{method} {setting}" for method in METHODS for setting in SETTINGS]
    return [*arms, *(f"gain {setting}" for setting in SETTINGS)]


def _result_rows(reported: Reported, choice: Choice) -> list[list[str]]:
    rows = []
    for budget in dict.fromkeys(budget for budget, _ in choice):
        of = {(m, s): reported.by_row(budget, m, s) for m in METHODS for s in SETTINGS}
        cells = [_show(of[method, setting], "") for method in METHODS for setting in SETTINGS]
        gains = [_show(of[WORD2VEC, s] - of[VANILLA, s], "+") for s in SETTINGS]
        labels = reported.lines.loc[reported.lines[BUDGET] == budget, N_LABELS].iloc[0]
        rows.append([f"{labels:,}", *cells, *gains])
    return rows


def _choice_rows(reported: Reported, trials: Sequence[Trial]) -> list[list[str]]:
    shared = {(t.budget, t.method): t for t in trials if not t.configuration.number}
    rows = []
    for (budget, method), trial in choose(trials).items():
        values = [f"{trial.configuration.values[name]:g}" for name in SEARCHED]
        more = 100 * (trial.accuracy - shared[budget, method].accuracy)
        cells = (reported.by_row(budget, method, setting) for setting in (TUNED, SHARED))
        tuned, untuned = cells
        what = [f"{budget:,}", method, str(trial.configuration.number), *values]
        rows.append([*what, f"{more:+.2f}", _show(tuned - untuned, "+")])
    return rows


def _choice_note(choice: Choice, tuned: TunedParams) -> str:
    drawn = [t.configuration.values for t in choice.values() if t.configuration.number]
    parts = [
        f"{name} {sum(low)} and {sum(high)}"
        for name in SEARCHED
        for places in [[place_in_range(tuned, name, values[name]) for values in drawn]]
        for low, high in [([p < EDGE for p in places], [p > 1 - EDGE for p in places])]
    ]
    return (
        "No. 0 is the shared setting; length multiplies `classify.epochs` and "
        "`classify.min_steps`. Last two columns: points over the shared setting, in the search "
        "(where the best of many looks better than it is) and on the test split (runs that the "
        f"search did not have; ± as above). Of {len(drawn)} random settings taken, so many lie in "
        f"the lowest and in the highest {EDGE:.0%} of a range: {'; '.join(parts)}."
    )


def _show(cell: "ByRow", sign: str) -> str:
    """Return a mean with half its 95 % interval."""
    interval = cell.interval()
    half = (interval.high - interval.low) / 2
    return f"{interval.mean:{sign}.2f}" + ("" if np.isnan(half) else f" ± {half:.2f}")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---" if name == "arm" else "---:" for name in header]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))


def main() -> None:
    """Search, choose, train what was chosen, and write what came of it."""
    params = load_sections(Settings)
    tuned = load_sections(StudyParams, PARAMS).tuned
    candidates = configurations(tuned, params)
    from stages.classify.experiment import run_jobs
    from stages.core.device import chosen_device

    device = chosen_device(params.device)

    def train(jobs: Sequence["Job"]) -> Iterable["Outcome"]:
        return run_jobs(jobs, device)

    trials = search(candidates, tuned.runs, params, train)
    choice = choose(trials)
    write_csv(RESULTS / "tuned_search.csv", SEARCH_COLUMNS, search_rows(trials, choice))
    reported = report(choice, candidates[0], params, train)
    write_csv(RESULTS / "tuned.csv", RESULT_COLUMNS, reported.lines.itertuples(index=False))
    text = markdown(reported, trials, tuned)
    write_text(RESULTS / "tuned.md", text)
    say(text)


if __name__ == "__main__":
    run_stage("tuned", main)
