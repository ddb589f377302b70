from argparse import Namespace

import pytest

from stages.core.console import StageError
from stages.core.params import parse
from stages.sgns.__main__ import GIVEN, with_configuration
from stages.sgns.params import Settings
from stages.sgns.stage import describe
from stages.sgns.trainer import Epoch, Loss
from tests.support import raw_params


def options(**given: object) -> Namespace:
    return Namespace(**dict.fromkeys((*GIVEN, "cell")) | given)


def settings(**changes: object) -> Settings:
    wanted = raw_params({f"sgns.{name}": value for name, value in changes.items()})
    return parse(Settings, {name: wanted[name] for name in Settings.model_fields}, "params.yaml")


def test_options_take_the_place_of_parameters() -> None:
    params = settings(R=5, K=3)
    given = with_configuration(params, options(R=2, corpus="both"))
    assert (given.R, given.K, given.corpus) == (2, 3, "both")
    assert with_configuration(params, options()) == params.sgns
    cell = with_configuration(params, options(cell="R3-K7"))
    assert (cell.R, cell.K, cell.models) == (3, 7, params.sgns.models)


@pytest.mark.parametrize(
    "wrong", [{"R": 0}, {"K": -2}, {"models": 0}, {"corpus": "all"}, {"objective": "mse"}]
)
def test_a_wrong_option_is_an_error(wrong: dict[str, object]) -> None:
    [name] = wrong
    with pytest.raises(StageError, match=rf"^the command line: sgns\.{name} is .*, but must be"):
        with_configuration(settings(), options(**wrong))


def test_what_was_not_measured_is_no_loss_of_nothing() -> None:
    told = describe(0, Epoch(0, None, Loss(float("nan"), float("nan"), 0)))
    assert told == "model 1, epoch 0: validation not measured (no pair)"
