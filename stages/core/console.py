"""What every stage's command line shares: one-sentence errors, text for terminals, progress."""

import io
import json
import math
import re
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO, TypeVar

from tqdm import tqdm

SECONDS_BETWEEN_LOG_LINES = 10.0
FAULTS = Path(".scratch/faults")  # Git ignores it, and `make clean` removes it

# Overriding the direction of what follows, as only an attacker of a terminal does.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NONE_TO_SEE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, surrogates, line separators
_NO_COLUMN = {"Mn", "Me", "Cf"}  # accents that are put upon a letter, joiners
_JSON_LEAVES = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")

Item = TypeVar("Item")


class StageError(Exception):
    """Something the user can mend; its text says what is wrong and what to do."""


def printable(text: str) -> str:
    r"""Return text that a terminal, a table or an SVG shows as it is, whatever was in it.

    Control characters (also line breaks), surrogates, changes of direction and what is no
    character come out as Python would write them.

    >>> printable("é \x1b[31m")
    'é \\x1b[31m'
    """
    return "".join(
        character.encode("unicode_escape").decode("ascii") if _unseen(character) else character
        for character in text
    )


def _unseen(character: str) -> bool:
    if character in _DIRECTION or unicodedata.category(character) in _NONE_TO_SEE:
        return True
    number = ord(character)
    return number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF  # for ever no characters


def say(message: str) -> None:
    """Print one line at once, also when the output is a file or a pipe."""
    print(printable(message), flush=True)


def print_json(value: object, indent: int | None = None) -> None:
    """Print a value as JSON: readable where the output can show it, else with ASCII's escapes."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    text = json.dumps(_without_nan(value), indent=indent, ensure_ascii=encoding != "utf8")
    # What JSON may hold as it is, but a terminal must not be sent.
    print(_JSON_LEAVES.sub(lambda found: f"\\u{ord(found.group()):04x}", text), flush=True)


def _without_nan(value: object) -> object:
    """Return null for what was not measured: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def encode_whatever_comes() -> None:
    """Have text that the terminal's encoding lacks printed with escapes, not refused.

    And text for an output that was closed go nowhere; an input that was closed is empty.
    """
    sys.stdin = sys.stdin or io.TextIOWrapper(io.BytesIO())
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def one_sentence_errors(stage: str) -> Iterator[None]:
    """Turn every error into one line on stderr and exit status 1."""
    try:
        yield
    except StageError as error:
        _leave(stage, str(error))
    except KeyboardInterrupt:
        _leave(stage, "interrupted; nothing half-written was kept. Run the command again.")
    except BrokenPipeError:  # the reader of our output has read enough
        sys.stdout = None
        sys.exit(0)
    except OSError as error:
        what = error.strerror or str(error)
        where = f" ({error.filename})" if error.filename else ""
        _leave(stage, f"{what}{where}; nothing half-written was kept. Mend that and run again.")
    except Exception as error:
        _leave(stage, _of_memory(error) or _of_fault(stage, error))


def _leave(stage: str, sentence: str) -> None:
    sys.exit(printable(f"{stage}: {' '.join(sentence.split())}"))


def _of_memory(error: Exception) -> str | None:
    """Return the sentence for an error that says there is no memory left, by whatever library."""
    # Torch raises a RuntimeError, in its own words, on the CPU; a limit of address space an
    # ImportError, where a library does not fit.
    words = ("out of memory", "can't allocate memory", "not enough memory", "failed to map segment")
    if isinstance(error, MemoryError) or any(said in str(error) for said in words):
        return (
            "there is not enough memory; nothing half-written was kept. Free some, or lower "
            "batch, dim or tokenize.max_length in params.yaml, and run again."
        )
    return None


def _of_fault(stage: str, error: Exception) -> str:
    """Keep the trace of an error that nobody expected; return the sentence for it."""
    path = FAULTS / f"{stage}.txt"
    kept = f"its trace is in {path}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace"
        )
    except OSError as unwritten:
        kept = f"its trace could not be written to {path} ({unwritten.strerror})"
    what = f"{type(error).__name__}: {error}".strip(": ")[:300]
    return (
        f"this is a fault of the program ({what}); {kept}. Please report it with that and your "
        "params.yaml."
    )


def run_stage(stage: str, main: Callable[[], None]) -> None:
    """Run ``main`` as the program of ``stage``."""
    encode_whatever_comes()
    with one_sentence_errors(stage):
        main()


def closest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names known words spelt like ``word``; empty without one."""
    near = get_close_matches(word, list(known), n=3, cutoff=0.75)
    return f" Known words spelt like it: {', '.join(near)}." if near else ""


def print_table(rows: Sequence[Sequence[object]]) -> None:
    """Print rows: aligned columns for a reader, tabs between them for a program.

    Cells come out as ``printable`` makes them: no text can move a terminal's cursor or a column.
    """
    text = [[printable(str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        lines = ["\t".join(row) for row in text]
    else:
        widths = [max(map(_width, column)) for column in zip(*text, strict=True)]
        lines = [
            "  ".join(
                cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in text
        ]
    print("\n".join(lines), flush=True)


def _width(text: str) -> int:
    """Return how many of a terminal's columns a text takes: two a Chinese letter or an emoji."""
    return sum(
        1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
        if unicodedata.category(character) not in _NO_COLUMN
    )


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
    items: Iterable[Item], label: str, unit: str, total: int | None = None, shown: bool = True
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
        "disable": not shown,
    }
    bar: tqdm[Item] = tqdm(items, **options)
    return bar
