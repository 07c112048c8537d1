"""The one strict reader of YAML: plain values only, no key twice, no unknown key, one form of every complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from ssbscreen.core.errors import SsbscreenError, UsageError, unknown

T = TypeVar("T")
MAX_BYTES = 8_000_000
MAX_FAULTS = 20  # told of one file
_LISTED_BY = "the page Configuration of the documentation has them"
MAX_NUMBER = 100  # characters; numbers of hours, minutes and more parts cost the square of their length
MAX_DEPTH = 40  # the parser calls itself for each level, and a hundred thousand of them end the process
_NUMBER = re.compile(r"[-+.:_0-9a-fA-Fox]++")
NO_RENAMED: Mapping[str, str] = MappingProxyType({})
# the loader written in C reads ten times faster; both make plain values only
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SAFE_LOADER):  # type: ignore[misc]
    """Safe loader that refuses a key given twice and leaves dates as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the name and form are PyYAML's
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in _SAFE_LOADER.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' twice", key.start_mark)
                seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


def read_yaml(path: Path, kind: type[T], *, error: type[SsbscreenError] = UsageError,
              renamed: Mapping[str, str] = NO_RENAMED) -> T:  # fmt: skip
    """What a YAML file says, in the form of a type.

    Args:
        path: of the file.
        kind: a pydantic model, or any type that pydantic can check, such as `tuple[Row, ...]`.
        error: class of what is raised.
        renamed: keys of former versions -> what to write instead.

    Raises:
        SsbscreenError: of class `error`; the file cannot be read, is no YAML, or breaks the form.
    """
    return validate(_load(path, error), kind, path, error=error, renamed=renamed)


def read_mapping(path: Path, error: type[SsbscreenError] = UsageError) -> dict[str, Any]:
    """Keys and values of a YAML file, unchecked.

    Raises:
        SsbscreenError: of class `error`; the file cannot be read, is no YAML, or is no mapping.
    """
    values = _load(path, error)
    if not isinstance(values, dict):
        raise error(f"{path}: the file is no mapping of keys to values.")
    return values


def validate(values: object, kind: type[T], path: Path, *, error: type[SsbscreenError] = UsageError,
             renamed: Mapping[str, str] = NO_RENAMED) -> T:  # fmt: skip
    """Values in the form of a type.

    Args:
        values: of the file, perhaps completed by defaults.
        kind: as of `read_yaml`.
        path: of the file, for complaints; lines are looked up in it.
        error: class of what is raised.
        renamed: as of `read_yaml`.

    Raises:
        SsbscreenError: of class `error`, a clause for each fault: line, key, what is wrong, what is allowed.
    """
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as failed:
        raise error(f"{path}: {complaint(failed, kind, path, renamed)}") from None


def complaint(
    failed: ValidationError, kind: Any, path: Path | None = None, renamed: Mapping[str, str] = NO_RENAMED
) -> str:
    """Faults of values in words, a clause each.

    Args:
        failed: what pydantic found.
        kind: the type it checked.
        path: file to look up lines in.
        renamed: keys of former versions -> what to write instead.
    """
    root = _nodes(path) if path else None
    clauses = []
    faults = failed.errors()
    for fault in faults[:MAX_FAULTS]:
        *above, last = fault["loc"] or ("",)
        line = _line(root, fault["loc"])
        place = f"line {line}: " if line else ""
        where = f" of {'.'.join(map(str, above))}" if above else ""
        if fault["type"] != "extra_forbidden":
            key = ".".join(map(str, fault["loc"]))
            text = fault["msg"].removeprefix("Value error, ").rstrip(".")
            given = f" (given: {fault['input']!r:.80})" if not isinstance(fault["input"], dict | BaseModel) else ""
            clauses.append(f"{place}{f'{key}: ' if key else ''}{text}{given}.")
        elif str(last) in renamed:
            clauses.append(f"{place}key '{last}'{where} is now written as {renamed[str(last)]}.")
        else:
            clauses.append(place + str(unknown(f"key{where}", str(last), _allowed(kind, above), _LISTED_BY)))
    if len(faults) > MAX_FAULTS:
        clauses.append(f"And {len(faults) - MAX_FAULTS} more faults.")
    return " ".join(clauses)


def _load(path: Path, error: type[SsbscreenError]) -> Any:
    try:
        if path.exists() and not path.is_file():  # a device would be read without end, a pipe waited for
            raise error(f"{path}: it is a folder, a device or a pipe, no file.")
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path}: the file is larger than {MAX_BYTES / 1e6:g} MB.")
        text = path.read_text(encoding="utf-8")
        _check_form(text)
        return yaml.load(text, _Loader)
    except OSError as failed:
        raise error(f"{path}: the file cannot be read ({failed.strerror}).") from failed
    except UnicodeDecodeError as failed:
        raise error(f"{path}: the file is no text in UTF-8.") from failed
    except (yaml.YAMLError, ValueError, RecursionError) as failed:
        mark = getattr(failed, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise error(f"{path}: {place}no valid YAML ({getattr(failed, 'problem', None) or failed}).") from failed


def _check_form(text: str) -> None:
    """Refuse what could exhaust the process: deep nesting, and aliases, which grow without end when they nest."""
    depth = 0
    for event in yaml.parse(text, Loader=_SAFE_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases are not allowed, write it out", event)
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_NUMBER and _NUMBER.fullmatch(event.value):
            raise _refused(f"a number of more than {MAX_NUMBER} characters", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _refused(f"nested deeper than {MAX_DEPTH} levels", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refused(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, event.start_mark)


def _nodes(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=_SAFE_LOADER)
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _line(node: yaml.Node | None, place: Sequence[int | str]) -> int | None:
    """Line of the deepest part of a place that the file holds, counted from 1; None where it holds none of it."""
    found = None
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            found, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            found = node.start_mark.line + 1
    return found


def _allowed(kind: Any, place: Sequence[int | str]) -> tuple[str, ...]:
    """Keys of the models that can stand at a place."""
    models = list(_models(kind))
    for part in place:
        fields = [m.model_fields[str(part)] for m in models if str(part) in m.model_fields]
        if fields:  # else an index or a key of a free mapping, which stays with the same models
            models = [model for field in fields for model in _models(field.annotation)]
    return tuple(dict.fromkeys(name for model in models for name in model.model_fields))


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Models inside a type such as `tuple[Row, ...] | None`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    else:
        for argument in get_args(kind):
            yield from _models(argument)
