"""Form templates in the database: loaded as drafts, published once, retired; never changed in between."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.extensions import session
from app.models.forms import FormState, FormTemplate, FormTemplateVersion
from app.policy.actor import Actor
from app.services import gate
from app.services.unit_of_work import NotFound, Work, unit_of_work
from forms import criteria, descriptor, shipped
from workflows.engine import GuardFailed, Reason
from workflows.permissions import Permission

Row = TypeVar("Row", FormTemplate, FormTemplateVersion)


def template_of(version: FormTemplateVersion) -> descriptor.FormTemplate:
    """The stored version as a template; read once, for its text is a hundred times larger than its checksum."""
    return descriptor.stored(version.checksum, lambda: version.descriptor)


def load(actor: Actor, text: str) -> FormTemplateVersion:
    """Store a template's text as a draft; a draft of the same number is replaced.

    Raises descriptor.TemplateError for a text that is no template, GuardFailed where that version has
    been published: a published form is never changed (R13).
    """
    gate.require(actor, Permission.ADMINISTER_FORMS)  # before the text is read: reading costs time
    template = read(text)
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.ADMINISTER_FORMS)
        return _store(work, template)


def read(text: str) -> descriptor.FormTemplate:
    """A template's text as a template that reviews could be written on. Raises descriptor.TemplateError."""
    template = descriptor.parse_template(text)
    _check_criteria(template)
    return template


def _check_criteria(template: descriptor.FormTemplate) -> None:
    """The grades are explained by criteria, which must be there and have these sections."""
    try:
        known = shipped.criteria(template.criteria)
    except KeyError as error:
        raise descriptor.TemplateError("criteria", f"there are no criteria of version {template.criteria}") from error
    if missing := criteria.missing_sections(template, known):
        raise descriptor.TemplateError(
            "criteria", f"version {template.criteria} has no section called {', '.join(missing)}"
        )


def _store(work: Work, template: descriptor.FormTemplate) -> FormTemplateVersion:
    owner = session.scalars(
        select(FormTemplate).where(FormTemplate.key == template.key).with_for_update()
    ).one_or_none() or _add(work, FormTemplate(key=template.key, title=template.title))
    found = session.scalars(
        select(FormTemplateVersion)
        .where(FormTemplateVersion.template_id == owner.id, FormTemplateVersion.number == template.version)
        .with_for_update()
    ).one_or_none()
    if found is not None and found.state is not FormState.DRAFT:
        raise GuardFailed(Reason(f"{template.key} {template.version} is {found.state}: give the change a new version."))
    version = found or FormTemplateVersion(template_id=owner.id, number=template.version)
    version.descriptor = json.loads(descriptor.to_json(template))
    version.checksum = descriptor.checksum(template)
    version.loaded_at = work.at
    _add(work, version)
    work.record("form.load", version, checksum=version.checksum)
    return version


def _add(work: Work, row: Row) -> Row:
    """Two administrators may load the same new form at once; the database then refuses the second."""
    try:
        return work.add(row)
    except IntegrityError as error:
        raise GuardFailed(Reason("Somebody else loaded this form at the same moment. Load yours again.")) from error


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


def publish(actor: Actor, version_id: int, checksum: str | None = None) -> None:
    """Make a draft a form for new reviews; from now on nothing can change it.

    `checksum` is of the text that was looked at: a draft loaded again since is not published unseen.
    """
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.ADMINISTER_FORMS)
        version = work.lock(FormTemplateVersion, version_id)
        if version.state is not FormState.DRAFT:
            raise GuardFailed(Reason(f"This version is {version.state} already."))
        if checksum is not None and checksum != version.checksum:
            raise GuardFailed(Reason("This draft was loaded again since you looked at it. Look at it as it is now."))
        version.template.title = template_of(version).title
        version.state, version.published_at = FormState.PUBLISHED, work.at
        version.published_by_id = work.person_id
        work.record("form.publish", version, checksum=version.checksum)


def retire(actor: Actor, version_id: int) -> None:
    """Take a published version out of use for new reviews; reviews begun on it keep it for life."""
    with unit_of_work(actor) as work:
        gate.require(actor, Permission.ADMINISTER_FORMS)
        version = work.lock(FormTemplateVersion, version_id)
        if version.state is not FormState.PUBLISHED:
            raise GuardFailed(Reason(f"Only a published version can be retired; this one is {version.state}."))
        version.state, version.retired_at, version.retired_by_id = FormState.RETIRED, work.at, work.person_id
        work.record("form.retire", version)


def published(purpose: str = "practice_review") -> list[FormTemplateVersion]:
    """The versions a new review may be started on, newest number first."""
    rows = session.scalars(select(FormTemplateVersion).where(FormTemplateVersion.state == FormState.PUBLISHED)).all()
    fitting = [row for row in rows if template_of(row).purpose == purpose]
    return sorted(fitting, key=_newest, reverse=True)


def _newest(version: FormTemplateVersion) -> Any:
    return (version.published_at, version.id)
