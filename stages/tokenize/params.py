"""``tokenize``: from text to integer ids."""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.params import Count, Section, Seed, at_most
from stages.texts.params import DataParams

Pieces = Annotated[int, Field(ge=100), at_most(10**6, "a piece needs a row of vectors")]


class TokenizeParams(Section):
    """``tokenize``: from text to integer ids."""

    kind: Literal["words", "subwords"]
    pieces: Pieces
    lowercase: bool
    min_count: Count
    max_length: Count


class Settings(Section):
    """What the stage reads of ``params.yaml``; of ``data`` only how many rows are held out."""

    seed: Seed
    data: DataParams
    tokenize: TokenizeParams
