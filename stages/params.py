"""``params.yaml`` as typed, validated objects: one frozen class a section.

Every stage loads the whole file before it works, so a wrong value anywhere stops the first
stage that runs. ``python -m stages.params`` checks the file alone.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stages.console import StageError, run_stage, say

PARAMS_FILE = Path("params.yaml")

PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
DistinctInts = Annotated[list[PositiveInt], Field(min_length=1)]


class Section(BaseModel):
    """A section of the file: no key beyond those named, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatasetParams(Section):
    """One data set: its folder's name under a local root, and its place on the Hub."""

    name: Name
    hub_id: str
    config: str
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class DataParams(Section):
    """``data``: where the text comes from."""

    source: Literal["auto", "hub", "local", "bundled"]
    pretrain: DatasetParams
    downstream: DatasetParams
    validation: PositiveInt


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    lowercase: bool
    min_count: PositiveInt
    max_length: PositiveInt


Corpus = Literal["pretrain", "downstream", "both"]
Objective = Literal["nce", "infonce"]


class SgnsParams(Section):
    """``sgns``: the configuration of SGNS under test."""

    corpus: Corpus
    R: PositiveInt
    K: PositiveInt
    dim: PositiveInt
    seeds: PositiveInt
    epochs: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat
    subsample: NonNegativeFloat
    noise_power: NonNegativeFloat
    dynamic_radius: bool
    objective: Objective
    temperature: PositiveFloat
    precision: Literal["auto", "float32", "bfloat16"]


class VariantParams(Section):
    """One of ``variants``: where it differs from the SGNS configuration under test."""

    corpus: Corpus
    objective: Objective


class AblationParams(Section):
    """``ablation``: the grid over R and K."""

    R: DistinctInts
    K: DistinctInts
    budget: PositiveInt


class ClassifyParams(Section):
    """``classify``: the downstream experiment."""

    budgets: DistinctInts
    seeds: PositiveInt
    epochs: PositiveInt
    min_steps: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat
    dropout: Fraction
    token_dropout: Fraction
    weight_decay: NonNegativeFloat
    label_smoothing: Fraction
    embedding_norm: PositiveFloat


class Params(Section):
    """The whole of ``params.yaml``."""

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    device: Literal["auto", "cpu", "cuda"]
    data: DataParams
    tokenize: TokenizeParams
    sgns: SgnsParams
    variants: Annotated[dict[Name, VariantParams], Field(min_length=1)]
    ablation: AblationParams
    classify: ClassifyParams

    @model_validator(mode="after")
    def _sections_agree(self) -> "Params":
        for key, values in {
            "ablation.R": self.ablation.R,
            "ablation.K": self.ablation.K,
            "classify.budgets": self.classify.budgets,
        }.items():
            if len(set(values)) < len(values):
                raise ValueError(f"{key} is {values}, but its values must differ")
        if self.ablation.budget not in self.classify.budgets:
            raise ValueError(
                f"ablation.budget is {self.ablation.budget}, but must be one of "
                f"classify.budgets {self.classify.budgets}: the vanilla arm is read from there"
            )
        return self


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check the parameter file.

    Raises:
        StageError: the file is missing, is not YAML, or has a missing, unknown or illegal value;
            the text names every such key, its value and what is allowed.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StageError(f"{path} is missing; run from the top folder of the repository.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StageError(f"{path} is not readable YAML: {' '.join(str(error).split())}.") from None
    return parse_params(content, str(path))


def parse_params(content: object, source: str = str(PARAMS_FILE)) -> Params:
    """Check an already parsed parameter file; raises as ``load_params`` does."""
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_describe(dict(item)) for item in error.errors())
        raise StageError(f"{source}: {problems}.") from None


def _describe(error: dict[str, Any]) -> str:
    """One clause for one of pydantic's errors, naming key, value and what is allowed."""
    path = tuple(error["loc"])
    if path and path[-1] == "[key]":  # how pydantic points at a key instead of its value
        path = path[:-2]
    key = ".".join(map(str, path)) or "the file"
    if error["type"] == "extra_forbidden":
        return _describe_unknown(path)
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "invalid_key":
        return f"{key} is not a parameter; every key must be text"
    if error["type"] == "model_type":
        return f"{key} is {error['input']!r}, but must be a section of keys and values"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    rule = error["msg"].removeprefix("Input should ").replace("be a valid", "be a")
    rule = rule.replace("be a integer", "be an integer")
    if error["type"] == "string_pattern_mismatch":
        rule = f"match {error['ctx']['pattern']}"
    elif error["type"] == "too_short":
        rule = "not be empty"
    elif error["type"] == "float_type" and isinstance(error["input"], str):
        rule += " (YAML takes 1e-3 for text: write 0.001 or 1.0e-3)"
    return f"{key} is {error['input']!r}, but must {rule}"


def _describe_unknown(path: tuple[str | int, ...]) -> str:
    section: Any = Params
    for part in path[:-1]:
        named = getattr(section, "model_fields", None)  # else a mapping from names to sections
        section = named[str(part)].annotation if named else get_args(section)[1]
    prefix = ".".join(map(str, path[:-1]))
    valid = list(section.model_fields)
    by_lower_case = {name.lower(): name for name in valid}
    close = get_close_matches(str(path[-1]).lower(), by_lower_case, n=1)
    dot = f"{prefix}." if prefix else ""
    hint = f"did you mean {dot}{by_lower_case[close[0]]}? " if close else ""
    return (
        f"{dot}{path[-1]} is not a parameter; {hint}"
        f"{prefix or 'the file'} has the keys {', '.join(valid)}"
    )


def main() -> None:
    """Check ``params.yaml``."""
    load_params()
    say(f"{PARAMS_FILE}: every parameter is known and in range.")


if __name__ == "__main__":
    run_stage("params", main)
