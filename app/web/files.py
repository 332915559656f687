"""One file on its way out: always downloaded, never drawn, and each time written down."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, send_file

from app.queries import files as queries
from app.services import files, records
from app.web import access

bp = Blueprint("files", __name__, url_prefix="/files")
ALONE = "default-src 'none'; sandbox; frame-ancestors 'none'"


@bp.get("/<public_id>")
@access.signed_in
def download(public_id: str) -> Any:
    """The bytes as they came, under a policy in which a browser that drew them all the same could do nothing."""
    row = queries.open_(access.actor(), access.office(), public_id)
    content, name, media_type = row.content or b"", row.name, row.media_type
    recommendation = queries.of_a_child(row)
    if recommendation is not None:
        records.log_view(access.actor(), recommendation, "file", f"file {public_id}")
    else:
        files.note_download(access.actor(), row.id)
    response = send_file(io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name, max_age=None)
    response.headers["Content-Security-Policy"] = ALONE
    return response
