"""What is known of the public data sets, to check the rows whatever source they came from."""

from dataclasses import dataclass, field

from stages.core.console import StageError
from stages.download.tables import LabelledTally, LabelledText, PretrainText


@dataclass(frozen=True)
class Known:
    """A public data set: its title, class names, and SHA-256 of canonical rows by split."""

    title: str
    sha256: dict[str, str]
    classes: list[str] = field(default_factory=list)
    full_train_rows_per_class: int | None = None


KNOWN = {
    "wikitext-2": Known(
        title="WikiText-2",
        sha256={
            "train": "f7ee69acf5cc3fd2321929d3e32dd6defd8199abe0cb95063b2b9f092584f96f",
            "validation": "4427e8fc24d5ceaaff4f1d9ee42f4e82172572b107d6a4e1f32d84fa7913c3ff",
            "test": "f68796e87c3250872a5a82da5027c4f75494ca617fbad67e36acce8a057ff3e8",
        },
    ),
    "ag_news": Known(
        title="AG News",
        sha256={"test": "26b55f0b3c51ef96393cefa93ad83928c8971aef3a3bd36bc875b0561d06c4f8"},
        classes=["World", "Sports", "Business", "Sci/Tech"],
        full_train_rows_per_class=30_000,
    ),
}


def check_pretrain(name: str, text: PretrainText) -> None:
    """Compare a known data set's splits with what they must be; other names pass.

    Raises:
        StageError: a split is missing or differs, or a row cannot be read.
    """
    tallies = text.tallies
    if name not in KNOWN:
        return
    for split, expected in KNOWN[name].sha256.items():
        if split not in text.splits:
            raise StageError(f"{name} has no {split} split; all of its three are needed.")
        _compare(name, split, tallies[split].sha256, expected)


def check_downstream(name: str, text: LabelledText) -> str:
    """Compare a known data set's rows with what they must be; return what its train split is.

    The official train split has no pinned hash here, so its row and class counts are checked;
    any other number of rows is called the subset that it is.

    Raises:
        StageError: a pinned split differs, class names differ, or there are too many rows.
    """
    rows = text.tallies["train"].rows
    if name not in KNOWN:
        return f"{name} ({rows:,} rows)"
    known = KNOWN[name]
    if text.classes != known.classes:
        raise StageError(f"{name} has the classes {text.classes}, but must have {known.classes}.")
    for split, expected in known.sha256.items():
        _compare(name, split, text.tallies[split].sha256, expected)
    return f"{known.title} ({_describe_train(name, known, text.tallies['train'])})"


def _describe_train(name: str, known: Known, train: LabelledTally) -> str:
    per_class = known.full_train_rows_per_class
    if per_class is None:
        return f"{train.rows:,} rows"
    counts = train.per_class(len(known.classes))
    if all(count == per_class for count in counts):
        return f"all {train.rows:,} rows"
    if max(counts) > per_class or train.rows >= per_class * len(counts):
        raise StageError(
            f"{name} train has {counts} rows a class, but the official split has {per_class:,} "
            "of each; rows are missing or doubled. Fetch it again."
        )
    return f"{train.rows:,}-row subset of train"


def _compare(name: str, split: str, found: str, expected: str) -> None:
    if found != expected:
        raise StageError(
            f"{name} {split} is not the published split (sha256 of its rows {found[:12]}…, "
            f"expected {expected[:12]}…); fetch it again, or, if this is a corpus of your own, "
            "give it a name of its own under data in params.yaml."
        )
