"""A template asks a dictionary for its method before its key: `urls.clear` is the method, and no address."""

from __future__ import annotations

import re
from pathlib import Path

import app

TEMPLATES = Path(app.__file__).parent / "templates"
A_METHOD = re.compile(r"[\w\])]\.(?:clear|copy|fromkeys|get|items|keys|pop|popitem|setdefault|update|values)\b(?!\()")
WRITTEN = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def named_as_a_method(text: str) -> list[str]:
    return [found.group() for part in WRITTEN.findall(text) for found in A_METHOD.finditer(QUOTED.sub("", part))]


def test_no_template_takes_a_method_for_a_key() -> None:
    assert named_as_a_method('<a href="{{ urls.clear }}">{% for a in found.items() %}') == ["s.clear"]
    found = {path.name: named_as_a_method(path.read_text(encoding="utf8")) for path in TEMPLATES.rglob("*.html")}
    assert {name: names for name, names in found.items() if names} == {}
