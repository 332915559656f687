"""What a form template is, and a template's text to a template and back.

An administrator may load a template, so the text is not trusted: no anchors or aliases (a short text could
unfold into gigabytes), no tags, no merge keys, no key twice, little depth, 256 KB. Words such as `no` and
`2024-04-01` stay words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from forms.schema import (
    AnyQuestion,
    ChoiceQuestion,
    ChoicesQuestion,
    DateQuestion,
    FixedRow,
    FormTemplate,
    Frozen,
    GradePoint,
    GradeQuestion,
    Option,
    Part,
    PersonQuestion,
    RowsQuestion,
    Scale,
    TextQuestion,
    YesNoQuestion,
)

__all__ = [
    "AnyQuestion",
    "ChoiceQuestion",
    "ChoicesQuestion",
    "DateQuestion",
    "FixedRow",
    "FormTemplate",
    "GradePoint",
    "GradeQuestion",
    "Option",
    "Part",
    "PersonQuestion",
    "RowsQuestion",
    "Scale",
    "TemplateError",
    "TextQuestion",
    "YesNoQuestion",
    "build_model",
    "checksum",
    "from_json",
    "parse_template",
    "read_yaml",
    "stored",
    "to_json",
]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
LARGEST_UNFOLDED = 1024 * 1024
KEEP = 64
Model = TypeVar("Model", bound=Frozen)


class TemplateError(ValueError):
    """A template that cannot be used. `place` says where, `reason` why, both for a person to read."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}" if place else reason)


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._refuse_tricks(self.peek_event())
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refuse_tricks(self, event: Any) -> None:
        if self.depth >= MAX_DEPTH:
            raise TemplateError(_line(event), "lists inside lists too deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise TemplateError(_line(event), "anchors (&) and aliases (*) are not allowed: write it out")
        if getattr(event, "tag", None):
            raise TemplateError(_line(event), "tags (!) are not allowed")

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise TemplateError(_line(key), "a key must be a word")
            if key.value in seen or key.value == "<<":
                raise TemplateError(_line(key), f"the key {key.value} is there twice or not allowed")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_BOOL, _INT = re.compile(r"^(?:true|false)$"), re.compile(r"^-?(?:0|[1-9][0-9]{0,8})$")
_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-0123456789"))


def _line(thing: Any) -> str:
    mark = getattr(thing, "start_mark", None)
    return f"line {mark.line + 1}" if mark else ""


def read_yaml(text: str) -> Any:
    """YAML text as plain data. TemplateError for anything but plain lists, mappings and words."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TemplateError("", "the file is larger than 256 KB")
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader, made stricter above)
    except yaml.YAMLError as error:
        raise TemplateError(_yaml_place(error), "this is not readable YAML") from error
    except RecursionError as error:
        raise TemplateError("", "lists inside lists too deep") from error


def _yaml_place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}" if mark else ""


def parse_template(text: str) -> FormTemplate:
    """A template from YAML. TemplateError names the place and says in words what is wrong."""
    data = read_yaml(text)
    if not isinstance(data, dict):
        raise TemplateError("", "the file must begin with key, version, title and parts")
    _refuse_unfolding(data)
    sets = data.pop("option_sets", {})
    return build_model(FormTemplate, _with_options(data, sets if isinstance(sets, dict) else {}))


def _refuse_unfolding(data: Any) -> None:
    """A list of options is written once and put in wherever it is named: a short text could become gigabytes."""
    sets = data.get("option_sets") if isinstance(data, dict) else None
    if not isinstance(sets, dict):
        return
    sizes = {name: len(json.dumps(options)) for name, options in sets.items()}
    if sum(sizes.get(name, 0) for name in _named_sets(data)) > LARGEST_UNFOLDED:
        raise TemplateError(
            "option_sets", "written out at every place that names them, these options are larger than 1 MB"
        )


def _named_sets(data: Any) -> Iterator[str]:
    """The name of an option set, for each time it is named."""
    if isinstance(data, list):
        for item in data:
            yield from _named_sets(item)
    elif isinstance(data, dict):
        if isinstance(data.get("option_set"), str):
            yield data["option_set"]
        for value in data.values():
            yield from _named_sets(value)


def _with_options(data: Any, sets: dict[str, Any]) -> Any:
    """Lists of options used in several places are written once and named; the template holds them in full."""
    if isinstance(data, list):
        return [_with_options(item, sets) for item in data]
    if not isinstance(data, dict):
        return data
    filled = {key: _with_options(value, sets) for key, value in data.items()}
    name = filled.pop("option_set", None)
    if name is None:
        return filled
    if not isinstance(name, str) or name not in sets:
        raise TemplateError(str(data.get("key", "")), f"there is no option set called {name}")
    return {**filled, "options": sets[name]}


def build_model(model: type[Model], data: Any) -> Model:
    """Plain data to a frozen model. TemplateError carries the first thing wrong and its place."""
    try:
        return model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise TemplateError(_place(data, first["loc"]), _reason(first)) from error


def _place(data: Any, loc: tuple[int | str, ...]) -> str:
    """Where, by the keys people wrote rather than by position: `journey → evidence → label`."""
    words: list[str] = []
    for number, step in enumerate(loc, 1):
        if isinstance(data, dict) and step == data.get("kind") and step not in data:
            continue  # the kind of question, which pydantic puts between
        data = _step(data, step)
        if step not in _LISTS or number == len(loc):
            words.append(_name(data, step))
    return " → ".join(words)


_LISTS = ("parts", "questions", "columns", "options", "points")


def _name(data: Any, step: int | str) -> str:
    if isinstance(step, str):
        return step
    return str(data["key"]) if isinstance(data, dict) and "key" in data else str(step + 1)


def _step(data: Any, step: int | str) -> Any:
    if isinstance(data, dict) and isinstance(step, str):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


_REASONS = {
    "extra_forbidden": "this key is not known",
    "missing": "this is missing",
    "string_type": "must be text; put numbers and dates in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_pattern_mismatch": "is not in the form expected (small letters, digits, no spaces)",
    "string_too_long": "is too long",
    "string_too_short": "is empty",
    "too_long": "has too many entries",
    "too_short": "has too few entries",
    "union_tag_invalid": "is of a kind that is not known",
    "union_tag_not_found": "has no kind",
}


def _reason(error: Any) -> str:
    known = _REASONS.get(error["type"])
    return known or str(error["msg"]).removeprefix("Value error, ")


def to_json(template: FormTemplate) -> str:
    """What is stored: canonical JSON, options in full."""
    return template.canonical


def from_json(text: str) -> FormTemplate:
    """The stored form of a template. TemplateError as for YAML."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TemplateError("", "this is not readable JSON") from error
    return build_model(FormTemplate, data)


def stored(checksum: str, text: Callable[[], Any]) -> FormTemplate:
    """The template of a stored checksum. `text` gives its JSON, and is asked only where it was not read before.

    Published templates never change, and a draft that does has another checksum.
    """
    if checksum not in _stored:
        if len(_stored) >= KEEP:
            _stored.clear()
        _stored[checksum] = build_model(FormTemplate, text())
    return _stored[checksum]


_stored: dict[str, FormTemplate] = {}


def checksum(template: FormTemplate) -> str:
    """SHA-256 of what is stored."""
    return template.checksum
