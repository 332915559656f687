"""A plan to take away: for Excel and as a tagged PDF, both in the paper's layout."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, make_response

from app import clock
from app.documents.pdf import render_pdf
from app.documents.plan_content import PlanContent, read_plan
from app.documents.plan_paper import plan as on_paper
from app.documents.plan_sheet import workbook as as_workbook
from app.queries import plans as queries
from app.web import access
from app.web.plans import SEES, find

bp = Blueprint("plan_documents", __name__, url_prefix="/plans/<public_id>")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/plan.xlsx")
@SEES
def workbook(public_id: str) -> Any:
    """The layout of the paper, with real dates, filters and a heading that stays."""
    content = _content(public_id)
    return _file(as_workbook(content), XLSX, content, "xlsx")


@bp.get("/plan.pdf")
@SEES
def pdf(public_id: str) -> Any:
    """The same on paper, laid on its side."""
    content = _content(public_id)
    return _file(render_pdf(on_paper(content)), "application/pdf", content, "pdf")


def _content(public_id: str) -> PlanContent:
    plan = find(public_id)
    return read_plan(queries.paper(access.actor(), access.office(), plan))


def _file(made: bytes, kind: str, content: PlanContent, ending: str) -> Any:
    name = re.sub(r"[^a-z0-9]+", "-", content.name.lower()).strip("-")[:60] or "plan"
    response = make_response(made)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{clock.today()}.{ending}"'
    return response
