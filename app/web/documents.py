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
from app.queries import documents as queries
from app.queries.reviews import NotVisible, Seen
from app.services import records
from app.web import access, review_pages

bp = Blueprint("documents", __name__, url_prefix="/reviews/<public_id>/documents")


@dataclass(frozen=True)
class Made:
    """One document, ready to be drawn either way, and the SHA-256 of what it says."""

    document: Document
    sha256: str


def _review_record(seen: Seen) -> Made:
    filed = queries.review_content(access.actor(), seen.review, access.office())
    if filed.template is None:
        raise NotVisible
    content = read_review(filed.template, filed.data)
    return Made(review_record(content), content_sha256(content))


def _moderation_record(seen: Seen) -> Made:
    filed = queries.moderation_content(access.actor(), seen.review, access.office())
    content = read_moderation(filed.template, filed.data)
    return Made(moderation_record(content), content_sha256(content))


KINDS = {
    "review": ("Record of the practice review", _review_record),
    "moderation": ("Record of the moderation", _moderation_record),
}


@bp.get("")
@access.signed_in
def index(public_id: str) -> Any:
    """The documents of one review, each as a page and as a PDF, with the hash of its content."""
    seen = _having(public_id)
    made = [
        {
            "title": title,
            "page": url_for("documents.page", public_id=public_id, kind=kind),
            "pdf": url_for("documents.pdf", public_id=public_id, kind=kind),
            "sha256": make(seen).sha256,
        }
        for kind, (title, make) in KINDS.items()
    ]
    return review_pages.page("documents/index.html", seen, "documents", made=made)


@bp.get("/<kind>")
@access.signed_in
def page(public_id: str, kind: str) -> Any:
    """The record as a page that prints well; the accessible format."""
    seen, made = _make(public_id, kind)
    body = render_template(
        "documents/page.html",
        page=as_page(made.document),
        review=seen.review,
        crumbs=review_pages.crumbs(seen),
        kind=kind,
    )
    records.log_view(access.actor(), seen.review, "page", f"{kind} record")
    return body


@bp.get("/<kind>.pdf")
@access.signed_in
def pdf(public_id: str, kind: str) -> Any:
    """The same content as a tagged PDF; its name holds the reference and never a name."""
    seen, made = _make(public_id, kind)
    response = make_response(render_pdf(made.document))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{seen.review.reference}-{kind}-record.pdf"'
    records.log_view(access.actor(), seen.review, "pdf", f"{kind} record")
    return response


def _having(public_id: str) -> Seen:
    seen = review_pages.find(public_id)
    if not queries.may_have(access.actor(), seen.review, access.office()):
        raise NotVisible
    return seen


def _make(public_id: str, kind: str) -> tuple[Seen, Made]:
    seen = _having(public_id)
    if kind not in KINDS:
        raise NotVisible
    return seen, KINDS[kind][1](seen)
