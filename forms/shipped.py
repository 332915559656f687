"""The templates and criteria that come with the product, read once.

Loading them into the database, and choosing which one a review starts on, is the services' business.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from forms.criteria import Criteria, parse_criteria
from forms.descriptor import FormTemplate, parse_template

LIBRARY = Path(__file__).parent / "library"


@cache
def templates() -> dict[tuple[str, str], FormTemplate]:
    """Every shipped template by (key, version)."""
    files = sorted(path for path in LIBRARY.glob("*.yaml") if not path.name.startswith("criteria-"))
    read = [parse_template(path.read_text(encoding="utf-8")) for path in files]
    return {(template.key, template.version): template for template in read}


def template(key: str, version: str) -> FormTemplate:
    """One shipped template. KeyError where there is none."""
    return templates()[key, version]


@cache
def criteria(version: str = "2024-04") -> Criteria:
    """Shipped criteria. KeyError where there are none of that version."""
    known = {path.stem.removeprefix("criteria-"): path for path in LIBRARY.glob("criteria-*.yaml")}
    return parse_criteria(known[version].read_text(encoding="utf-8"))
