"""``sgns``: word vectors.  ``variants``: what else they are learned from, and how."""

from typing import Literal

from stages.params.base import NonNegativeFloat, PositiveFloat, PositiveInt, Section

Corpus = Literal["pretrain", "in-domain", "both"]
Objective = Literal["nce", "infonce"]


class SgnsParams(Section):
    """``sgns``: the configuration of SGNS under test."""

    corpus: Corpus
    R: PositiveInt
    K: PositiveInt
    dim: PositiveInt
    models: PositiveInt
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
