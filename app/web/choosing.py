"""Lists to choose from above a register, as options of a select."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape


def options(choices: Mapping[str, str], chosen: str) -> Markup:
    """Options drawn here: a template takes three times as long, and a service has hundreds of people."""
    return _drawn(tuple(choices.items()), chosen)


@lru_cache(maxsize=128)
def _drawn(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    """The people of a list are the same from page to page: drawing two hundred takes longer than finding them."""
    drawn = (
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(text)}</option>'
        for key, text in choices
    )
    return Markup("".join(drawn))  # noqa: S704 (every part is escaped)


@lru_cache(maxsize=256)
def listed(name: str, label: str, first: str, drawn: Markup) -> Markup:
    """One list with its label, as it stands beside a register; `first` is what chooses nothing."""
    return Markup(
        '<div class="govuk-form-group"><label class="govuk-label" for="%s">%s</label>'
        '<select class="govuk-select" id="%s" name="%s">%s%s</select></div>'
    ) % (name, label, name, name, Markup('<option value="">%s</option>') % first if first else "", drawn)


@lru_cache(maxsize=128)
def months_back(first: date, chosen: str) -> Markup:
    """The months of four years, this one first: for what has happened."""
    years = {year: _months_of(year)[::-1] for year in range(first.year, first.year - 4, -1)}
    return _by_year({year: [day for day in days if day <= first] for year, days in years.items()}, chosen)


@lru_cache(maxsize=128)
def months(year: int, chosen: str) -> Markup:
    """The months of five years: the same for everybody."""
    return _by_year({each: _months_of(each) for each in range(year + 1, year - 4, -1)}, chosen)


def _months_of(year: int) -> list[date]:
    return [date(year, month, 1) for month in range(1, 13)]


def _by_year(months: Mapping[int, list[date]], chosen: str) -> Markup:
    groups = [
        Markup('<optgroup label="%s">%s</optgroup>')
        % (year, options({f"{day:%Y-%m}": f"{day:%B %Y}" for day in days}, chosen))
        for year, days in months.items()
    ]
    return Markup("").join(groups)
