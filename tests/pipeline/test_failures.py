"""What goes wrong is said in one sentence, and what was there before can be had again."""

import pytest

from tests.pipeline.project import Project, stages_run
from tests.support import files_below, only_sentence

SGNS = "python -m stages.sgns train --R 2 --K 1 --out models/sgns/main"
CLASSIFY = "python -m stages.classify train --methods word2vec --budget 20 --vectors"


def test_value_out_of_range_is_refused_before_anything_is_lost(project: Project) -> None:
    before = {folder: files_below(project.root / folder) for folder in ("models", "plots", "data")}
    done = project.run("dvc", "exp", "run", "-S", "sgns.R=0")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    sentence = "check: params.yaml: sgns.R is 0, but must be greater than or equal to 1."
    assert sentence in done.stderr.splitlines()
    assert stages_run(done.stdout) == ["check"]
    after = {folder: files_below(project.root / folder) for folder in before}
    assert after == before
    assert set(project.changed_files()) <= {"params.yaml"}  # as the command line set it


@pytest.mark.parametrize(
    ("stage", "command", "maker"),
    [
        ("tokenize", "python -m stages.tokenize", "download"),
        ("sgns", SGNS, "tokenize"),
        ("classify", f"{CLASSIFY} models/sgns/main --out models/classify/budget-20", "sgns"),
        ("report", "python -m stages.report", "download"),
    ],
)
def test_missing_input_is_named_with_the_command_that_makes_it(
    unrun_project: Project, stage: str, command: str, maker: str
) -> None:
    sentence = only_sentence(unrun_project.run(*command.split()), stage)
    assert sentence.endswith(f"make it with: dvc repro {maker}")
    assert not (unrun_project.root / "models").exists()


def test_damaged_vectors_are_one_sentence_and_repro_restores_them(project: Project) -> None:
    vectors = project.root / "models/sgns/main/vectors.safetensors"
    whole = vectors.read_bytes()
    vectors.unlink()
    vectors.write_bytes(whole[:500])
    done = project.run(*CLASSIFY.split(), "models/sgns/main", "--out", "models/classify/by-hand")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        "classify: models/sgns/main/vectors.safetensors is damaged; make it again with: dvc repro"
    )
    assert not (project.root / "models/classify/by-hand").exists()
    assert stages_run(project.output("dvc", "repro")) == []
    assert vectors.read_bytes() == whole
    assert project.changed_files() == []


def test_half_written_leftovers_change_nothing(project: Project) -> None:
    # What a kill in the middle of writing leaves, beside inputs and outputs of stages.
    for leftover in ("models/sgns/.main.partial/vectors.bin", "data/tokens/.pretrain.partial/x",
                     "models/sgns/main/.history.csv.partial", ".plots.partial/x"):  # fmt: skip
        path = project.root / leftover
        path.parent.mkdir(exist_ok=True)
        path.write_text("half", encoding="utf-8")
    assert project.output("dvc", "status", "--json").strip() == "{}"
    assert project.changed_files() == []
