"""What every stage's command line shares: one-sentence errors and progress bars."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, TextIO, TypeVar

from tqdm import tqdm

SECONDS_BETWEEN_LOG_LINES = 10.0

Item = TypeVar("Item")


class StageError(Exception):
    """Something the user can mend; its text says what is wrong and what to do."""


def say(message: str) -> None:
    """Print one line at once, also when the output is a file or a pipe."""
    print(message, flush=True)


@contextmanager
def one_sentence_errors(stage: str) -> Iterator[None]:
    """Turn the errors a user can cause into one line on stderr and exit status 1."""
    try:
        yield
    except StageError as error:
        sys.exit(f"{stage}: {error}")
    except KeyboardInterrupt:
        sys.exit(f"{stage}: interrupted; nothing half-written was kept. Run the command again.")
    except BrokenPipeError:  # whoever reads our output has read enough
        sys.stdout = None
        sys.exit(0)
    except OSError as error:
        what = error.strerror or str(error)
        where = f" ({error.filename})" if error.filename else ""
        sys.exit(f"{stage}: {what}{where}; nothing half-written was kept. Mend that and run again.")


def run_stage(stage: str, main: Callable[[], None]) -> None:
    """Run ``main`` as the program of ``stage``."""
    with one_sentence_errors(stage):
        main()


def closest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names known words spelt like ``word``; empty without one."""
    near = get_close_matches(word, list(known), n=3, cutoff=0.75)
    return f" Known words spelt like it: {', '.join(near)}." if near else ""


def print_table(rows: Sequence[Sequence[object]]) -> None:
    """Print rows: aligned columns for a reader, tabs between them for a program."""
    text = [[str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        lines = ["\t".join(row) for row in text]
    else:
        widths = [max(map(len, column)) for column in zip(*text, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in text
        ]
    print("\n".join(lines), flush=True)


class _LineStream:
    """A text stream in which each redraw of a progress bar becomes a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        line = text.replace("\r", "").strip()
        return self._stream.write(line + "\n") if line else 0

    def flush(self) -> None:
        self._stream.flush()


def progress(
    items: Iterable[Item], label: str, unit: str, total: int | None = None
) -> "tqdm[Item]":
    """Return a progress bar over ``items``: redrawn on a terminal, a line at a time in a log."""
    on_terminal = sys.stderr.isatty()
    options: dict[str, Any] = {
        "desc": label,
        "unit": unit,
        "total": total,
        "unit_scale": True,
        "dynamic_ncols": on_terminal,
        "mininterval": 0.1 if on_terminal else SECONDS_BETWEEN_LOG_LINES,
        "file": sys.stderr if on_terminal else _LineStream(sys.stderr),
        "ascii": not on_terminal,
    }
    bar: tqdm[Item] = tqdm(items, **options)
    return bar
