"""What the sections of ``params.yaml`` share: types, reading the file, refusing in a sentence."""

from collections.abc import Hashable
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from stages.core.console import StageError

PARAMS_FILE = Path("params.yaml")
DEEPEST = 20  # brackets within brackets
TOLD = 10  # problems of a file, at most, in its sentence


def at_most(most: float, reason: str) -> AfterValidator:
    """Return the check that a value is no larger, which says why where it is."""

    def check(value: float) -> float:
        if value > most:
            rule = "be at most {most} ({reason})"
            raise PydanticCustomError("too_large", rule, {"most": f"{most:,}", "reason": reason})
        return value

    return AfterValidator(check)


Seed = Annotated[int, Field(ge=0, lt=2**31)]
Device = Literal["auto", "cpu", "cuda"]
PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)  # a folder's
]  # fmt: skip
# Upper bounds are far beyond what is of use: they turn a slip of the finger into a sentence.
Count = Annotated[PositiveInt, at_most(10**9, "more rows or words than this reads")]
Repeats = Annotated[PositiveInt, at_most(1000, "each is a training of its own")]
Epochs = Annotated[PositiveInt, at_most(10**6, "each reads all training rows")]
DistinctInts = Annotated[list[Count], Field(min_length=1, max_length=100)]


class Section(BaseModel):
    """A section of the file: no key beyond those named, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


SomeSection = TypeVar("SomeSection", bound=Section)


def load_sections(wanted: type[SomeSection], path: Path = PARAMS_FILE) -> SomeSection:
    """Read the sections that ``wanted`` has fields for; the others are not looked at.

    Raises:
        StageError: as ``parse`` and ``read_content`` do.
    """
    content = read_content(path)
    if isinstance(content, dict):
        content = {name: content[name] for name in wanted.model_fields if name in content}
    return parse(wanted, content, str(path))


def read_content(path: Path) -> object:
    """Return what the parameter file holds; raises StageError if it is missing or no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        if "\n<<<<<<< " in f"\n{text}":
            raise StageError(
                f"{path} has the marks of a merge conflict; settle it (git diff shows where, "
                f"git checkout --ours {path} keeps yours) and run again."
            )
        # The loader is a safe one: it makes nothing but values.
        return yaml.load(text, _Loader)
    except FileNotFoundError:
        raise StageError(f"{path} is missing; run from the top folder of the repository.") from None
    except RecursionError:
        problem = "it is nested too deeply"
    # A bad date, number or tag raises an error of whatever makes a value of it.
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError) as error:
        problem = " ".join(str(error).split())
    raise StageError(f"{path} is not readable YAML: {problem}.")


class _Loader(yaml.SafeLoader):
    """Refuses a key that a section has twice, of which YAML's usual loaders keep the last.

    And brackets within brackets within brackets, in which they look ahead for seconds.
    """

    def fetch_flow_collection_start(self, kind: type[yaml.Token]) -> None:
        if self.flow_level >= DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(kind)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"line {line}: the key {key.value} is there twice"
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse(kind: type[SomeSection], content: object, source: str) -> SomeSection:
    """Check content that was read already.

    Raises:
        StageError: a value is missing, unknown or illegal; the text names ``source``, every such
            key, its value and what is allowed.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        errors = error.errors()
        problems = [_describe(kind, dict(item)) for item in errors[:TOLD]]
        if len(errors) > TOLD:
            problems.append(f"and {len(errors) - TOLD:,} more")
        raise StageError(f"{source}: {'; '.join(problems)}.") from None


_short = Repr()
_short.maxstring = _short.maxother = _short.maxlong = 120
_short.maxlevel = 2  # else a list of lists of lists is as long as it can be


def _describe(kind: type[Section], error: dict[str, Any]) -> str:
    """One clause for one of pydantic's errors, naming key, value and what is allowed."""
    path = tuple(error["loc"])
    if path and path[-1] == "[key]":  # how pydantic points at a key instead of its value
        path = path[:-2]
    key = ".".join(map(str, path)) or "the file"
    if error["type"] == "extra_forbidden":
        return _describe_unknown(kind, path)
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "invalid_key":
        return f"{key} is not a parameter; every key must be text"
    if error["type"] == "model_type":
        return f"{key} is {_short.repr(error['input'])}, but must be a section of keys and values"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    rule = error["msg"].removeprefix("Input should ").replace("be a valid", "be a")
    rule = rule.replace("be a integer", "be an integer")
    if error["type"] == "string_pattern_mismatch":
        rule = f"match {error['ctx']['pattern']}"
    elif error["type"] == "too_short":
        rule = "not be empty"
    elif error["type"] == "float_type" and isinstance(error["input"], str):
        rule += " (YAML takes 1e-3 for text: write 0.001 or 1.0e-3)"
    return f"{key} is {_short.repr(error['input'])}, but must {rule}"


def _describe_unknown(kind: type[Section], path: tuple[str | int, ...]) -> str:
    section: Any = kind
    for part in path[:-1]:
        named = getattr(section, "model_fields", None)  # else a mapping from names to sections
        section = named[str(part)].annotation if named else get_args(section)[1]
    prefix = ".".join(map(str, path[:-1]))
    valid = list(section.model_fields)
    by_lower_case = {name.lower(): name for name in valid}
    close = get_close_matches(str(path[-1]).lower(), by_lower_case, n=1)
    dot = f"{prefix}." if prefix else ""
    hint = f"did you mean {dot}{by_lower_case[close[0]]}? " if close else ""
    return (
        f"{dot}{path[-1]} is not a parameter; {hint}"
        f"{prefix or 'the file'} has the keys {', '.join(valid)}"
    )
