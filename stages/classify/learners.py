"""What trains a model: the kernels on the CPU, PyTorch on a GPU; the trainer sees no difference."""

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from stages.classify import kernels
from stages.classify.evaluation import WordProducts
from stages.classify.kernels import Epoch, Weights
from stages.classify.params import RecipeParams
from stages.core.compiled import Width

if TYPE_CHECKING:
    from stages.classify.autograd import Autograd

Learner: TypeAlias = "Compiled | Autograd"
Rates = npt.NDArray[np.float64]
Device = Literal["cpu", "cuda"]


def learner(weights: Weights, params: RecipeParams, moving: bool, device: Device) -> Learner:
    """Return what trains a model; ``moving`` says whether embedding rows are trained.

    ``weights`` may be changed in place.
    """
    if device == "cpu":
        return Compiled(weights, params, moving)
    from stages.classify.autograd import Autograd

    return Autograd(weights, params, moving, device)


class Compiled:
    """A model in training, with its optimizer: by the kernels, in one thread."""

    def __init__(self, weights: Weights, params: RecipeParams, moving: bool) -> None:
        """Take what is to be changed in place."""
        self._weights, self._params, self._moving, self._done = weights, params, moving, 0
        still = weights if moving else weights._replace(table=weights.table[:0])
        self._first, self._second = (Weights(*map(np.zeros_like, still)) for _ in range(2))
        self._sizes = Width(weights.bias.size), Width(weights.table.shape[1])

    def epoch(self, epoch: Epoch, rates: Rates) -> tuple[float, int]:
        """Take a step for each learning rate, (steps,), with all examples of an epoch.

        Returns:
            The sum of the examples' losses, and the steps taken: fewer if a number of the next
            is not finite.
        """
        params, moments = self._params, (self._first, self._second)
        recipe = params.batch, rates, params.label_smoothing, params.weight_decay
        loss, steps = kernels.train(
            epoch, *recipe, self._moving, self._done, self._weights, *moments, *self._sizes
        )
        self._done += steps
        return loss, steps

    def words(self) -> WordProducts:
        """Return the model as texts see it, as it is now."""
        return WordProducts.of(self._weights)

    def weights(self) -> Weights:
        """Return a copy of the weights as they are now."""
        return Weights(*map(np.copy, self._weights))
