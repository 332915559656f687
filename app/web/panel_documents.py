"""The documents of a meeting of the panel: the pre-read pack, the minutes, the calendar file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, make_response, render_template, request, url_for

from app import clock
from app.documents.calendar_file import Appointment, calendar_file
from app.documents.html import page as as_page
from app.documents.minutes import minutes as minutes_document
from app.documents.pack import pack as pack_document
from app.documents.panel_content import MinutesContent, read_minutes, read_pack
from app.documents.pdf import render_pdf
from app.documents.words import day
from app.queries import panel_documents as queries
from app.queries import panel_minutes
from app.services import records
from app.web import access

PDF = "application/pdf"

bp = Blueprint("panel_documents", __name__, url_prefix="/panel/meetings/<public_id>")


@bp.get("/pack.pdf")
@access.signed_in
def pack(public_id: str) -> Any:
    """What this member reads beforehand, with the name on every page; each review in it is logged as seen."""
    made = queries.pack(access.actor(), access.office(), public_id)
    content = read_pack(made.data)
    pdf = render_pdf(pack_document(content))
    records.log_views(access.actor(), made.tells_of, "pdf", "panel pack")
    return _file(pdf, PDF, f"panel-{content.meeting.on}-to-read.pdf")


@bp.get("/minutes")
@access.signed_in
def minutes(public_id: str) -> Any:
    """What was decided, as a page that prints well; the accessible format."""
    made, content = _minutes(public_id)
    body = render_template(
        "panel/minutes.html",
        page=as_page(minutes_document(content)),
        pdf_url=url_for("panel_documents.minutes_pdf", public_id=public_id),
        crumbs=[{"text": f"Panel {day(content.meeting.on)}", "href": _meeting_path(public_id)}],
    )
    records.log_views(access.actor(), made.tells_of, "page", "panel minutes")
    return body


@bp.get("/minutes.pdf")
@access.signed_in
def minutes_pdf(public_id: str) -> Any:
    """The same content as a tagged PDF."""
    made, content = _minutes(public_id)
    pdf = render_pdf(minutes_document(content))
    records.log_views(access.actor(), made.tells_of, "pdf", "panel minutes")
    return _file(pdf, PDF, f"panel-{content.meeting.on}-minutes.pdf")


def _minutes(public_id: str) -> tuple[queries.Made, MinutesContent]:
    made = panel_minutes.minutes(access.actor(), access.office(), public_id)
    return made, read_minutes(made.data)


@bp.get("/calendar.ics")
@access.signed_in
def calendar(public_id: str) -> Any:
    """An entry for the calendar of who sits there; it holds nothing of any review."""
    made = Appointment(**queries.appointment(access.actor(), access.office(), public_id))
    name = f"moderation-panel-{clock.day_of(made.starts_at)}.ics"
    return _file(calendar_file(made, _meeting_url(public_id)), "text/calendar; charset=utf-8", name)


def _meeting_url(public_id: str) -> str:
    return urljoin(request.url_root, _meeting_path(public_id))


def _meeting_path(public_id: str) -> str:
    """The meeting's own page, below which these documents are."""
    return url_for("panel_documents.minutes", public_id=public_id).rsplit("/", 1)[0]


def _file(content: bytes, kind: str, name: str) -> Any:
    response = make_response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
