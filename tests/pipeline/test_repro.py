"""``dvc repro``: what it makes, that it makes it once, and that it makes it the same again."""

import csv
import json
import re
import socket
import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from safetensors.numpy import load_file

from tests.pipeline.corpus import LABELLED_TRAIN_ROWS, TOPICS
from tests.pipeline.project import (
    BUDGETS,
    CELLS,
    MAIN_CELL,
    NEGATIVES,
    RADII,
    SEEDS,
    SGNS_EPOCHS,
    SGNS_SEEDS,
    VARIANTS,
    Project,
    locked_outputs,
    new_project,
    stages_run,
)
from tests.support import files_below

OUTPUTS = {
    "data/raw/pretrain",
    "data/raw/downstream",
    "data/raw/manifest.json",
    "data/tokens/pretrain",
    "data/tokens/downstream",
    "data/tokens/both",
    "data/tokens/labelled",
    "data/tokens/statistics.json",
    "models/sgns/main",
    *(f"models/sgns/grid/{cell}" for cell in CELLS),
    *(f"models/sgns/variant/{name}" for name in VARIANTS),
    *(f"models/classify/budget-{budget}" for budget in BUDGETS),
    *(f"models/classify/grid/{cell}" for cell in CELLS),
    "plots",
}
ANALYSES = {"attention.csv", "claims.csv", "lens.csv", "lens_and_accuracy.csv", "diagnostics.csv"}
FIGURES = {
    "accuracy_by_labels.png",
    *(f"curves_{budget}.png" for budget in BUDGETS),
    "curves_by_R.png",
    "curves_by_K.png",
    "grid.png",
    "sgns_loss.png",
    "lens.png",
    "theory.png",
    "variants.png",
    "attention.png",
}
SCORES = ["epoch", "val_loss", "val_accuracy", "test_loss", "test_accuracy", "unknown_share"]
EPOCH = ["epoch", "train_loss", "val_loss", "val_accuracy"]
RUN = ["budget", "n_labels", "method", "seed"]
LOSS_COLUMNS = [
    f"{split}_{part}"
    for split in ("train", "validation")
    for part in ("loss", "positive", "negative", "pairs")
]
CURVES = [f"{arm}_{score}" for score in ("accuracy", "loss") for arm in ("word2vec", "vanilla")]
AXIS = ["test_accuracy", "test_accuracy_low", "test_accuracy_high", "val_loss"]
METHODS = ("vanilla", "word2vec", "frozen", "shuffled", "tfidf", "probe", *VARIANTS)
BOUNDS = [f"{m}{end}" for m in METHODS for end in ("", "_low", "_high")]
# 60 steps of 4 examples: 20 labels need 12 epochs for them; 40 labels have them in the 8 epochs.
CLASSIFIER_EPOCHS = {20: 12, 40: 8}
TABLES = {
    "results": ([*RUN, *SCORES], len(BUDGETS) * len(METHODS) * SEEDS),
    "ablation": (["R", "K", *RUN, *SCORES], len(CELLS) * SEEDS),
    "history": (
        ["experiment", "R", "K", "budget", "method", "seed", *EPOCH],
        6 * SEEDS * sum(CLASSIFIER_EPOCHS.values()) + len(CELLS) * SEEDS * CLASSIFIER_EPOCHS[40],
    ),
    "sgns": (
        ["experiment", "R", "K", "seed", "epoch", *LOSS_COLUMNS],
        (1 + len(CELLS)) * SGNS_SEEDS * (SGNS_EPOCHS + 1),
    ),
    "labels": (["n_labels", *BOUNDS], len(BUDGETS)),
    "curves_largest_budget": (["epoch", *CURVES], CLASSIFIER_EPOCHS[40]),
    "curves_ablation_budget": (["epoch", *CURVES], CLASSIFIER_EPOCHS[40]),
    "radius": (["R", *AXIS], len(RADII)),
    "negatives": (["K", *AXIS], len(NEGATIVES)),
    "equivalent_labels": (["n_labels", "vanilla_labels", "ci_low", "ci_high"], len(BUDGETS)),
    "unknown": (["n_labels", *METHODS], len(BUDGETS)),
    "sgns_loss": (["epoch", "train_loss", "validation_loss"], SGNS_EPOCHS),
}


def test_every_output_is_there(finished_project: Project) -> None:
    assert set(locked_outputs(finished_project)) == OUTPUTS
    assert [path for path in OUTPUTS if not (finished_project.root / path).exists()] == []


def test_git_keeps_what_a_clone_needs_and_dvc_keeps_the_rest(finished_project: Project) -> None:
    tracked = finished_project.output("git", "ls-files", "data", "models", "plots").split()
    kept = {path for path in tracked if not path.endswith("/.gitignore")}
    plots = {f"plots/{path}" for path in files_below(finished_project.root / "plots")}
    assert kept == plots | {"data/raw/manifest.json"}
    assert finished_project.changed_files() == []


def test_second_repro_runs_nothing(project: Project) -> None:
    output = project.output("dvc", "repro")
    assert stages_run(output) == []
    assert "Data and pipelines are up to date." in output
    assert project.output("dvc", "status", "--json").strip() == "{}"
    assert project.changed_files() == []


def test_plots_has_exactly_the_files_of_the_report(finished_project: Project) -> None:
    tables = {f"{name}.csv" for name in TABLES}
    found = {path.name for path in (finished_project.root / "plots").iterdir()}
    assert found == FIGURES | tables | {"metrics.json", "data.json", "summary.md", *ANALYSES}


@pytest.mark.parametrize("name", TABLES)
def test_table_has_its_columns_and_rows(finished_project: Project, name: str) -> None:
    header, *rows = csv.reader(finished_project.read(f"plots/{name}.csv").splitlines())
    assert (header, len(rows)) == TABLES[name]


def test_ablation_has_every_cell_and_seed_once(finished_project: Project) -> None:
    rows = list(csv.DictReader(finished_project.read("plots/ablation.csv").splitlines()))
    cells = [(int(row["R"]), int(row["K"]), int(row["seed"])) for row in rows]
    assert cells == list(product(RADII, NEGATIVES, range(SEEDS)))


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figure_is_a_png_of_pixels_alone(finished_project: Project, name: str) -> None:
    content = (finished_project.root / "plots" / name).read_bytes()
    chunks = png_chunks(content)
    width, height = struct.unpack(">II", content[16:24])
    assert width > 300 and height > 300
    # No tEXt, iTXt or tIME: nothing that says when, where or by which version it was drawn.
    assert chunks[0] == "IHDR" and chunks[-1] == "IEND"
    assert set(chunks) == {"IHDR", "pHYs", "IDAT", "IEND"}


def png_chunks(content: bytes) -> list[str]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    names, position = [], 8
    while position < len(content):
        length, name = struct.unpack(">I4s", content[position : position + 8])
        names.append(name.decode("ascii"))
        position += length + 12
    assert position == len(content)
    return names


def test_metrics_are_the_means_of_the_results(finished_project: Project) -> None:
    metrics = json.loads(finished_project.read("plots/metrics.json"))
    results = list(csv.DictReader(finished_project.read("plots/results.csv").splitlines()))

    def mean(budget: int, method: str) -> float:
        runs = [r for r in results if (r["budget"], r["method"]) == (str(budget), method)]
        return sum(float(run["test_accuracy"]) for run in runs) / SEEDS

    accuracy = {str(budget): mean(budget, "word2vec") for budget in BUDGETS}
    gain = {str(n): 100 * (mean(n, "word2vec") - mean(n, "vanilla")) for n in BUDGETS}
    assert metrics["word2vec_test_accuracy"] == pytest.approx(accuracy, abs=1e-5)
    assert metrics["gain_over_vanilla_points"] == pytest.approx(gain, abs=1e-3)
    history = list(csv.DictReader(finished_project.read("plots/sgns.csv").splitlines()))
    last = [
        float(row["validation_loss"])
        for row in history
        if (row["experiment"], row["epoch"]) == ("main", str(SGNS_EPOCHS))
    ]
    assert len(last) == SGNS_SEEDS
    assert metrics["sgns_validation_loss"] == pytest.approx(sum(last) / SGNS_SEEDS, abs=1e-5)
    assert set(metrics) == {
        "word2vec_test_accuracy",
        "gain_over_vanilla_points",
        "sgns_validation_loss",
        "grid_reproduces_main",
    }


def test_something_was_learned(finished_project: Project) -> None:
    metrics = json.loads(finished_project.read("plots/metrics.json"))
    assert metrics["word2vec_test_accuracy"]["40"] > 2 / len(TOPICS)
    assert metrics["gain_over_vanilla_points"]["40"] > 0
    rows = list(csv.DictReader(finished_project.read("plots/sgns.csv").splitlines()))
    main = [row for row in rows if row["experiment"] == "main"]
    for seed in range(SGNS_SEEDS):
        losses = [float(row["validation_loss"]) for row in main if row["seed"] == str(seed)]
        assert losses == sorted(losses, reverse=True)


def test_summary_has_a_line_for_each_budget(finished_project: Project) -> None:
    lines = finished_project.read("plots/summary.md").splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
    by_labels = ["labels", "---:", *(str(budget) for budget in BUDGETS)]
    claims = list(csv.DictReader(finished_project.read("plots/claims.csv").splitlines()))
    tests = ["", "---", *(claim["claim"] for claim in claims)]
    assert rows == [*by_labels, *tests, *by_labels, *by_labels]  # then controls, variants


def test_figures_and_manifest_name_the_data(finished_project: Project) -> None:
    data = json.loads(finished_project.read("plots/data.json"))
    assert data["raw"] == json.loads(finished_project.read("data/raw/manifest.json"))
    assert data["raw"]["title"] == f"tiny-text to tiny-labels ({LABELLED_TRAIN_ROWS} rows)"
    assert data["raw"]["downstream"]["classes"] == sorted(TOPICS)
    assert data["tokens"] == json.loads(finished_project.read("data/tokens/statistics.json"))


def test_grid_cell_at_the_main_configuration_is_the_main_model(finished_project: Project) -> None:
    models = finished_project.root / "models/sgns"
    main = files_below(models / "main")
    same = {cell: files_below(models / "grid" / cell) == main for cell in CELLS}
    assert same == {cell: cell == MAIN_CELL for cell in CELLS}
    assert json.loads(finished_project.read("plots/metrics.json"))["grid_reproduces_main"] is True


def test_gensim_reads_the_same_vectors(finished_project: Project) -> None:
    folder = finished_project.root / "models/sgns/main"
    ours = load_file(folder / "vectors.safetensors")["centre"]
    theirs = KeyedVectors.load_word2vec_format(str(folder / "vectors.bin"), binary=True)
    vocabulary = finished_project.read("data/tokens/pretrain/vocabulary.tsv").splitlines()
    words = [line.split("\t")[0] for line in vocabulary]
    assert words[0] == "<unk>"
    assert theirs.index_to_key == words[1:]
    np.testing.assert_array_equal(theirs.vectors, ours[1:])


def test_results_do_not_say_when_where_or_by_whom(finished_project: Project) -> None:
    paths = [finished_project.root / "dvc.lock", finished_project.root / "data/raw/manifest.json"]
    paths += sorted((finished_project.root / "plots").iterdir())
    folder = str(finished_project.root.parent)
    names = (socket.gethostname(), finished_project.environment()["LOGNAME"])
    traces = [re.escape(folder), *(rf"\b{re.escape(name)}\b" for name in names)]
    traces += [r"\d{4}-\d\d-\d\d", r"\d\d:\d\d"]
    assert found_traces(paths, "|".join(traces)) == []


def found_traces(paths: list[Path], pattern: str) -> list[str]:
    texts = [path for path in paths if path.suffix != ".png"]
    assert len(texts) > len(TABLES)
    return [
        f"{path.name}: {match.group()}"
        for path in texts
        for match in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]


@pytest.mark.slow
def test_everything_again_elsewhere_gives_the_same_bytes(
    finished_project: Project, tmp_path: Path
) -> None:
    project = new_project(tmp_path / "another folder")
    project.output("dvc", "repro")
    assert project.read("dvc.lock") == finished_project.read("dvc.lock")
    for folder in ("data", "models", "plots"):
        assert files_below(project.root / folder) == files_below(finished_project.root / folder)
