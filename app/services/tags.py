"""What a recommendation may be tagged with: the themes and the national framework of the review's own form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from app.extensions import session
from app.models.forms import FormTemplateVersion
from app.services.form_versions import published, template_of
from forms.descriptor import FormTemplate


@dataclass(frozen=True)
class Tags:
    """Key and label of each."""

    themes: dict[str, str]
    framework: dict[str, str]

    @property
    def keys(self) -> set[str]:
        return {*self.themes, *self.framework}


def known() -> Tags:
    """As the newest published form that has them says, so that what comes from elsewhere is counted with reviews."""
    for version in published():
        themes, framework = _options(template_of(version), "themes"), _options(template_of(version), "framework")
        if themes:
            return Tags(themes, framework)
    return Tags({}, {})


def ever_published() -> frozenset[str]:
    """The checksums of every form ever published, for `of_forms`."""
    query = select(FormTemplateVersion.checksum).where(FormTemplateVersion.published_at.is_not(None))
    return frozenset(session.scalars(query))


@lru_cache(maxsize=16)
def of_forms(checksums: frozenset[str]) -> Tags:
    """Those of every form ever published, the newest form's words for each: whatever a recommendation is tagged with
    comes from one of them. Published forms never change, so that what they say together is put together once."""
    query = select(FormTemplateVersion).where(FormTemplateVersion.checksum.in_(checksums))
    rows = session.scalars(query.order_by(FormTemplateVersion.published_at, FormTemplateVersion.id)).all()
    found = Tags({}, {})
    for template in map(template_of, rows):
        found.themes.update(_options(template, "themes"))
        found.framework.update(_options(template, "framework"))
    return found


def _options(template: FormTemplate, column: str) -> dict[str, str]:
    part = template.recommendations_part
    rows = part.question("service_level") if part else None
    for each in getattr(rows, "columns", ()):
        if each.key == column:
            return {option.key: option.label for option in each.options}
    return {}
