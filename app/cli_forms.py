"""Commands for form templates: load a draft, look at it, publish it, retire it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask.cli import AppGroup

if TYPE_CHECKING:
    from app.policy.actor import Actor

forms = AppGroup("forms", help="Form templates: load a draft, preview it, publish it, retire it.")
by = click.option("--as", "email", required=True, metavar="EMAIL", help="The administrator who does it.")
LARGEST = 256 * 1024


@contextmanager
def plainly() -> Iterator[None]:
    """A refusal in sentences and exit code 1; never a traceback."""
    from app.services.unit_of_work import NotFound
    from forms.descriptor import TemplateError
    from workflows.engine import Refused

    try:
        yield
    except (Refused, TemplateError, NotFound) as why:
        raise click.ClickException(str(why)) from why


def _actor(email: str) -> Actor:
    """The active person with this address."""
    from sqlalchemy import select

    from app import clock
    from app.extensions import session
    from app.models.people import Person
    from app.policy.accounts import may_sign_in
    from app.policy.actor import actor_of

    person = session.scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    if person is None or not may_sign_in(person, clock.today()):
        raise click.ClickException(f"There is no active account with the address {email}.")
    return actor_of(person)


def _read(file: Path) -> str:
    """The file's text. Its size is asked first: a template is small, and a disk image is not."""
    try:
        if file.stat().st_size > LARGEST:
            raise click.ClickException(f"{file.name} is larger than 256 KB: it cannot be a form template.")
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not text in UTF-8.") from error
    except OSError as error:
        raise click.ClickException(f"{file.name} cannot be read: {error.strerror}.") from error


@forms.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@by
def load(file: Path, email: str) -> None:
    """Check FILE and keep it as a draft; a draft of the same number is replaced."""
    from app.services import form_versions

    text = _read(file)
    with plainly():
        version = form_versions.load(_actor(email), text)
        click.echo(f"{version.template.key} {version.number} is loaded as a draft ({version.checksum[:12]}).")
        click.echo(f"Look at it: flask forms preview {version.template.key} {version.number}")


@forms.command("publish")
@click.argument("key")
@click.argument("version")
@by
def publish(key: str, version: str, email: str) -> None:
    """Make a draft a form that reviews are started on. From then on nothing can change it."""
    from app.services import form_versions

    with plainly():
        form_versions.publish(_actor(email), form_versions.find(key, version).id)
    click.echo(f"{key} {version} is published.")


@forms.command("retire")
@click.argument("key")
@click.argument("version")
@by
def retire(key: str, version: str, email: str) -> None:
    """Take a published form out of use for new reviews; reviews begun on it keep it."""
    from app.services import form_versions

    with plainly():
        form_versions.retire(_actor(email), form_versions.find(key, version).id)
    click.echo(f"{key} {version} is retired.")


@forms.command("preview")
@click.argument("key")
@click.argument("version")
def preview(key: str, version: str) -> None:
    """Print a form as it would be asked: parts, questions, choices."""
    from app.services import form_versions

    with plainly():
        found = form_versions.find(key, version)
        click.echo(f"{key} {version}, {found.state}, {found.checksum}")
        for line in outline(form_versions.template_of(found)):
            click.echo(line)


def outline(template: Any) -> Iterator[str]:
    """A template in lines."""
    yield template.title
    yield "Grades: " + ", ".join(f"{point.value} {point.label}" for point in template.scale.points)
    for number, part in enumerate(template.parts, 1):
        yield ""
        yield f"{number}. {part.title} [{part.key}]"
        for question in part.questions:
            yield f"   - {_asked(question)}"
            for column in getattr(question, "columns", ()):
                yield f"       - {_asked(column)}"


def _asked(question: Any) -> str:
    choices = ", ".join(option.label for option in getattr(question, "options", ()))
    left = ", may be left blank" if question.optional else ""
    return f"{question.label} ({question.kind.replace('_', ' ')}{left})" + (f": {choices}" if choices else "")


def init_app(app: Flask) -> None:
    """Register the commands of this page."""
    app.cli.add_command(forms)
