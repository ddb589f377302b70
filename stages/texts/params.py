"""``data``: where the text comes from."""

from typing import Annotated, Literal

from pydantic import Field

from stages.core.params import Count, Name, Section


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
    validation: Count
