"""Commands that prove the records: the chains, the invariants, the drawings of the workflows."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

WORKFLOWS_PAGE = Path(__file__).resolve().parents[1] / "docs" / "workflows.md"

audit = AppGroup(
    "audit",
    help="""Prove that the log of changes and of views was not touched.

    Each chain is checked against its own head. Somebody who can rewrite the database can rewrite the chain and
    its head: that shows only against a head noted somewhere else, with `flask audit head`.
    """,
)
invariants = AppGroup("invariants", help="Ask the database what must always hold.")


@audit.command("verify")
@click.option("--noted", multiple=True, metavar="HASH", help="A head of the changes noted earlier; may be repeated.")
def verify(noted: tuple[str, ...]) -> None:
    """Walk both chains from the beginning and say where the first break is. Exit code 1 on a break."""
    from app.services import records

    verdicts = [records.verify_changes(noted), records.verify_views()]
    for verdict in verdicts:
        click.echo(f"{verdict.chain}: " + (verdict.broken or f"{verdict.rows} rows, the chain is whole."))
    if waiting := records.unsealed_views():
        click.echo(f"views: {waiting} not sealed yet (flask audit seal).")
    sys.exit(0 if all(verdict.whole for verdict in verdicts) else 1)


@audit.command("seal")
def seal() -> None:
    """Chain the views made since the last time. Run it every night."""
    from app.services import records

    click.echo(f"{records.seal_views()} views sealed.")


@audit.command("head")
def head() -> None:
    """Print the heads, to note where the database's keeper cannot write: in minutes, in an e-mail, on paper.

    A chain rewritten from the beginning, its head with it, looks whole. Given a head noted before that,
    `flask audit verify --noted HASH` shows that it is not the same chain.
    """
    from app.services import records

    for chain, (length, last) in records.heads().items():
        click.echo(f"{chain} {length} {last}")


@invariants.command("check")
def check() -> None:
    """Run every invariant; a row in an answer is a fault. Exit code 1 where there is one."""
    from app.services.invariants import check_all

    findings = check_all()
    for found in findings:
        examples = f", such as {', '.join(found.examples)}" if found.count else ""
        click.echo(f"{'ok    ' if not found.count else 'BROKEN'} {found.name}: {found.count}{examples}")
        if found.count:
            click.echo(f"       {found.meaning}")
    sys.exit(1 if any(found.count for found in findings) else 0)


@click.command("diagrams")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 where the page is not as it would be."
)
def diagrams(only_check: bool) -> None:
    """Write docs/workflows.md from the tables of steps."""
    from workflows.diagram import page

    wanted = page()
    present = WORKFLOWS_PAGE.read_text(encoding="utf-8") if WORKFLOWS_PAGE.exists() else ""
    if not only_check:
        WORKFLOWS_PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    elif present != wanted:
        click.echo("docs/workflows.md is not what the tables of steps say now. Run: ./run flask diagrams", err=True)
        sys.exit(1)


def init_app(app: Flask) -> None:
    """Register the commands of this page."""
    for command in (audit, invariants, diagrams):
        app.cli.add_command(command)
