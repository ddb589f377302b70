"""``sgns``: word vectors.  ``variants``: what else they are learned from, and how."""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.params import (
    Device,
    Epochs,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Repeats,
    Section,
    Seed,
    at_most,
)

Corpus = Literal["pretrain", "in-domain", "both"]
Objective = Literal["nce", "infonce"]


class SgnsParams(Section):
    """``sgns``: the configuration of SGNS under test."""

    corpus: Corpus
    R: Annotated[PositiveInt, at_most(9999, "longer rows are read in pieces of 10,000 words")]
    K: Annotated[PositiveInt, at_most(9999, "a block's 16 negatives stand for no more")]
    dim: Annotated[int, Field(ge=2), at_most(10_000, "a few hundred are enough")]
    models: Repeats
    epochs: Epochs
    batch: Annotated[PositiveInt, at_most(2**20, "its positions are counted in 32 bits")]
    parts: Annotated[PositiveInt, at_most(1024, "each has rows of its own to sum")]
    lr: PositiveFloat
    subsample: Annotated[NonNegativeFloat, at_most(1, "no word is more than all of the text")]
    noise_power: Annotated[NonNegativeFloat, at_most(10, "one word would be all of the noise")]
    dynamic_radius: bool
    objective: Objective
    temperature: Annotated[
        float, Field(ge=0.001, allow_inf_nan=False), at_most(1000, "scores become uniform")
    ]


class VariantParams(Section):
    """One of ``variants``: where it differs from the SGNS configuration under test."""

    corpus: Corpus
    objective: Objective


class Settings(Section):
    """What the stage reads of ``params.yaml``."""

    seed: Seed
    device: Device
    sgns: SgnsParams
