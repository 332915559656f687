"""The records of a decided review: as a page, and as a tagged PDF of the same content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, render_template, url_for

from app.documents.content import content_sha256, read_moderation, read_review
from app.documents.html import page as as_page
from app.documents.model import Document
from app.documents.moderation_record import moderation_record
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from app.documents.words import ordinal
from app.queries import documents as queries
from app.queries.reviews import NotVisible, Seen
from app.services import records
from app.web import access, review_pages
from app.web.wording import day

bp = Blueprint("documents", __name__, url_prefix="/reviews/<public_id>/documents")


@dataclass(frozen=True)
class Made:
    """One document, ready to be drawn either way, and the SHA-256 of what it says."""

    document: Document
    sha256: str


def _review_record(seen: Seen, number: int | None = None) -> Made:
    filed = queries.review_content(access.actor(), seen.review, access.office(), number)
    if filed.template is None:
        raise NotVisible
    content = read_review(filed.template, filed.data)
    return Made(review_record(content), content_sha256(content))


def _moderation_record(seen: Seen, number: int | None = None) -> Made:
    filed = queries.moderation_content(access.actor(), seen.review, access.office(), number)
    content = read_moderation(filed.template, filed.data)
    return Made(moderation_record(content), content_sha256(content))


KINDS = {
    "review": ("Record of the practice review", _review_record),
    "moderation": ("Record of the moderation", _moderation_record),
}


@bp.get("")
@access.signed_in
def index(public_id: str) -> Any:
    """The documents of one review, each as a page and as a PDF, with the hash of its content; after those in force
    the records of the decisions that were taken up again."""
    seen = review_pages.find(public_id)
    in_force = queries.may_have(access.actor(), seen.review, access.office())
    kept = queries.kept(access.actor(), seen.review, access.office())
    if not in_force and not kept:
        raise NotVisible
    return review_pages.page(
        "documents/index.html",
        seen,
        "documents",
        made=_listed(seen, None) if in_force else [],
        kept=[_kept(seen, row) for row in kept],
    )


def _listed(seen: Seen, number: int | None) -> list[dict[str, str]]:
    return [
        {
            "title": title,
            "page": _url("page", seen, kind, number),
            "pdf": _url("pdf", seen, kind, number),
            "sha256": make(seen, number).sha256,
        }
        for kind, (title, make) in KINDS.items()
    ]


def _kept(seen: Seen, row: queries.Kept) -> dict[str, Any]:
    days = f"of {day(row.decided_at)}, reopened on {day(row.reopened_at)}"
    return {
        "title": f"Record of the {ordinal(row.number)} decision, {days}",
        "why": row.why,
        "made": _listed(seen, row.number),
    }


def _url(what: str, seen: Seen, kind: str, number: int | None) -> str:
    """Where one record is: the one in force, or of the decision of this number."""
    public_id = seen.review.public_id
    if number is None:
        return url_for(f"documents.{what}", public_id=public_id, kind=kind)
    return url_for(f"documents.earlier_{what}", public_id=public_id, number=number, kind=kind)


@bp.get("/<kind>")
@access.signed_in
def page(public_id: str, kind: str) -> Any:
    """The record as a page that prints well; the accessible format."""
    return _page(public_id, kind, None)


@bp.get("/decisions/<int:number>/<kind>")
@access.signed_in
def earlier_page(public_id: str, number: int, kind: str) -> Any:
    """The same of a decision that was taken up again, counted from 1."""
    return _page(public_id, kind, number)


@bp.get("/<kind>.pdf")
@access.signed_in
def pdf(public_id: str, kind: str) -> Any:
    """The same content as a tagged PDF; its name holds the reference and never a name."""
    return _pdf(public_id, kind, None)


@bp.get("/decisions/<int:number>/<kind>.pdf")
@access.signed_in
def earlier_pdf(public_id: str, number: int, kind: str) -> Any:
    """The same of a decision that was taken up again; its name says that it is not the one in force."""
    return _pdf(public_id, kind, number)


def _page(public_id: str, kind: str, number: int | None) -> Any:
    seen, made = _make(public_id, kind, number)
    body = render_template(
        "documents/page.html",
        page=as_page(made.document),
        pdf=_url("pdf", seen, kind, number),
        crumbs=review_pages.crumbs(seen),
    )
    records.log_view(access.actor(), seen.review, "page", _named(kind, number))
    return body


def _pdf(public_id: str, kind: str, number: int | None) -> Any:
    seen, made = _make(public_id, kind, number)
    response = make_response(render_pdf(made.document))
    response.mimetype = "application/pdf"
    old = f"-decision-{number}-reopened" if number is not None else ""
    response.headers["Content-Disposition"] = f'attachment; filename="{seen.review.reference}-{kind}-record{old}.pdf"'
    records.log_view(access.actor(), seen.review, "pdf", _named(kind, number))
    return response


def _named(kind: str, number: int | None) -> str:
    """As the log of views has it."""
    return f"{kind} record" if number is None else f"{kind} record of decision {number}, reopened"


def _make(public_id: str, kind: str, number: int | None) -> tuple[Seen, Made]:
    """Raises NotVisible where this person may not have it, as for a record that is not there."""
    seen = review_pages.find(public_id)
    if kind not in KINDS:
        raise NotVisible
    return seen, KINDS[kind][1](seen, number)
