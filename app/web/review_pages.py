"""What every page about one review shares: finding it, the strip, the tabs, the log of views."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask import render_template, request, url_for

from app import clock
from app.policy.visibility import Aspect
from app.queries import documents, my_work, reviews
from app.queries.panel import OF_THE_PANEL
from app.queries.panel_documents import knows
from app.queries.reviews import NotVisible, Seen
from app.services import records, steps
from app.web import access, words


def find(public_id: str, *wanted: Aspect) -> Seen:
    """The review of this address, if this person may see it, and every aspect the page shows. Else 404."""
    seen = reviews.get(access.actor(), access.office(), public_id)
    if any(aspect not in seen.sight for aspect in wanted):
        raise NotVisible
    return seen


def page(template: str, seen: Seen, what: str, code: int = 200, *, tells_of: Iterable[Any] = (), **context: Any) -> Any:
    """A page about one review: drawn, its view logged, then sent; one that cannot be logged is not sent. `tells_of`:
    recommendations from elsewhere that it quotes."""
    context.setdefault("wide", True)
    body = render_template(
        template, seen=seen, review=seen.review, strip=strip(seen), tabs=tabs(seen), crumbs=crumbs(seen), **context
    )
    records.log_views(access.actor(), [seen.review, *tells_of], "page", what)
    return body, code


def caption(seen: Seen) -> str:
    """`Review 2026-014 · A.K. · Child in need`."""
    status = words.CHILD_STATUS[seen.review.child_status]
    return f"Review {seen.review.reference} · {seen.review.child.initials} · {status}"


def crumbs(seen: Seen) -> list[dict[str, str]]:
    if request.blueprint in ("panel_item", "panel_reading") and seen.sight.ties & OF_THE_PANEL:
        return _crumbs_of_panel(seen)
    own = {"text": seen.review.reference, "href": url_for("reviews.show", public_id=seen.review.public_id)}
    here = request.endpoint == "reviews.show"
    return [{"text": "Reviews", "href": url_for("reviews.register")}, *([] if here else [own])]


def _crumbs_of_panel(seen: Seen) -> list[dict[str, str]]:
    """From the panel's pages one goes back to the meeting, where one may know of it: who acts as Head of QA on an
    item alone has no seat there."""
    found = [{"text": "Panel", "href": url_for("panel.index")}]
    meeting = seen.item.meeting if seen.item is not None else None
    if meeting is not None and knows(access.actor(), access.office(), meeting):
        when = _day(meeting.starts_at.astimezone(clock.LONDON))
        found.append({"text": f"Panel of {when}", "href": url_for("panel.meeting", public_id=meeting.public_id)})
    return found


def strip(seen: Seen) -> dict[str, Any]:
    """The header strip that never changes place (pages.md)."""
    review = seen.review
    state = str(review.state)
    due = reviews.due_of(review)
    in_stages = words.STATE[state] in words.STAGES
    return {
        "reference": review.reference,
        "initials": review.child.initials,
        "url": url_for("reviews.show", public_id=review.public_id),
        "status": words.CHILD_STATUS[review.child_status],
        "status_tag": None if in_stages else {"text": words.STATE[state], "tone": words.TONE[state]},
        "stages": _stages(review),
        "present": words.STATE[state] if in_stages else "",
        "finished": state == "closed",
        "holder": reviews.holder_of(review, access.office()),
        "deadline": _day(due),
        "late": words.overdue(my_work.days_late(due)),
    }


def _stages(review: Any) -> tuple[str, ...]:
    """The five stages; four once a review was agreed without the panel."""
    without = str(review.decided_how) == "without_panel"
    return tuple(stage for stage in words.STAGES if not (without and stage == "Panel"))


def _day(value: Any) -> str:
    return f"{value.day} {value:%B %Y}" if value else ""


def tabs(seen: Seen) -> list[dict[str, Any]]:
    """The pages of one review; one that the viewer may not open is absent."""
    sight = seen.sight
    found = [("Review", "reviews.show", True)]
    answers = {Aspect.ALL_ANSWERS, Aspect.OWN_ANSWER} & sight.aspects
    written = seen.review.submitted_at is not None or bool(answers and seen.review.revisions)  # the texts are long
    found.append(("Discussion", "discussion.show", bool(answers) and written))
    found.append(("Moderation", "moderation.show", Aspect.FIRST_MODERATION in sight and bool(seen.review.submitted_at)))
    found.append(("Panel", "panel_item.show", seen.item is not None and bool(sight.ties & OF_THE_PANEL)))
    found.append(
        ("Recommendations", "reviews.recommendations", Aspect.RECOMMENDATIONS in sight and bool(seen.review.decided_at))
    )
    found.append(("History", "reviews.history", Aspect.HISTORY in sight))
    any_record = documents.may_have_any(access.actor(), seen.review, access.office(), sight)
    found.append(("Documents", "documents.index", any_record))
    return [
        {"text": text, "href": _tab_url(seen, endpoint), "current": request.endpoint == endpoint}
        for text, endpoint, shown in found
        if shown
    ]


def _tab_url(seen: Seen, endpoint: str) -> str:
    """The panel's page is about its item; the others are about the review."""
    about = seen.item if endpoint == "panel_item.show" and seen.item is not None else seen.review
    return url_for(endpoint, public_id=about.public_id)


FEW = 4


def actions(seen: Seen) -> list[dict[str, Any]]:
    """What this person can do to the review now, as buttons; a shut one carries its reasons (handbook 2)."""
    found = steps.available(access.actor(), seen.review)
    offered = {action.trigger for action in found}
    return [_button(seen, action, offered) for action in found if action.trigger != "respond"]


def in_brief(action: dict[str, Any], where: str, few: int = FEW) -> dict[str, Any]:
    """The same button beside a page that lists all there is to do: a long list is counted and linked."""
    reasons = action["reasons"]
    if len(reasons) <= few:
        return action
    return {**action, "reasons": [{"text": f"{len(reasons)} things are still to do", "target": where}]}


MAIN = (
    "start",
    "share",
    "submit",
    "refer_to_panel",
    "agree_without_panel",
    "issue",
    "record_upload",
    "record_supervision",
    "close",
)
GENTLE = ("return", "take_back", "reassign", "correct", "reopen", "reopen_moderation", "amend")


def _button(seen: Seen, action: Any, offered: Collection[str]) -> dict[str, Any]:
    return {
        "name": action.trigger,
        "label": action.label,
        "url": _action_url(seen, action.trigger),
        "method": "get",
        "style": "primary" if action.trigger in MAIN else "warning" if action.trigger == "withdraw" else "secondary",
        "reasons": [{"text": r.text, "target": target_url(seen, r.target, offered)} for r in action.reasons],
    }


def _action_url(seen: Seen, trigger: str) -> str:
    """The decision is taken where it was written, at the panel's page; the rest have a page each."""
    if trigger == "decide" and seen.item is not None:
        return url_for("panel_item.show", public_id=seen.item.public_id)
    return url_for("actions.do", public_id=seen.review.public_id, action=trigger)


def target_url(seen: Seen, target: str | None, offered: Collection[str] = ()) -> str | None:
    """Where a reason can be put right: a part's field, a field of another page, an action's page where this person
    has it at this stage (`offered`)."""
    if not target:
        return None
    public_id = seen.review.public_id
    if "#" in target:
        part, field = target.split("#", 1)
        return url_for("drafting.part", public_id=public_id, part=part) + f"#{field}"
    if target in FIXED_BY_ACTION:
        return url_for("actions.do", public_id=public_id, action=target) if target in offered else None
    page = next((endpoint for start, endpoint in FIXED_ON.items() if target.startswith(start)), None)
    return url_for(page, public_id=public_id) + f"#{target}" if page else None


FIXED_BY_ACTION = ("issue", "record_upload", "record_supervision", "amend")
FIXED_ON = {
    "check-": "moderation.show",
    "once-": "moderation.show",
    "view-": "moderation.show",
    "reply-": "discussion.show",
    "attempts": "discussion.show",
    "discussion": "discussion.show",
    "recommendations": "reviews.recommendations",
}
