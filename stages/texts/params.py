"""``data``: where the text comes from."""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.params import Count, Name, Section

Column = Annotated[str, Field(min_length=1, max_length=200)]
Columns = Column | Annotated[list[Column], Field(min_length=1)]
Split = Annotated[str, Field(pattern=r"^\w+(\.\w+)*$", max_length=100)]


class PretrainSplits(Section):
    """Names of the unlabelled splits; what is missing is held out of train, or not needed."""

    train: Split
    validation: Split | None
    test: Split | None


class DownstreamSplits(Section):
    """Names of the labelled splits; a test split that is missing is held out of train."""

    train: Split
    test: Split | None


class DatasetParams(Section):
    """One data set: its folder's name under a local root, its place on the Hub, its columns."""

    name: Name
    hub_id: str
    config: str | None
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    text: Columns

    @property
    def text_columns(self) -> list[str]:
        """The columns whose texts, joined, are a row's."""
        return [self.text] if isinstance(self.text, str) else self.text


class PretrainParams(DatasetParams):
    """Unlabelled text."""

    splits: PretrainSplits


class DownstreamParams(DatasetParams):
    """Labelled text."""

    label: Column
    classes: list[str]
    group: Column
    splits: DownstreamSplits


class DataParams(Section):
    """``data``: where the text comes from."""

    source: Literal["auto", "hub", "local", "bundled"]
    pretrain: PretrainParams
    downstream: DownstreamParams
    validation: Count
