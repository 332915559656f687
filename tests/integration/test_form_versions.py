"""Templates in the database and their commands: a draft may change, what is published may not, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import extensions
from app.models.forms import FormState
from app.services import form_versions
from app.services.unit_of_work import NotFound
from tests.support.stages import review_at
from tests.support.world import LIBRARY, World
from workflows.engine import GuardFailed, NotPermitted
from workflows.states import ReviewState

SMALL = (LIBRARY / "practice-review-small.yaml").read_text(encoding="utf8")
KEY = "practice-review-small"
NEWER = SMALL.replace('version: "1"', 'version: "2"')
Run = Callable[..., tuple[int, str]]


# --- the services -------------------------------------------------------------------------------------------------


def test_a_draft_may_change_until_it_is_published(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        first = form_versions.load(admin, NEWER)
        second = form_versions.load(admin, NEWER.replace("(short form)", "(shorter form)"))
        assert (first.id, second.state) == (second.id, FormState.DRAFT)
        form_versions.publish(admin, second.id)
        with pytest.raises(GuardFailed, match="give the change a new version"):
            form_versions.load(admin, NEWER)
        with pytest.raises(GuardFailed, match="published already"):
            form_versions.publish(admin, second.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE form_template_version SET descriptor = '{}' WHERE number = '1'",
        "UPDATE form_template_version SET checksum = 'x' WHERE number = '1'",
        "UPDATE form_template_version SET number = '9' WHERE number = '1'",
        "UPDATE form_template_version SET state = 'draft' WHERE number = '1'",
        "DELETE FROM form_template_version WHERE number = '1'",
    ],
)
def test_the_database_refuses_to_change_a_published_form(world: World, statement: str) -> None:
    with world.context(), extensions.engine().connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(statement))


def test_a_review_keeps_the_form_it_was_started_on(world: World) -> None:
    """R13: a newer version is for new reviews, and so is retiring the old one."""
    with world.context():
        admin = world.actor("admin")
        story = review_at(world, ReviewState.DRAFTING)
        old = story.review.form_version_id
        version = form_versions.load(admin, NEWER)
        form_versions.publish(admin, version.id)
        form_versions.retire(admin, form_versions.find(KEY, "1").id)
        story.discussion()
        assert story.review.form_version_id == old
        assert [each.number for each in form_versions.published() if each.template.key == KEY] == ["2"]
        with pytest.raises(GuardFailed, match="No practice review form"):
            review_at(world, ReviewState.PLANNED, form_version=form_versions.find(KEY, "1").public_id)


def test_only_a_published_form_is_retired_and_only_by_an_administrator(world: World) -> None:
    with world.context():
        admin, published = world.actor("admin"), form_versions.find(KEY, "1").id
        draft = form_versions.load(admin, NEWER).id
        with pytest.raises(GuardFailed, match="Only a published version"):
            form_versions.retire(admin, draft)
        for login in ("head.qa", "worker", "oversight"):
            for act in (form_versions.retire, form_versions.publish):
                with pytest.raises(NotPermitted):
                    act(world.actor(login), published)
            with pytest.raises(NotPermitted):
                form_versions.load(world.actor(login), SMALL)
        with pytest.raises(NotFound):
            form_versions.publish(admin, 999)


# --- the commands -------------------------------------------------------------------------------------------------


@pytest.fixture
def run(sqlite_world: World) -> Run:
    """A command as somebody types it: exit code and all it printed. A traceback fails the test."""

    def command(*words: str, who: str = "admin@example.org") -> tuple[int, str]:
        named = () if words[0] == "preview" else ("--as", who)
        result = sqlite_world.app.test_cli_runner().invoke(args=["forms", *words, *named])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    return command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "form.yaml"
    made.write_text(NEWER, encoding="utf8")
    return made


def test_a_form_is_loaded_looked_at_published_and_retired(run: Run, file: Path) -> None:
    code, said = run("load", str(file))
    assert (code, f"{KEY} 2 is loaded as a draft" in said) == (0, True)
    code, said = run("preview", KEY, "2")
    assert (code, "1. Journey of the child [journey]" in said, "Grade (grade)" in said) == (0, True, True)
    assert "4 Outstanding" in said
    assert "Which finding does it answer? (choice, may be left blank): Journey of the child" in said
    assert run("publish", KEY, "2") == (0, f"{KEY} 2 is published.\n")
    assert run("retire", KEY, "2") == (0, f"{KEY} 2 is retired.\n")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "must begin with key, version, title and parts"),
        (b"a: &a 1\nb: *a", "anchors"),
        (b"key: !!python/name:os.getcwd", "tags"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"x" * 300_000, "larger than 256 KB"),
        (NEWER.replace("kind: graded", "kind: magic", 1).encode(), "journey"),
        (SMALL.encode(), "is published: give the change a new version"),
    ],
)
def test_a_bad_template_is_a_sentence(run: Run, file: Path, written: bytes, said: str) -> None:
    file.write_bytes(written)
    code, output = run("load", str(file))
    assert (code, output.startswith("Error: "), said in output) == (1, True, True), output


def test_a_file_that_is_none(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path):
        code, output = run("load", str(path))
        assert (code, "cannot be read" in output) == (1, True), output


@pytest.mark.parametrize("who", ["nobody@example.org", "", "admin"])
def test_somebody_must_do_it(run: Run, file: Path, who: str) -> None:
    code, output = run("load", str(file), who=who)
    assert (code, "There is no active account" in output) == (1, True)


def test_an_administrator_must_do_it(run: Run, file: Path) -> None:
    for words in (("load", str(file)), ("publish", KEY, "1"), ("retire", KEY, "1")):
        code, output = run(*words, who="worker@example.org")
        assert (code, "This is not yours to do." in output) == (1, True), output


def test_an_account_that_ended_does_nothing(sqlite_world: World, run: Run, file: Path) -> None:
    with sqlite_world.context(), extensions.engine().begin() as connection:
        connection.execute(text("UPDATE person SET active = FALSE WHERE email = 'admin@example.org'"))
    assert "There is no active account" in run("load", str(file))[1]


@pytest.mark.parametrize("words", [("preview", KEY, "7"), ("publish", "no-form", "1"), ("retire", KEY, "7")])
def test_a_form_that_is_not_there(run: Run, words: tuple[str, ...]) -> None:
    code, output = run(*words)
    assert (code, "There is no form" in output) == (1, True), output


def test_a_second_publication_is_a_sentence(run: Run) -> None:
    assert "published already" in run("publish", KEY, "1")[1]
