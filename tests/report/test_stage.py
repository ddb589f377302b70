"""One report computes every number once."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage

from stages.core.atomic import write_sealed_json
from stages.report import findings, gains, stage, statistics, word_map
from stages.report import tables as tables_module
from stages.report.show import PLOTS
from stages.texts.raw import write_manifest
from stages.vectors.tokens import STATISTICS
from tests.report.synthetic import params, tables

Calls = list[tuple[Any, ...]]


def spied(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any]) -> Calls:
    """Note the arguments of each call of a function, from whichever module of the report."""
    calls: Calls = []

    @functools.wraps(function)
    def spy(*args: Any, **kwargs: Any) -> Any:
        calls.append((*args, *kwargs.values()))
        return function(*args, **kwargs)

    name = function.__name__
    for module in [m for key, m in sys.modules.items() if key.startswith("stages.report")]:
        if getattr(module, name, None) is function:
            monkeypatch.setattr(module, name, spy)
    return calls


def identity(argument: object) -> object:
    """What tells an argument from others: of a table, all that is in it."""
    if isinstance(argument, pd.DataFrame | pd.Series):
        return argument.to_csv()
    return repr(argument)


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the report can be made, of the made-up tables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tables_module, "load", lambda _: tables())
    write_manifest({"title": "Made-up text", "source": "local"})
    write_sealed_json(STATISTICS, {"words": 1})
    return tmp_path


def test_a_report_computes_everything_once(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = {
        function.__name__: spied(monkeypatch, function)
        for function in (
            *(findings.find_relations, findings.find_cells, statistics.holm),
            gains.equivalent_labels,
            *(word_map.word_map, linkage),
        )
    }
    of_each = {
        function.__name__: spied(monkeypatch, function)
        for function in (
            *(statistics.rank_correlation, statistics.intervals_by),
            statistics.paired_difference,
        )
    }
    stage.make(params())
    assert (inputs / PLOTS / "report.html").exists()
    assert {name: len(calls) for name, calls in once.items()} == dict.fromkeys(once, 1)
    assert sorted(x.name for x, _ in of_each["rank_correlation"]) == sorted(findings.MEASURES)
    for name in ("intervals_by", "paired_difference"):
        calls = [tuple(map(identity, call)) for call in of_each[name]]
        assert calls and len(set(calls)) == len(calls), name
