"""The generated page says what the tables say, and the one in docs/ is it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli_records
from tests.support.world import World
from workflows import diagram
from workflows.concern import CONCERN
from workflows.engine import Workflow
from workflows.guards import date_not_before, is_issued, needs_text
from workflows.recommendation import RECOMMENDATION
from workflows.review import REVIEW

ALL = [REVIEW, RECOMMENDATION, CONCERN]


def test_the_page_in_docs_is_the_one_made_now(repository: Path) -> None:
    assert (repository / "docs" / "workflows.md").read_text(encoding="utf-8") == diagram.page()


def test_it_is_made_the_same_every_time() -> None:
    assert diagram.page() == diagram.page()


@pytest.mark.parametrize("workflow", ALL, ids=lambda each: each.kind)
def test_every_step_is_in_the_table_and_every_move_in_the_drawing(workflow: Workflow) -> None:
    rows, drawn = "\n".join(diagram.table(workflow)), "\n".join(diagram.drawing(workflow))
    for trigger, step in workflow.steps():
        assert f"(`{trigger}`)" in rows
        if step.dest is not None:
            names = [workflow.state_type[name].value for name in (step.source, step.dest)]
            assert f"    {names[0]} --> {names[1]}: {step.label}" in drawn


@pytest.mark.parametrize("workflow", ALL, ids=lambda each: each.kind)
def test_every_row_is_whole(workflow: Workflow) -> None:
    rows = diagram.table(workflow)
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}


@pytest.mark.parametrize("workflow", ALL, ids=lambda each: each.kind)
def test_every_permission_is_said_in_words(workflow: Workflow) -> None:
    assert {step.permission for _, step in workflow.steps()} <= set(diagram.WHO)


def test_a_guard_is_said_by_its_docstring_or_its_name() -> None:
    assert diagram.meaning(needs_text("why", "Say why.")) == "Say why."
    assert diagram.meaning(date_not_before("on", "the day", "a", "b")) == "The day, not before b and not in the future."
    assert diagram.meaning(is_issued) == "Is issued."


def test_the_command_writes_compares_and_complains(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "workflows.md"
    monkeypatch.setattr(cli_records, "WORKFLOWS_PAGE", page)
    run = sqlite_world.app.test_cli_runner()
    missing = run.invoke(args=["diagrams", "--check"])
    assert (missing.exit_code, "Run: ./run flask diagrams" in missing.output) == (1, True)
    assert run.invoke(args=["diagrams"]).exit_code == 0
    assert run.invoke(args=["diagrams", "--check"]).exit_code == 0
    page.write_text("something else", encoding="utf-8")
    assert run.invoke(args=["diagrams", "--check"]).exit_code == 1
