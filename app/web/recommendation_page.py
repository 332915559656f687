"""The page of one recommendation, put together: what is known, what is next, what has been done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import render_template, url_for

from app.queries import one_recommendation as queries
from app.queries import recommendation_checks as checks
from app.queries.one_recommendation import Opened
from app.queries.recommendation_checks import LikeRow
from app.services import files, recommendations, records
from app.web import access, words
from app.web import recommendation_words as said
from app.web.wording import day
from workflows.permissions import Permission

# What comes first where several are open: the thing that the recommendation waits for.
FIRST = ("settle_as_director", "settle", "accept", "start", "verify", "progress", "complete", "name")


def address(view: str, row: Any, **values: Any) -> str:
    return url_for(f"recommendations.{view}", public_id=row.public_id, **values)


def crumbs(row: Any) -> list[dict[str, str]]:
    return [
        {"text": "Recommendations", "href": url_for("recommendations.index")},
        {"text": row.reference, "href": address("show", row)},
    ]


def log(row: Any, what: str, also: Iterable[Any] = ()) -> None:
    """A look at a child's record is written down (R10), also through a recommendation and where there is no review.
    `also`: others whose words the page shows beside it."""
    records.log_views(access.actor(), [row, *also], "page", what)


def page(public_id: str) -> Any:
    """The whole page; logged before it is sent."""
    opened = queries.open_(access.actor(), access.office(), public_id)
    row = opened.row
    actions = recommendations.available(access.actor(), row)
    main, rest = split(row, actions)
    likes = _likes(opened)
    body = render_template(
        "recommendations/show.html",
        row=row,
        opened=opened,
        level=words.LEVEL[str(row.level)],
        initials=said.initials(row),
        tags=said.tags_of(row),
        turn=said.turn(row),
        steps=said.steps(opened),
        facts=said.facts(opened),
        partner=said.partner(row),
        main=[button(row, action, "primary") for action in main],
        rest=[link(row, action) for action in rest],
        entries=said.entries(opened, opened.lines, _link_to(opened)),
        source=_source(opened),
        files=[file_line(row, file) for file in opened.files],
        may_add=_may_add(row),
        joined=[_joined(opened, each) for each in opened.joined],
        checks=_checks(opened, {action.trigger for action in actions}),
        likes=[like_line(each) for each in likes],
        told=address("told", row) if row.family_words else "",
        wide=True,
    )
    log(row, "recommendation", [*(each.row for each in opened.joined), *(each.row for each in likes)])
    return body


def split(row: Any, actions: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """One main action, the first open one of those it may wait for; the rest stand behind it."""
    named = row.owner_id is not None and row.verifier_id is not None
    found = {action.trigger: action for action in actions}
    waiting = [found[name] for name in FIRST if name in found and not (name == "name" and named)]
    main = next((action for action in waiting if action.open), next(iter(waiting), None))
    return ([main] if main else []), [action for action in actions if action is not main]


def button(row: Any, action: Any, style: str) -> dict[str, Any]:
    return {
        "name": action.trigger,
        "label": action.label,
        "url": action_url(row, action.trigger),
        "method": "get",
        "style": style,
        "reasons": [{"text": reason.text, "target": target(row, reason.target)} for reason in action.reasons],
    }


def link(row: Any, action: Any) -> dict[str, Any]:
    return {
        "label": action.label,
        "url": action_url(row, action.trigger),
        "reasons": [reason.text for reason in action.reasons],
    }


def action_url(row: Any, trigger: str) -> str:
    return address("join", row) if trigger == "join" else address("do", row, action=trigger)


def target(row: Any, name: str | None) -> str | None:
    return address("do", row, action="name") if name in ("owner", "verifier") else None


def _source(opened: Opened) -> dict[str, str]:
    """The review or the activity; a link where this person may open it."""
    row = opened.row
    if row.review is not None:
        url = url_for("reviews.show", public_id=row.review.public_id) if opened.sight.whole else ""
        return {"text": f"Review {row.review.reference}", "url": url, "about": said.finding(opened)}
    if row.activity is not None:
        opens = access.allowed(Permission.RECORD_ACTIVITY)
        url = url_for("activities.show", public_id=row.activity.public_id) if opens else ""
        return {"text": f"Activity {row.activity.reference}", "url": url, "about": said.source(row)}
    return {"text": "", "url": "", "about": ""}


def _link_to(opened: Opened) -> Any:
    """Addresses of the others named in the history, of those that may be opened."""
    others = [each.row for each in opened.joined] + ([opened.into] if opened.into else [])
    known = {each.public_id: address("show", each) for each in others}
    return lambda public_id: known.get(public_id, "")


def _joined(opened: Opened, each: Any) -> dict[str, Any]:
    row = each.row
    part = [action.trigger for action in recommendations.available(access.actor(), row)]
    undo = next((trigger for trigger in part if trigger.startswith("part_")), "")
    return {
        "row": row,
        "url": address("show", row),
        "initials": said.initials(row),
        "source": said.source(row),
        "entries": said.entries(opened, each.lines, _link_to(opened)),
        "undo": address("do", row, action=undo) if undo else "",
    }


def file_line(row: Any, file: Any) -> dict[str, Any]:
    """One file: to download, or the line that it was there."""
    gone = file.removed_at is not None
    mine = file.added_by_id == access.actor().id
    return {
        "name": file.name,
        "url": "" if gone else url_for("files.download", public_id=file.public_id),
        "remove": address("remove_file", row, file_id=file.public_id) if not gone and (mine or _steers(row)) else "",
        "about": f"{said.size(file.size)}, added by {file.added_by.name}, {day(file.added_at)}",
        "removed": f"Removed by {file.removed_by.name}, {day(file.removed_at)}: {file.removed_reason}" if gone else "",
    }


def _steers(row: Any) -> bool:
    return recommendations.may_steer(access.actor(), row)


def _may_add(row: Any) -> bool:
    return files.takes_files(row) and recommendations.may_add_evidence(access.actor(), row)


def _checks(opened: Opened, offered: set[str]) -> list[dict[str, str]]:
    found = checks.of_one(access.actor(), access.office(), opened.row, opened.sight)
    return [
        {"text": check.text, "url": action_url(opened.row, check.step) if check.step in offered else ""}
        for check in found
    ]


def _likes(opened: Opened) -> list[LikeRow]:
    """Those much like it, for whoever may join them."""
    row = opened.row
    if not opened.sight.steers or str(row.state) not in said.OPEN:
        return []
    return checks.much_like(access.actor(), access.office(), row)


def like_line(each: Any) -> dict[str, Any]:
    return {
        "reference": each.row.reference,
        "public_id": each.row.public_id,
        "url": address("show", each.row),
        "initials": said.initials(each.row),
        "action": each.row.action,
        "share": f"{round(each.like.overlap * 100)}%",
    }
