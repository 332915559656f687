"""Form templates in the database: loaded as drafts, published once, retired; never changed in between."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from app.extensions import session
from app.models.forms import FormState, FormTemplate, FormTemplateVersion
from app.policy.actor import Actor
from app.services.unit_of_work import NotFound, Work, unit_of_work
from forms import descriptor
from workflows.engine import GuardFailed, Reason


def template_of(version: FormTemplateVersion) -> descriptor.FormTemplate:
    """The stored version as a template; the same object for the same checksum."""
    return _parsed(version.checksum, json.dumps(version.descriptor))


@lru_cache(maxsize=64)
def _parsed(_checksum: str, text: str) -> descriptor.FormTemplate:
    return descriptor.from_json(text)


def load(actor: Actor, text: str) -> FormTemplateVersion:
    """Store a template's text as a draft; a draft of the same number is replaced.

    Raises descriptor.TemplateError for a text that is no template, GuardFailed where that version has
    been published: a published form is never changed (R13).
    """
    template = descriptor.parse_template(text)
    with unit_of_work(actor) as work:
        return _store(work, template)


def _store(work: Work, template: descriptor.FormTemplate) -> FormTemplateVersion:
    owner = session.scalars(select(FormTemplate).where(FormTemplate.key == template.key)).one_or_none()
    if owner is None:
        owner = work.add(FormTemplate(key=template.key, title=template.title))
    found = session.scalars(
        select(FormTemplateVersion).where(
            FormTemplateVersion.template_id == owner.id, FormTemplateVersion.number == template.version
        )
    ).one_or_none()
    if found is not None and found.state is not FormState.DRAFT:
        raise GuardFailed(Reason(f"{template.key} {template.version} is {found.state}: give the change a new version."))
    version = found or FormTemplateVersion(template_id=owner.id, number=template.version)
    owner.title = template.title
    version.descriptor = json.loads(descriptor.to_json(template))
    version.checksum = descriptor.checksum(template)
    version.loaded_at = work.at
    work.add(version)
    work.record("form.load", version, checksum=version.checksum)
    return version


def find(key: str, number: str) -> FormTemplateVersion:
    """One version by key and number. Raises NotFound."""
    version = session.scalars(
        select(FormTemplateVersion)
        .join(FormTemplateVersion.template)
        .where(FormTemplate.key == key, FormTemplateVersion.number == number)
    ).one_or_none()
    if version is None:
        raise NotFound(f"There is no form {key} {number}.")
    return version


def publish(actor: Actor, version_id: int) -> None:
    """Make a draft the form for new reviews; from now on nothing can change it."""
    with unit_of_work(actor) as work:
        version = work.lock(FormTemplateVersion, version_id)
        if version.state is not FormState.DRAFT:
            raise GuardFailed(Reason(f"This version is {version.state} already."))
        version.state, version.published_at, version.published_by_id = FormState.PUBLISHED, work.at, _by(actor)
        work.record("form.publish", version, checksum=version.checksum)


def retire(actor: Actor, version_id: int) -> None:
    """Take a published version out of use for new reviews; reviews begun on it keep it for life."""
    with unit_of_work(actor) as work:
        version = work.lock(FormTemplateVersion, version_id)
        if version.state is not FormState.PUBLISHED:
            raise GuardFailed(Reason(f"Only a published version can be retired; this one is {version.state}."))
        version.state, version.retired_at, version.retired_by_id = FormState.RETIRED, work.at, _by(actor)
        work.record("form.retire", version)


def _by(actor: Actor) -> int:
    if actor.id is None:
        raise GuardFailed(Reason("Say who does this: a person's e-mail address."))
    return actor.id


def published(purpose: str = "practice_review") -> list[FormTemplateVersion]:
    """The versions a new review may be started on, newest number first."""
    rows = session.scalars(
        select(FormTemplateVersion).where(FormTemplateVersion.state == FormState.PUBLISHED)
    ).all()
    fitting = [row for row in rows if template_of(row).purpose == purpose]
    return sorted(fitting, key=_newest, reverse=True)


def _newest(version: FormTemplateVersion) -> Any:
    return (version.published_at, version.id)
