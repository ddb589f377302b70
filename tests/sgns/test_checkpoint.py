from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch

from stages.files.tokens import Texts
from stages.params.sgns import SgnsParams
from stages.sgns.checkpoint import SCRATCH, checkpoint_path, load_checkpoint, save_checkpoint
from stages.sgns.model import SkipGram
from stages.sgns.trainer import Epoch, Loss
from tests.sgns.examples import CPU, config, topic_trainer

HISTORY = [
    Epoch(0, None, Loss(0.1 + 0.2, 1 / 3, 8)),
    Epoch(1, Loss(1e-17, 2 / 3, 9), Loss(0.3, np.pi, 8)),
]


def random_model(seed: int) -> SkipGram:
    model = topic_trainer(config()).model
    generator = torch.Generator().manual_seed(seed)
    model.vectors.normal_(generator=generator)
    model.square.uniform_(generator=generator)
    model.steps = 100 + seed
    return model


def state_of(model: SkipGram) -> tuple[bytes, bytes, int]:
    return model.vectors.numpy().tobytes(), model.square.numpy().tobytes(), model.steps


def test_what_was_saved_is_loaded_exactly(tmp_path: Path) -> None:
    saved, loaded = random_model(1), random_model(2)
    path = tmp_path / "deep/down/it.safetensors"
    save_checkpoint(path, saved, HISTORY)
    assert load_checkpoint(path, loaded) == HISTORY
    assert state_of(loaded) == state_of(saved)


def test_a_later_checkpoint_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    path, model = tmp_path / "it.safetensors", random_model(3)
    save_checkpoint(path, random_model(1), HISTORY[:1])
    save_checkpoint(path, random_model(2), HISTORY)
    assert load_checkpoint(path, model) == HISTORY
    assert state_of(model) == state_of(random_model(2))
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_save_keeps_the_earlier_and_leaves_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, model = tmp_path / "it.safetensors", random_model(3)
    save_checkpoint(path, random_model(1), HISTORY)

    def full_disk(arrays: object, partial: Path, metadata: object) -> None:
        partial.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stages.sgns.checkpoint.save_file", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(path, random_model(2), HISTORY)
    assert list(tmp_path.iterdir()) == [path]
    assert load_checkpoint(path, model) == HISTORY
    assert state_of(model) == state_of(random_model(1))


def test_without_a_checkpoint_nothing_is_loaded(tmp_path: Path) -> None:
    model = random_model(1)
    assert load_checkpoint(tmp_path / "it.safetensors", model) == []
    assert state_of(model) == state_of(random_model(1))


def test_a_truncated_checkpoint_counts_as_none(tmp_path: Path) -> None:
    path, model = tmp_path / "it.safetensors", random_model(2)
    save_checkpoint(path, random_model(1), HISTORY)
    content = path.read_bytes()
    for length in (0, 7, 8, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        assert load_checkpoint(path, model) == [], length
    assert state_of(model) == state_of(random_model(2))


def loads_with_a_wrong_byte(path: Path, places: Iterable[int]) -> list[int]:
    """At which places of a checkpoint in ``path`` a wrong byte goes unnoticed, or is an error."""
    model, untouched = random_model(2), state_of(random_model(2))
    content = path.read_bytes()
    unnoticed = []
    for place in places:
        wrong = bytearray(content)
        wrong[place] ^= 1
        path.write_bytes(wrong)
        try:
            found: list[Epoch] | None = load_checkpoint(path, model)
        except (LookupError, TypeError, ValueError):
            found = None
        if found != [] or state_of(model) != untouched:
            unnoticed.append(place)
            model = random_model(2)
    return unnoticed


def header_of(content: bytes) -> int:
    return 8 + int.from_bytes(content[:8], "little")


def test_a_checkpoint_with_a_wrong_number_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "it.safetensors"
    save_checkpoint(path, random_model(1), HISTORY)
    end = path.stat().st_size
    places = [*range(header_of(path.read_bytes()), end, 97), end - 1]
    assert loads_with_a_wrong_byte(path, places) == []


def test_a_checkpoint_with_a_wrong_byte_in_its_header_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "it.safetensors"
    save_checkpoint(path, random_model(1), HISTORY)
    assert loads_with_a_wrong_byte(path, range(header_of(path.read_bytes()))) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"not a checkpoint at all", bytes(64)])
def test_another_file_counts_as_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "it.safetensors"
    path.write_bytes(content)
    assert load_checkpoint(path, random_model(1)) == []


def path_of(
    params: SgnsParams,
    train: list[list[int]],
    validation: list[list[int]],
    counts: list[int],
    seed: int = 0,
) -> Path:
    rows, valid = Texts.from_lists(train), Texts.from_lists(validation)
    return checkpoint_path(rows, valid, np.array(counts), params, seed=seed, device=CPU)


def test_whatever_decides_the_result_decides_the_path() -> None:
    params, train, valid, counts = config(), [[1, 2, 3], [2]], [[3], [1, 2]], [0, 1, 2, 1]
    path = path_of(params, train, valid, counts)
    assert path == path_of(params, train, valid, counts)
    assert path.parent == SCRATCH and path.name.startswith("R3-K1-")
    others = [
        path_of(params, [[1, 2, 3], [3]], valid, counts),
        path_of(params, [[1, 2], [3, 2]], valid, counts),
        path_of(params, train, [[3], [1, 1]], counts),
        path_of(params, train, [[3, 1], [2]], counts),
        path_of(params, train, [], counts),
        path_of(params, train, valid, [0, 1, 2, 2]),
        path_of(params, train, valid, counts, seed=1),
    ]
    other_choice = {"corpus": "both", "objective": "infonce", "precision": "bfloat16"}
    for name, value in params.model_dump().items():
        if isinstance(value, bool):
            changed: object = not value
        else:
            changed = other_choice[name] if isinstance(value, str) else value + 1
        others.append(path_of(params.model_copy(update={name: changed}), train, valid, counts))
    assert len({path, *others}) == 1 + len(others)
