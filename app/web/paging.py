"""Which rows of a list a page shows, and the way to the pages beside it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.queries.paging import Page


def links(found: Page[Any], what: str, endpoint: str, **asked: Any) -> dict[str, str]:
    """As the pagination macro takes it: "Reviews 21 to 40 of 1,204"; `asked` is what the list was asked for."""

    def url(page: int) -> str:
        return url_for(endpoint, **asked, page=page) if 1 <= page <= found.pages else ""

    text = f"{what} {found.first:,} to {found.last:,} of {found.total:,}"
    return {"text": text, "previous_url": url(found.page - 1), "next_url": url(found.page + 1)}
