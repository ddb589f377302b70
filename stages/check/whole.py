"""The whole of ``params.yaml``, and what its sections must agree on."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from stages.ablation.params import AblationParams
from stages.classify.params import ClassifyParams, RecipeParams
from stages.core.params import PARAMS_FILE, Device, Name, Section, Seed, parse, read_content
from stages.results.methods import METHODS
from stages.sgns.params import SgnsParams, VariantParams
from stages.texts.params import DataParams
from stages.tokenize.params import TokenizeParams


class Params(Section):
    """The whole of ``params.yaml``."""

    seed: Seed
    device: Device
    data: DataParams
    tokenize: TokenizeParams
    sgns: SgnsParams
    variants: Annotated[dict[Name, VariantParams], Field(min_length=1)]
    ablation: AblationParams
    classify: ClassifyParams
    usual: RecipeParams

    @model_validator(mode="after")
    def _sections_agree(self) -> "Params":
        taken = sorted(set(self.variants) & set(METHODS))
        if taken:
            raise ValueError(f"variants.{taken[0]} has the name of a method; choose another")
        lists: dict[str, list[str] | list[int]] = {
            "ablation.cells": self.ablation.cells,
            "ablation.budgets": self.ablation.budgets,
            "classify.budgets": self.classify.budgets,
        }
        for key, values in lists.items():
            if len(set(values)) < len(values):
                raise ValueError(f"{key} is {values}, but its values must differ")
        if not set(self.ablation.budgets) <= set(self.classify.budgets):
            raise ValueError(
                f"ablation.budgets is {self.ablation.budgets}, but must be some of "
                f"classify.budgets {self.classify.budgets}: the vanilla arm is read from there"
            )
        return self


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check the whole file; raises StageError as ``load_sections`` does."""
    return parse_params(read_content(path), str(path))


def parse_params(content: object, source: str = str(PARAMS_FILE)) -> Params:
    """Check the whole of an already parsed file; raises StageError as ``parse`` does."""
    return parse(Params, content, source)
