"""The last row of the chair's page: what was written, in short, what is still to do, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import url_for

from app.queries.panel import SeenItem
from app.services import panel_decision
from app.web import panel_rows, panel_words
from workflows.engine import Reason

WHAT = {"keep": "Keep", "change": "Change", "drop": "Drop"}


def check(found: SeenItem, saved: Mapping[str, Any]) -> dict[str, Any]:
    """{to_do: reasons with their links, said: lines of the decision as it would be confirmed}."""
    item = found.item
    rows = panel_decision.open_rows(item.review, item)
    missing: list[Reason] = [
        *panel_decision.grades_missing(item.review, item, saved),
        *panel_decision.decision_missing(rows, saved),
    ]
    to_do = [{"text": reason.text, "href": link(found, reason.target, panel_rows.CHECK)} for reason in missing]
    return {"to_do": to_do, "said": list(_said(found, rows, saved))}


def link(found: SeenItem, target: str | None, opened: str) -> str:
    """Where a reason is put right: on the page as it is opened, in another row, or nowhere of its own."""
    key = panel_rows.where(found, target)
    if not key:
        return "#main-content"
    if key == opened:
        return f"#{target}"
    return url_for("panel_item.show", public_id=found.item.public_id, part=key, _anchor=target)


def _said(found: SeenItem, rows: Any, saved: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    settled = saved["recommendations"]
    for row in rows:
        what = (settled.get(row["key"]) or {}).get("what") or ""
        yield _line(found, panel_rows.RECOMMENDATIONS, row["action"], WHAT.get(what, "Not settled yet"))
    for added in saved["added"]:
        yield _line(found, panel_rows.RECOMMENDATIONS, added["action"], "Added")
    for action in ((saved["form"].get("actions") or {}).get("actions")) or ():
        yield _line(found, "actions", action.get("action") or "", "Action arising")
    reached = panel_words.REACHED.get(saved["reached"], "Not said yet")
    yield _line(found, panel_rows.REACHED, "How it was decided", f"{reached}. {saved['reached_reason']}".strip())
    for text in saved["dissents"].values():
        if text:
            yield _line(found, panel_rows.DISSENTS, "Dissent", text)


def _line(found: SeenItem, part: str, key: str, value: str) -> dict[str, str]:
    url = url_for("panel_item.show", public_id=found.item.public_id, part=part, _anchor="opened")
    return {"key": key, "value": value, "url": url}
