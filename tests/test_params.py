"""``params.yaml``: every wrong value is refused in a sentence that names it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.check.whole import load_params, parse_params
from stages.core.console import StageError
from tests.support import REPOSITORY, make_params, raw_params

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)


def problem(changes: dict[str, object]) -> str:
    """What is said of the committed file with some other values."""
    with pytest.raises(StageError) as caught:
        make_params(changes)
    text = str(caught.value)
    assert text.startswith("params.yaml: ")
    assert text.endswith(".")
    assert "\n" not in text
    return text


def leaves(section: dict[str, Any], prefix: str = "") -> list[str]:
    """The dotted keys of every value."""
    found = []
    for name, value in section.items():
        nested = leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
        found.extend(nested)
    return found


def test_committed_file_loads() -> None:
    params = load_params(REPOSITORY / "params.yaml")
    assert params.data.source == "auto"
    assert set(params.ablation.budgets) <= set(params.classify.budgets)


def test_whole_numbers_are_legal_where_fractions_are() -> None:
    assert make_params({"sgns.lr": 1, "sgns.subsample": 0}).sgns.subsample == 0


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("sgns.k", "did you mean sgns.K?"),
        ("tokenize.mincount", "did you mean tokenize.min_count?"),
        ("ablation.zzz", "ablation has the keys cells, models, budgets."),
        ("variants.both.corpsu", "did you mean variants.both.corpus?"),
    ],
)
def test_unknown_key_is_told_the_right_one_or_all(key: str, known: str) -> None:
    assert f"{key} is not a parameter; {known}" in problem({key: 5})


def test_variants_have_names_that_can_be_those_of_folders() -> None:
    text = problem({"variants": {"a/b": {"corpus": "both", "objective": "nce"}}})
    assert "variants.a/b" in text or "'a/b'" in text
    assert "[key]" not in text and "match ^" in text


@pytest.mark.parametrize("key", leaves(raw_params()))
def test_missing_key_is_named(key: str) -> None:
    params = raw_params()
    *sections, name = key.split(".")
    section = params
    for part in sections:
        section = section[part]
    del section[name]
    with pytest.raises(StageError, match=rf"^params\.yaml: {key} is missing\.$"):
        parse_params(params)


def test_key_that_is_no_text() -> None:
    params = {str(key): value for key, value in raw_params().items()} | {5: 1}
    with pytest.raises(StageError, match=r"^params\.yaml: 5 is not a parameter"):
        parse_params(params)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("sgns.R", "5", "an integer."),
        ("sgns.R", True, "an integer."),
        ("sgns.R", [5], "an integer."),
        ("sgns.lr", "1e-3", "a number (YAML takes 1e-3 for text: write 0.001 or 1.0e-3)."),
        ("sgns.dynamic_radius", "yes", "a boolean."),
        ("data.pretrain.config", 2, "a string."),
        ("classify.budgets", 500, "a list."),
        ("classify.budgets", [5, 5000, 5], "its values must differ"),
        ("ablation.budgets", [5, 5000, 5], "its values must differ"),
        ("ablation.cells", ["R2-K1", "R2-K1"], "its values must differ"),
        ("ablation.budgets", [1], "must be some of classify.budgets ["),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 2**31, f"less than {2**31}"),
        ("device", "gpu", "'auto', 'cpu' or 'cuda'"),
        ("data.source", "s3", "'auto', 'hub', 'local' or 'bundled'"),
        ("data.validation", 0, "greater than or equal to 1"),
        ("data.pretrain.name", "../elsewhere", "match "),
        ("data.downstream.revision", "main", "match ^[0-9a-f]{40}$"),
        ("tokenize.min_count", 0, "greater than or equal to 1"),
        ("sgns.R", 0, "greater than or equal to 1"),
        ("sgns.K", 0, "greater than or equal to 1"),
        ("sgns.lr", -0.01, "greater than 0"),
        ("sgns.lr", float("nan"), "finite number"),
        ("sgns.subsample", -0.001, "greater than or equal to 0"),
        ("sgns.objective", "softmax", "'nce' or 'infonce'"),
        ("ablation.cells", [], "not be empty"),
        ("classify.budgets", [], "not be empty"),
        ("classify.schedule", "cosine", "'linear' or 'constant'"),
        ("classify.dropout", 1.0, "less than 1"),
        ("classify.dropout", -0.5, "greater than or equal to 0"),
        ("sgns.R", 10_000, "be at most 9,999 (longer rows are read in pieces of 10,000 words)"),
        ("sgns.dim", 1, "greater than or equal to 2"),
        ("sgns.batch", 2**31, "be at most 1,048,576 (its positions are counted in 32 bits)"),
        ("sgns.temperature", 1e-300, "greater than or equal to 0.001"),
    ],
)
def test_a_wrong_value_is_told_what_it_must_be(key: str, value: object, allowed: str) -> None:
    text = problem({key: value})
    assert f"{key} is {value!r}, but" in text
    assert allowed in text
    assert len(text) < 400


NUMBERS = [
    key
    for key in leaves(raw_params())
    if not key.startswith(("variants.", "data.pretrain", "data.downstream"))
]


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", [2**63, 1e300])
def test_every_number_has_an_upper_bound(key: str, value: float) -> None:
    free = {"sgns.lr", "classify.lr", "usual.lr"}  # it works, or diverges
    if key in free and isinstance(value, float):
        make_params({key: value})
    elif key not in free:
        assert key in problem({key: value})


def test_illegal_item_of_a_list_is_named_by_its_place() -> None:
    assert "classify.budgets.1 is 0, but must be greater" in problem(
        {"classify.budgets": [5000, 0]}
    )


@pytest.mark.parametrize("name", ["R5", "K1-R5", "R5-K0", "R05-K1", "r5-k1", "R5-K1 ", "R10000-K1"])
def test_a_cell_is_named_after_its_r_and_k(name: str) -> None:
    sentence = f"ablation.cells: {name!r} is not a cell; its name must be like R5-K1"
    assert sentence in problem({"ablation.cells": ["R2-K1", name]})


def test_cells_are_in_the_order_of_r_and_k() -> None:
    cells = make_params({"ablation.cells": ["R10-K2", "R2-K10", "R2-K9"]}).ablation.grid
    assert [cell.name for cell in cells] == ["R2-K9", "R2-K10", "R10-K2"]


BROKEN = [
    b"sgns: {R: 5\n",
    b"\xff\xfe\n",
    b"a: \x00\n",
    b"seed: 2024-13-45\n",  # no date
    b"seed: !!int ''\n",
    b"seed: !!binary \xc3\xa9\n",
    b"seed: !!python/object/apply:os.getcwd []\n",
    b"seed: !unheard-of 5\n",
    b"? {a: 1}\n: 2\n",
    b"seed: " + b"9" * 5000 + b"\n",
    b"[" * 3000,
    b"a: " + b"[" * 3000 + b"]" * 3000,
]


MERGED = b"seed: 1\n<<<<<<< HEAD\nlr: 1\n=======\nlr: 2\n>>>>>>> other\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        *((broken, "not readable YAML") for broken in BROKEN),
        *((other, "the file is ") for other in (b"", b"just text\n", b"- a\n- list\n")),
        (MERGED, "has the marks of a merge conflict; settle it"),
        (b"seed: 1\nseed: 2\n", r"line 2: the key seed is there twice\."),
        (b"sgns: {R: 5, K: 1, R: 6}\n", r"line 1: the key R is there twice\."),
    ],
)
def test_a_file_without_parameters_is_one_sentence(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(StageError, match=sentence) as caught:
        load_params(path)
    assert "\n" not in str(caught.value)


def test_a_value_that_is_thousandfold_itself_is_not_written_out(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    path.write_text("\n".join([*rows, "seed: *a8", "b: &b {c: *b}", "device: *b"]))
    with pytest.raises(StageError, match="seed is") as caught:
        load_params(path)
    assert len(str(caught.value)) < 5000


def test_only_some_of_very_many_problems_are_told() -> None:
    text = problem({"classify.budgets": ["x"] * 50})
    assert "classify.budgets.9 is" in text and text.endswith("; and 40 more.")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"params\.yaml is missing; run from the top folder"):
        load_params(tmp_path / "params.yaml")


@given(st.sampled_from(leaves(raw_params())), SCALARS)
def test_any_value_loads_or_names_its_key(key: str, value: object) -> None:
    try:
        make_params({key: value})
    except StageError as error:
        assert key in str(error)
