"""What reaches a terminal: one sentence for every error, and nothing that it would obey."""

import json
import sys
from pathlib import Path

import pytest

from stages.core.console import (
    FAULTS,
    StageError,
    one_sentence_errors,
    print_json,
    print_table,
    printable,
    run_stage,
    say,
)
from tests.support import only_sentence, run_python

HERE = Path()


def sentence_of(error: BaseException) -> str:
    with pytest.raises(SystemExit) as caught, one_sentence_errors("stage"):
        raise error
    assert isinstance(caught.value.code, str)
    assert "\n" not in caught.value.code
    return caught.value.code


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("error", [ValueError("odd\nvalue"), RecursionError("deep"), KeyError("k")])
def test_an_error_that_nobody_expected_is_a_sentence_and_its_trace_a_file(error: Exception) -> None:
    sentence = sentence_of(error)
    assert sentence.startswith(f"stage: this is a fault of the program ({type(error).__name__}: ")
    assert str(FAULTS / "stage.txt") in sentence
    trace = (HERE / FAULTS / "stage.txt").read_text("utf-8")
    assert trace.startswith("Traceback") and type(error).__name__ in trace


def test_a_trace_that_cannot_be_written_is_said() -> None:
    (HERE / FAULTS.parts[0]).write_text("a file, not a folder")
    assert "its trace could not be written" in sentence_of(ValueError("odd"))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
)
def test_too_little_memory_is_said_whichever_library_finds_it(error: Exception) -> None:
    assert "there is not enough memory" in sentence_of(error)
    assert not (HERE / FAULTS).exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("café हिन्दी م\u200cخ 東京", "café हिन्दी م\u200cخ 東京"),
        ("\x1b[31mred\x9b0m", "\\x1b[31mred\\x9b0m"),
        ("\u202eevil \u2066x", "\\u202eevil \\u2066x"),
        ("\ud800 \ufffe \U0001ffff \ufdd0", "\\ud800 \\ufffe \\U0001ffff \\ufdd0"),
    ],
)
def test_text_that_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_cell_cannot_start_another_column_or_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("class", "text"), ("a\tb", "c\nd\x1b[2J")])
    assert capsys.readouterr().out == "class\ttext\na\\tb\tc\\nd\\x1b[2J\n"


def test_json_comes_back_and_has_nothing_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = {"text": "é \x1b[31m\x9b \u202e \u2028 \x7f", "numbers": [1.5, float("nan")]}
    print_json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == {"text": value["text"], "numbers": [1.5, None]}
    assert printable(out.rstrip("\n")) == out.rstrip("\n")


def told() -> None:
    say("Сельское хозяйство")
    print_table([("класс", "naive")])
    print_json({"класс": "naive"})
    raise StageError("нет класса")


def test_outputs_that_are_closed_are_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(SystemExit) as caught:
        run_stage("stage", told)
    assert caught.value.code == "stage: нет класса"


def test_an_input_that_is_closed_is_empty(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    run_stage("stage", lambda: say(str(list(sys.stdin.buffer))))
    assert capsys.readouterr().out == "[]\n"


def test_columns_are_aligned_by_what_letters_take_of_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table([("パン", 1), ("cafe\u0301", 2), ("🍞", 3), ("bread", 4)])
    assert capsys.readouterr().out.splitlines() == [
        *("パン   1", "cafe\u0301   2", "🍞     3", "bread  4")
    ]


TOLD = "from tests.test_console import run_stage, told; run_stage('stage', told)"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_terminal_that_cannot_show_the_text_gets_escapes(encoding: str, tmp_path: Path) -> None:
    done = run_python(tmp_path, "-X", "utf8=0", "-c", TOLD, PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    said, _, found = done.stdout.splitlines()
    assert json.loads(found) == {"класс": "naive"}
    if encoding != "utf-8":
        assert said.startswith("\\u0421\\u0435")
        assert only_sentence(done, "stage").startswith("stage: \\u043d")
