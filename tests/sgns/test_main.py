import pytest

from stages.console import StageError
from stages.sgns.__main__ import describe, with_configuration
from stages.sgns.trainer import Epoch, Loss
from tests.support import make_params


def test_options_take_the_place_of_parameters() -> None:
    params = make_params({"sgns.R": 5, "sgns.K": 3})
    given, by_default = with_configuration(params, 2, None), with_configuration(params, None, None)
    assert (given.R, given.K) == (2, 3)
    assert by_default == params.sgns


@pytest.mark.parametrize(("radius", "negatives", "name"), [(0, 1, "R"), (1, -2, "K")])
def test_a_configuration_below_one_is_an_error(radius: int, negatives: int, name: str) -> None:
    with pytest.raises(StageError, match=rf"--{name} is .*, but must be at least 1"):
        with_configuration(make_params(), radius, negatives)


def test_an_epoch_is_described_by_its_losses() -> None:
    validation = Loss(0.5, 1.0, 8)
    assert describe(Epoch(0, None, validation)) == "epoch 0: validation 1.5000"
    after = describe(Epoch(1, Loss(1, 1.25, 9), validation))
    assert after == "epoch 1: train 2.2500, validation 1.5000"
