"""One review at the meeting: who has read, then all readings side by side, and the decision written live (R3 to R5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for

from app import clock
from app.policy.rules import NOT_YOURS, may
from app.policy.visibility import Aspect, Tie
from app.queries import panel
from app.queries.panel import SeenItem
from app.services import panel_decision, panel_steps, review_facts, steps
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, panel_checking, panel_deciding, panel_rows, panel_words, review_pages, words
from app.web.frame import put_at_fields
from app.web.panel_deciding import Writing
from app.web.panel_rows import Row
from app.web.reading import shown_parts
from app.web.responses import said_of, shown_responses
from app.web.wording import clock_time
from forms import moderation as forms
from workflows.engine import GuardFailed, NotPermitted, Reason, Refused
from workflows.permissions import Permission

bp = Blueprint("panel_item", __name__, url_prefix="/panel/items/<public_id>")
ON_THE_PAGE = ("decide",)  # taken with the form below, not from a page of its own


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def show(public_id: str) -> Any:
    """Before opening: who has submitted, for who may know. After it: the grid with one row opened, and beside it the
    row's place in the agreed form, for the chair."""
    if request.method == "POST" and "confirm" in request.form:
        return _confirm(public_id)
    found = _again(public_id)
    if request.method == "GET":
        return _page(found)
    if not may(access.actor(), Permission.CHAIR_ITEM, found.item, access.office()):
        raise NotPermitted(Reason(NOT_YOURS))  # before anything is compared with what is saved: the answer would tell
    return _save(found, panel_deciding.writing(found, request.form.get("part", ""), request.form), public_id)


def _save(found: SeenItem, writing: Writing, public_id: str) -> Any:
    """Keep the opened row; then to the row that was asked for."""
    answers, to_do = writing.answers(), list(writing.wrong)
    try:
        if "go" not in request.form or to_do or writing.changed():
            expected = asked.version()
            kept = panel_decision.save(access.actor(), found.item.id, answers, expected_version=expected)
            writing.version = kept.version  # from now on the page is one on top of what was just saved
            if errors.wants_json():
                return jsonify(version=kept.version, saved_at=clock_time(kept.at))
    except Stale as stale:
        if not hasattr(stale.saved, "answers"):  # the review itself, and not what was written
            raise
        return _stale(found, writing, stale)
    except GuardFailed as refused:
        if errors.wants_json():
            raise
        for _about, form in writing.pieces:
            put_at_fields(form, refused.reasons)
        return _page(found, writing, _to_do(found, refused, writing.key), 422)
    if to_do:
        return _page(_again(public_id), writing, to_do, 422)
    return _on_to(writing, public_id)


def _on_to(writing: Writing, here: str) -> Any:
    """The row that a button named, its new line, or the same row."""
    if pressed := writing.press():
        return redirect(url_for("panel_item.show", public_id=here, part=writing.key, _anchor=pressed), 303)
    if key := request.form.get("go"):
        return redirect(url_for("panel_item.show", public_id=here, part=key, _anchor="opened"), 303)
    flash("The agreed form is saved. The decision is not confirmed yet.", "success")
    return redirect(url_for("panel_item.show", public_id=here, part=writing.key), 303)


def _confirm(public_id: str) -> Any:
    """Decide as it was saved; what is still to do leads to its row.

    The rules are asked once, of the locked rows. One who is refused is told so only where the page is theirs to see.
    """
    version, form = asked.version("review_version"), asked.version()
    review_id = panel.review_behind(access.actor(), public_id) or _again(public_id).item.review_id
    try:
        panel_decision.decide(access.actor(), review_id, version, expected_form=form)
    except GuardFailed as refused:
        found = _again(public_id)
        last = panel_deciding.writing(found, panel_rows.CHECK)
        return _page(found, last, _to_do(found, refused, last.key), 422)
    except (Refused, Stale):
        _again(public_id)
        raise
    flash(
        "The decision is confirmed. The worker and the line manager are told that it is decided, not what.", "success"
    )
    return redirect(url_for("panel_item.show", public_id=public_id), 303)


def _to_do(found: SeenItem, refused: GuardFailed, opened: str) -> list[dict[str, str]]:
    """Every reason, with its field, in whichever row; one that no field puts right leads to the top of the page."""
    return [
        {"text": reason.text, "href": panel_checking.link(found, reason.target, opened)} for reason in refused.reasons
    ]


def _again(public_id: str) -> SeenItem:
    return panel.find_item(access.actor(), access.office(), public_id)


def _page(found: SeenItem, posted: Writing | None = None, wrong: Any = (), code: int = 200) -> Any:
    item, seen = found.item, found.seen
    opened = panel.opened(found)
    place = panel.place_on_agenda(access.actor(), access.office(), found)
    return review_pages.page(
        "panel/item.html",
        seen,
        "panel item",
        code,
        caption=review_pages.caption(seen),
        item=item,
        state_words=panel_words.item_tag(item),
        adjourned=panel.last_adjourned(found),
        place=place,
        timing=_timing(found, place[1]),
        chairs=panel.who_chairs(found),
        readers=_readers(found) if opened is None else [],
        actions=_actions(found),
        **(_opened(found, opened, posted) if opened else {"grid": None, "writing": None}),
        decided=_decided(found),
        moved=panel_deciding.moved(found) if Aspect.FINAL in seen.sight else [],
        may_dissent=panel_decision.may_record_own(access.actor(), item),
        own=_own(found),
        wrong=list(wrong),
        words_of=words,
        panel_words=panel_words,
    )


def _opened(found: SeenItem, opened: panel.Opened, posted: Writing | None) -> dict[str, Any]:
    """The grid and the one row that is opened; what was posted, where it was not saved as it stands."""
    writes = _chairs(found) and str(found.item.state) == "discussing" and _is_on(found.item.meeting)
    rows = panel_rows.rows(opened, writes=writes)
    row = panel_rows.chosen(rows, posted.key if posted else request.args.get("part", ""))
    writing = (posted or panel_deciding.writing(found, row.key)) if writes else None
    return {
        "grid": _grid(found, opened, writing),
        "all_rows": rows,
        "row": row,
        "next": panel_rows.after(rows, row),
        "about": _about(found, opened, row),
        "additions": opened.additions,
        "writing": writing,
        "check": panel_checking.check(found, writing.saved) if writing and row.key == panel_rows.CHECK else None,
    }


def _is_on(meeting: Any) -> bool:
    """Whether the meeting has begun and not ended: only then is a decision written."""
    return meeting is not None and meeting.started_at is not None and meeting.ended_at is None


def _chairs(found: SeenItem) -> bool:
    return Tie.PANEL_CHAIR in found.seen.sight.ties


def _own(found: SeenItem) -> str:
    """The address of one's own reading."""
    mine = next((row for row in found.item.readings if row.person_id == access.actor().id), None)
    if mine is None or Aspect.OWN_READING not in found.seen.sight or Tie.PANEL_MEMBER not in found.seen.sight.ties:
        return ""
    return url_for("panel_reading.show", public_id=mine.public_id)


def _readers(found: SeenItem) -> list[dict[str, Any]]:
    """Who has submitted, never what: for the Head of QA and who chairs (R11)."""
    if Aspect.WHO_SUBMITTED not in found.seen.sight:
        return []
    me, here = access.actor(), access.office()
    mine = {row.public_id for row in found.item.readings if may(me, Permission.EXCUSE_READER, row, here)}
    return [
        {
            "name": row.name,
            "part": panel_words.PART[row.part] + (f" for {row.substitutes}" if row.substitutes else ""),
            "tag": panel_words.READING[row.state],
            "present": row.present,
            "excuse": url_for("panel_reading.act", public_id=row.public_id, action="excuse")
            if row.state in ("invited", "reading") and row.public_id in mine
            else "",
            "again": url_for("panel_reading.act", public_id=row.public_id, action="invite_again")
            if row.state == "excused" and found.item.opened_at is None and row.public_id in mine
            else "",
        }
        for row in panel.readers(found)
    ]


def _actions(found: SeenItem) -> list[dict[str, Any]]:
    """What this person may do to the item now; a shut one says why."""
    offered = panel_steps.available(access.actor(), found.item)
    actions = [
        {
            "name": each.trigger,
            "label": each.label,
            "url": url_for("panel_item.act", public_id=found.item.public_id, action=each.trigger),
            "method": "get",
            "style": "primary" if each.trigger in ("open", "relist", "relist_opened") else "secondary",
            "reasons": [{"text": reason.text, "target": None} for reason in each.reasons],
        }
        for each in offered
        if each.trigger not in (*ON_THE_PAGE, "send_back", "withdraw")
    ]
    offered_on_review = steps.available(access.actor(), found.item.review) if _chairs(found) else []
    back = [each for each in offered_on_review if each.trigger == "send_back"]
    return actions + [
        {
            "name": each.trigger,
            "label": each.label,
            "url": url_for("actions.do", public_id=found.item.review.public_id, action=each.trigger),
            "method": "get",
            "style": "secondary",
            "reasons": [],
        }
        for each in back
    ]


def _timing(found: SeenItem, number: int) -> dict[str, Any] | None:
    """How long this item and the meeting have run, of how long; the page's script counts on from there."""
    item, meeting = found.item, found.item.meeting
    if item.opened_at is None or meeting is None or meeting.started_at is None or str(item.state) != "discussing":
        return None
    each = max(1, meeting.minutes // max(1, number))
    since = panel.taken_up(item, item.opened_at, meeting.started_at)
    return {
        "item_minutes": int((clock.now() - since).total_seconds() // 60),
        "item_of": each,
        "left": meeting.minutes - int((clock.now() - meeting.started_at).total_seconds() // 60),
        "of": meeting.minutes,
        "opened_at": since.isoformat(),
        "started_at": meeting.started_at.isoformat(),
    }


def _grid(found: SeenItem, opened: panel.Opened, writing: Writing | None) -> dict[str, Any]:
    """The table of members by sections, disagreement first; grades shortened, with a key below."""
    short, finals = panel_words.SHORT, _finals(found, writing)
    names = [(each.reader, each.counted) for each in (opened.rows[0].given if opened.rows else [])]
    return {
        "names": names,
        "final": "Final" if found.item.decided_at else "Final so far",
        "finals": bool(finals),
        "key": [(short[point.value], point.label) for point in found.form.scale.points],
        "rows": [
            {
                "title": row.title,
                "part": row.part,
                "reviewer": short.get(row.reviewer or 0, "–"),
                "head": short.get(row.head or 0, "–"),
                "given": [(short.get(each.grade or 0, "–"), each.person_id in row.apart_ids) for each in row.given],
                "final": short.get(finals.get(row.section, 0), "–"),
                "spread": panel_words.STEPS[row.spread],
                "steps": row.spread,
            }
            for row in opened.rows
        ],
    }


def _finals(found: SeenItem, writing: Writing | None) -> dict[str, int]:
    """The final grades by section, for who may see them; as far as they are written, for who writes them."""
    if writing is not None:
        return forms.grades(found.review_form, found.form, writing.saved["form"])
    if Aspect.FINAL not in found.seen.sight or found.item.decided_at is None:
        return {}
    return {part: row.grade for part, row in review_facts.final_grades(found.item.review).items()}


def _about(found: SeenItem, opened: panel.Opened, row: Row) -> dict[str, Any]:
    """What was said of the opened row: by each reader, and of a section by its writer and those who answered."""
    graded = next((each for each in opened.rows if each.part == row.key), None)
    if graded is not None:
        said = [each for each in graded.given if each.comment or each.agree]
        return {"graded": graded, "comments": said, "text": _text(found, graded.section)}
    others = next((given for key, _title, given in opened.others if key == row.key), [])
    return {"graded": None, "comments": others, "text": None}


def _text(found: SeenItem, section: str) -> dict[str, Any] | None:
    """The submitted text of a section, with what was answered to it."""
    parts: Sequence[dict[str, Any]] = shown_parts(found.seen, found.item.revision.content["parts"], {section})
    return next(({**part, "said": said_of(shown_responses(found.seen), part["key"])} for part in parts), None)


def _decided(found: SeenItem) -> dict[str, Any] | None:
    """How it was decided, for who may see the final grades."""
    item = found.item
    if item.decided_at is None or item.decision is None or Aspect.FINAL not in found.seen.sight:
        return None
    return {
        "how": panel_words.REACHED[str(item.reached)],
        "reason": item.decision.reason,
        "acting": item.decision.acting,
        "at": item.decided_at,
        "dissents": [(row.person.name, row.text) for row in item.dissents],
        "themes": (item.agreed.answers.get("themes") or []) if item.agreed else [],
    }


def _stale(found: SeenItem, writing: Writing, stale: Stale) -> Any:
    """Both windows' words side by side."""
    theirs = panel_deciding.writing(found, writing.key, saved=stale.saved.answers).texts()
    fields = [
        errors.StaleField(name=name, label=label, yours=text, saved=theirs.get(name, ("", ""))[1])
        for name, (label, text) in writing.texts().items()
    ]
    address = url_for("panel_item.show", public_id=found.item.public_id, part=writing.key)
    return errors.stale_page(
        fields,
        version=stale.saved.version,
        action=address,
        saved_by=stale.saved.saved_by.name,
        saved_at=stale.saved.saved_at,
        back_url=address,
        without=("go",),  # keeping one's words is not yet going on
    )
