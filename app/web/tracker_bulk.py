"""One action on the rows somebody ticked: what it asks, what would happen to each, and what did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import redirect, render_template, request, url_for
from markupsafe import Markup

from app.queries import reviews
from app.queries import tracker_register as queries
from app.queries.reviews import NotVisible
from app.queries.tracker_filters import PUBLIC_ID, Filters
from app.services import tags, tracker_bulk
from app.services.tracker_bulk import Planned, Ticked
from app.web import access, asked, register_forms, words
from app.web.actions import put_errors
from app.web.recommendations import bp
from app.web.register_lines import due, rag, shortened
from app.web.tracker_register import NONE_CHOSEN, here, tag_words
from app.web.wording import count_noun, day
from forms.base import PlumblineForm
from workflows.engine import GuardFailed


@dataclass(frozen=True)
class Bulk:
    """What one action asks, and how its pages speak of it."""

    form: type[PlumblineForm]
    heading: str
    button: str
    done: str
    style: str = ""


ACTIONS: dict[str, Bulk] = {
    "extend": Bulk(register_forms.ExtendManyForm, "Extend dates", "Extend the date of", "Extended"),
    "give": Bulk(register_forms.GiveManyForm, "Change the owner", "Change the owner of", "Given to the new owner"),
    "tag": Bulk(register_forms.TagManyForm, "Add a tag", "Add the tag to", "Tagged"),
    "set_aside": Bulk(register_forms.SetAsideManyForm, "Set aside", "Set aside", "Set aside", "warning"),
}


@bp.post("/bulk")
@access.signed_in
def bulk() -> Any:
    """Ask, preview, do: three posts of one form, so that it works without a script and nothing waits in a session."""
    action = ACTIONS.get(request.form.get("action", ""))
    if action is None or not tracker_bulk.may_try(access.actor(), access.office()):
        raise NotVisible
    chosen = _ticked()
    if not chosen:
        return redirect(_back(selected=NONE_CHOSEN), 303)
    form = _form(action)
    if request.form.get("step") not in ("preview", "do"):
        return _ask(action, form, chosen, 200)
    planned = _plan(form, chosen) if form.validate() else None
    if planned is None:
        return _ask(action, form, chosen, 422)
    if request.form["step"] == "do":
        return _do(action, chosen, planned)
    return _preview(action, form, chosen, planned)


def _ticked() -> list[Ticked]:
    """The rows as the list had them; what cannot be read, or may not be known of, is not there."""
    versions = {}
    for typed in request.form.getlist("row")[: tracker_bulk.MOST]:
        public_id, _, version = typed.partition(".")
        if PUBLIC_ID.fullmatch(public_id):
            versions[public_id] = asked.number(version, -1)
    found = queries.ticked(access.actor(), access.office(), list(versions))
    return [Ticked(row, versions[row.public_id]) for row in found]


def _form(action: Bulk) -> PlumblineForm:
    people = reviews.people_to_own() if action is ACTIONS["give"] else {}
    form = action.form(meta={"people": people, "names": {}})
    if isinstance(form, register_forms.TagManyForm):
        form.offer(_tags())
    return form


def _tags() -> dict[str, str]:
    """Every tag that the register offers, in its words."""
    return {key: text for words_of in tag_words(tags.ever_published()).values() for key, text in words_of.items()}


def _plan(form: PlumblineForm, chosen: Sequence[Ticked]) -> list[Planned] | None:
    given = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
    try:
        return tracker_bulk.plan(access.actor(), chosen, request.form["action"], given)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return None


def _ask(action: Bulk, form: PlumblineForm, chosen: Sequence[Ticked], code: int) -> Any:
    initials = queries.initials_of([each.row for each in chosen])
    table = [_now(each.row, initials) for each in chosen]
    fields = [field for field in form if field.short_name != "csrf_token"]
    return _page(
        "ask", action, chosen, {}, code,
        form=form, fields=fields, table=table, heading=f"{action.heading}: {_many(len(chosen))}",
    )  # fmt: skip


def _preview(action: Bulk, form: PlumblineForm, chosen: Sequence[Ticked], planned: Sequence[Planned]) -> Any:
    initials = queries.initials_of([each.row for each in chosen])
    names = _tags() if action is ACTIONS["tag"] else {}
    table = [[*_now(each.row, initials), _then(plan, names)] for each, plan in zip(chosen, planned, strict=True)]
    able = sum(not plan.reasons for plan in planned)
    return _page(
        "preview", action, chosen, _typed(form), 200,
        table=table, able=able, unable=len(planned) - able,
        heading=f"{action.heading}: what will happen", button=f"{action.button} {_many(able)}",
    )  # fmt: skip


def _do(action: Bulk, chosen: Sequence[Ticked], planned: Sequence[Planned]) -> Any:
    initials = queries.initials_of([each.row for each in chosen])
    results = tracker_bulk.take(access.actor(), planned, request.form["action"])
    done = [each for each in results if not each.reasons]
    table = [
        [_link(each), initials[each.public_id], " ".join(each.reasons) or action.done, _tag(each)] for each in results
    ]
    return _page(
        "done", action, (), {}, 200,
        table=table, heading=f"{action.heading}: {len(done):,} of {_many(len(results))} done",
    )  # fmt: skip


def _page(step: str, action: Bulk, chosen: Sequence[Ticked], carried: Mapping[str, str], code: int, **more: Any) -> Any:
    body = render_template(
        "recommendations/bulk.html",
        step=step,
        action=request.form["action"],
        style=action.style,
        boxes=[f"{each.row.public_id}.{each.version}" for each in chosen],
        carried=carried,
        view=_view_query(),
        back=_back(),
        crumbs=[{"text": "Recommendations", "href": _back()}],
        wide=True,
        **{"form": None, "able": 0, "unable": 0, "button": "", **more},
    )
    return body, code


def _typed(form: PlumblineForm) -> dict[str, str]:
    """What was typed, as it is sent again with the confirmation."""
    own = {field.short_name for field in form if field.short_name != "csrf_token"}
    return {key: value for key, value in request.form.items() if key.split("-")[0] in own}


def _view_query() -> str:
    return request.form.get("view", "")[:1000]


def _back(**more: str) -> str:
    """The view from which the rows were chosen."""
    return here(Filters.read(dict(parse_qsl(_view_query()))), **more)


def _many(number: int) -> str:
    return count_noun(number, "recommendation")


def _now(row: Any, initials: Mapping[str, str]) -> list[Any]:
    owner = row.owner.name if row.owner else "Nobody yet"
    state = words.RECOMMENDATION[str(row.state)][0]
    return [_link(row), initials[row.public_id], shortened(row.action), owner, due(row), state]


def _link(row: Any) -> dict[str, str]:
    return {"text": row.reference, "url": url_for("recommendations.show", public_id=row.public_id)}


def _then(plan: Planned, tags_by_key: Mapping[str, str]) -> Any:
    """What will be, or why not."""
    if plan.reasons:
        return {"html": _cannot(" ".join(plan.reasons))}
    becomes = plan.becomes
    said = [
        f"Due {day(plan.given['due_on'])}" if "due_on" in becomes else "",
        f"Owner {becomes['owner']}, verified by {becomes['verifier']}" if "owner" in becomes else "",
        f"Tagged “{tags_by_key[becomes['tag']]}”" if "tag" in becomes else "",
    ]
    return ". ".join(each for each in said if each) or "Set aside"


def _cannot(text: str) -> Any:
    return rag("Cannot", "amber") + Markup(" %s") % text


def _tag(planned: Planned) -> dict[str, Any]:
    return {"html": rag("Not done", "amber") if planned.reasons else rag("Done", "green")}
