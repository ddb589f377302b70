"""Choosing the source: ``auto`` takes ``$W2V_DATA_DIR``, else the Hub, else the bundled corpus."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stages.core.console import StageError, say
from stages.download import bundled, hub, known, local
from stages.download.rows import (
    TEST_SHARE,
    VALIDATION_SHARE,
    LabelledRows,
    Records,
    TextRows,
    Unlabelled,
    distinct_labels,
    hold_out,
    ids_of_names,
)
from stages.download.tables import LabelledText, PretrainText, canonical_label, labelled_tally
from stages.texts.params import DataParams, DownstreamParams, PretrainParams
from stages.texts.place import DATA_DIR_VARIABLE, given_root, require_apart
from stages.texts.raw import PRETRAIN_SPLITS, LabelledRow

BUNDLED_NAME = "bbc-news"


@dataclass(frozen=True)
class Source:
    """A source that was chosen, and why, in a few words."""

    kind: str
    reason: str


@dataclass(frozen=True)
class RawData:
    """Everything the stage delivers, and how figures shall name it."""

    source: Source
    pretrain_name: str
    pretrain: PretrainText
    downstream_name: str
    downstream: LabelledText
    title: str


def chosen_offline(params: DataParams) -> Source | None:
    """Resolve ``data.source`` as far as that can be done without asking the Hub."""
    if params.source != "auto":
        return Source(params.source, f"data.source is {params.source}")
    if given_root() is not None:
        return Source("local", f"{DATA_DIR_VARIABLE} is set")
    return None


def choose_source(params: DataParams) -> Source:
    """Resolve ``data.source``; a forced source is returned even if it will then fail."""
    source = chosen_offline(params)
    if source is not None:
        return source
    problem = hub.hub_problem(params)
    if problem is None:
        return Source("hub", "the Hub answers")
    return Source(
        "bundled", f"{DATA_DIR_VARIABLE} is not set and the Hub is out of reach: {problem}"
    )


def load(params: DataParams, source: Source) -> RawData:
    """Read and check the data sets from ``source``; raises StageError if they cannot be had.

    Their rows are not kept: asking for them again reads them again.
    """
    if source.kind == "bundled":
        say(f"download: the bundled BBC News corpus ({source.reason})")
        pretrain, downstream = bundled.load()
        title = f"BBC News, bundled ({downstream.tallies['train'].rows:,} paragraphs)"
        return RawData(source, BUNDLED_NAME, pretrain, BUNDLED_NAME, downstream, title)
    if source.kind == "hub":
        pretrain, downstream = _from_hub(params, source)
    else:
        pretrain, downstream = _from_folder(params, source)
    # All rows are read here once, so that what is wrong with one is told before any is written.
    downstream = with_checked_labels(params.downstream.name, downstream)
    known.check_pretrain(params.pretrain.name, pretrain)
    downstream_title = known.check_downstream(params.downstream.name, downstream)
    title = f"{_title(params.pretrain.name)} to {downstream_title}"
    return RawData(
        source, params.pretrain.name, pretrain, params.downstream.name, downstream, title
    )


def with_checked_labels(name: str, text: LabelledText) -> LabelledText:
    """Return labelled text with canonical class names.

    Raises:
        StageError: a row's label is not one of the classes (-1 where a test split's labels are
            hidden), train has rows of one class only, or two classes have one name.
    """
    classes = [canonical_label(label) for label in text.classes]
    if len(set(classes)) < len(classes):
        raise StageError(f"{name} has two classes of one name: {_some(classes)}; rename one.")
    if len(classes) < 2:
        labelled_tally(text.splits["train"])  # what is wrong with a row is told first
        raise StageError(
            f"{name}: every row of its train split has the label {classes!r}; a classifier needs "
            "rows of at least two classes."
        )
    text = replace(text, classes=classes)
    for split, tally in text.tallies.items():
        without = [label for label in tally.labels if not 0 <= label < len(classes)]
        if without:
            rows = sum(tally.labels[label] for label in without)
            raise StageError(
                f"{name}: {rows:,} of the {tally.rows:,} rows of its {split} split have no "
                f"class (label {without[0]}; hidden, perhaps, as test labels of a benchmark are). "
                "Take another split, as with -S data.downstream.splits.test=validation, or null to "
                "hold out test rows of train."
            )
    if len(text.tallies["train"].labels) < 2:
        raise StageError(f"{name}: all rows of its train split have one class; two are needed.")
    return text


def _some(names: Sequence[str]) -> str:
    """Return the names that occur twice."""
    return ", ".join(sorted({name for name in names if names.count(name) > 1}))


def _from_hub(params: DataParams, source: Source) -> tuple[PretrainText, LabelledText]:
    problem = hub.hub_problem(params)
    if problem is not None:
        raise StageError(
            f"the Hub is out of reach ({problem}); set W2V_DATA_DIR to a folder that has the "
            "data, or run with data.source=bundled."
        )
    say(f"download: the Hugging Face Hub ({source.reason})")
    given = params.downstream
    columns = [*given.text_columns, given.label, given.group]
    splits, names = hub.splits_of(given, given.splits.model_dump(), columns)
    labelled = labelled_text(given, splits, names.get(given.label), published=True)
    if params.pretrain.name == given.name:
        return text_of_labelled(given.name, labelled), labelled
    text = params.pretrain
    splits, _ = hub.splits_of(text, text.splits.model_dump(), text.text_columns)
    return plain_text(text, splits), labelled


def _from_folder(params: DataParams, source: Source) -> tuple[PretrainText, LabelledText]:
    root = local_root()
    require_apart(params)
    say(f"download: the local folder in {DATA_DIR_VARIABLE} ({source.reason})")
    given, entry = params.downstream, known.KNOWN.get(params.downstream.name)
    splits = local.splits_of(root / given.name, given.splits.model_dump())
    labelled = labelled_text(given, splits, entry.classes if entry else None, published=False)
    if params.pretrain.name == given.name:
        return text_of_labelled(given.name, labelled), labelled
    text = params.pretrain
    splits = local.splits_of(root / text.name, text.splits.model_dump())
    return plain_text(text, splits), labelled


def plain_text(params: PretrainParams, splits: Mapping[str, Sequence[Records]]) -> PretrainText:
    """Return the rows of each unlabelled split; validation rows are held out if need be."""
    found: dict[str, Iterable[str]] = {
        split: TextRows(parts, params.text_columns) for split, parts in splits.items() if parts
    }
    return _with_validation(params.name, found)


def text_of_labelled(name: str, labelled: LabelledText) -> PretrainText:
    """Return the labelled training rows as text without labels."""
    say(f"download: the text to pre-train on is that of {name}'s training rows, without labels")
    return _with_validation(name, {"train": Unlabelled(labelled.splits["train"])})


def _with_validation(name: str, found: dict[str, Iterable[str]]) -> PretrainText:
    hold_out(name, found, "validation", VALIDATION_SHARE)
    return PretrainText({split: found[split] for split in PRETRAIN_SPLITS if split in found})


def labelled_text(
    params: DownstreamParams,
    splits: Mapping[str, Sequence[Records]],
    names: Sequence[str] | None,
    *,
    published: bool,
) -> LabelledText:
    """Return the rows of each labelled split; test rows are held out where there are none.

    Args:
        params: columns and names.
        splits: the records.
        names: of the labels 0, 1, ..., where the source has them.
        published: whether a row may have no text, and -1 for a label that is hidden.

    Raises:
        StageError: the labels of the training rows are to be the classes, and are not fit for it.
    """
    classes = params.classes or list(names or ())
    if params.classes:
        ids = ids_of_names(classes)
    elif classes:
        ids = {str(i): i for i in range(-1 if published else 0, len(classes))}
    else:
        classes = distinct_labels(splits["train"], params.label)
        ids = {name: i for i, name in enumerate(classes)}
    found: dict[str, Iterable[LabelledRow]] = {
        split: LabelledRows(parts, params, ids, published)
        for split, parts in splits.items()
        if parts
    }
    hold_out(params.name, found, "test", TEST_SHARE)
    return LabelledText(classes, found)


def local_root() -> Path:
    """Return the folder in ``$W2V_DATA_DIR``; raises StageError if it is unset or no folder."""
    root = given_root()
    if root is None:
        raise StageError(
            f"data.source is local, but {DATA_DIR_VARIABLE} is not set; set it to the folder "
            "that holds the data."
        )
    if not root.is_dir():
        raise StageError(f"{DATA_DIR_VARIABLE} is {root}, but there is no such folder.")
    return root


def _title(name: str) -> str:
    return known.KNOWN[name].title if name in known.KNOWN else name
