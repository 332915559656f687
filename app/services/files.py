"""Files that people add: evidence of a recommendation, documents of an activity.

    public_id = files.add(actor, files.RECOMMENDATION, row.id, content, filename)
    public_id = files.add(actor, files.ACTIVITY, activity.id, content, filename)
    files.remove(actor, public_id, reason)

Both raise GuardFailed with one plain sentence for the field `file` or `reason` (show it with `actions.put_errors`),
NotPermitted, or NotFound where the person may not even know of the subject. `content` is the bytes, read by the view
before the call; looking into them and hashing them happens before the transaction begins.

What is kept of which file is read in `app.queries.files`: `of_recommendation`, `of_activity`, and `open_` for a
download, which starts from the same door as the recommendation or the activity. `app.web.files` downloads: the
address is `url_for("files.download", public_id=…)`. A form that sends a file needs
`enctype="multipart/form-data"` and `<input type="file" name="file" accept="{{ accept }}">` (`files.ACCEPT`).

What a file may be is in `file_kinds`. A removed file keeps its line and loses its bytes.
"""

from __future__ import annotations

import hashlib
from typing import NoReturn

from sqlalchemy import ColumnElement, select

from app.extensions import session
from app.models.activities import Activity
from app.models.files import StoredFile
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.reviews import Review
from app.policy.actor import Actor
from app.policy.rules import may
from app.policy.visibility import visible_activities, visible_recommendations
from app.services import gate, settings
from app.services.file_kinds import ACCEPT, ALLOWED, Examined, examine
from app.services.unit_of_work import NotFound, Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason
from workflows.permissions import Permission
from workflows.recommendation import OPEN
from workflows.states import RecommendationState

RECOMMENDATION, ACTIVITY = "recommendation", "activity"
MOST = 50
TAKES_FILES = (*OPEN, RecommendationState.IN_PLAN)

__all__ = [
    "ACCEPT",
    "ACTIVITY",
    "ALLOWED",
    "MOST",
    "RECOMMENDATION",
    "add",
    "largest",
    "note_download",
    "remove",
    "takes_files",
]

Subject = Recommendation | Activity


def add(actor: Actor, subject_kind: str, subject_id: int, content: bytes, filename: str) -> str:
    """Keep one file with a recommendation or an activity; its public id."""
    found = examine(content, filename, settings.load().file_megabytes)
    sha256 = hashlib.sha256(content).hexdigest()
    with unit_of_work(actor) as work:
        subject = _lock(work, subject_kind, subject_id)
        _require(actor, subject)
        _room_for(subject, sha256)
        row = work.add(_made(work, subject, found, content, sha256))
        work.record("stored_file.add", row, digest=sha256)
        _line(work, row, "file_added")
        return row.public_id


def remove(actor: Actor, public_id: str, reason: str) -> None:
    """Take the bytes away and keep the line that they were there: who added them, who took them away and why."""
    reason = words(reason, "reason", 2_000)
    with unit_of_work(actor) as work:
        row = session.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).one_or_none()
        if row is None:
            raise NotFound("file")
        subject = _lock(work, *_subject_of(row))
        row = work.lock(StoredFile, row.id)
        if row.added_by_id != actor.id or not _may_add(actor, subject):
            gate.require(actor, _steering(subject), subject)
        if row.removed_at is not None:
            _refuse("The file has been removed already.", "")
        if not reason:
            _refuse("Say why it is removed.", "reason")
        row.content, row.removed_reason = None, reason
        row.removed_at, row.removed_by_id = work.at, actor.id
        work.record("stored_file.remove", row)
        _line(work, row, "file_removed", reason)


def largest() -> int:
    """How many megabytes a file may have, as the authority set it."""
    return settings.load().file_megabytes


def takes_files(recommendation: Recommendation) -> bool:
    """Whether evidence may be added: to what is open or goes on in a plan."""
    return recommendation.state in TAKES_FILES


def _lock(work: Work, subject_kind: str, subject_id: int) -> Subject:
    """The subject, its review first as every action on it does; not found where this person may not know of it."""
    if subject_kind == ACTIVITY:
        _known(Activity.id == subject_id, visible_activities(work.actor, gate.office()), Activity)
        return work.lock(Activity, subject_id)
    _known(Recommendation.id == subject_id, visible_recommendations(work.actor, gate.office()), Recommendation)
    review_id = session.scalar(select(Recommendation.review_id).where(Recommendation.id == subject_id))
    if review_id is not None:
        work.lock(Review, review_id)
    return work.lock(Recommendation, subject_id)


def _known(this: ColumnElement[bool], visible: ColumnElement[bool], kind: type[Subject]) -> None:
    if session.scalar(select(kind.id).where(this, visible)) is None:
        raise NotFound(kind.__name__)


def _require(actor: Actor, subject: Subject) -> None:
    if isinstance(subject, Activity):
        return gate.require(actor, Permission.RECORD_ACTIVITY, subject)
    gate.require(actor, Permission.ADD_EVIDENCE, subject)
    if not takes_files(subject):
        _refuse("Nothing can be added to it any more: it has been settled. The Head of QA can reopen it.", "file")
    return None


def _may_add(actor: Actor, subject: Subject) -> bool:
    needed = Permission.RECORD_ACTIVITY if isinstance(subject, Activity) else Permission.ADD_EVIDENCE
    return may(actor, needed, subject, gate.office())


def _steering(subject: Subject) -> Permission:
    return Permission.RECORD_ACTIVITY if isinstance(subject, Activity) else Permission.STEER_RECOMMENDATION


def _subject_of(row: StoredFile) -> tuple[str, int]:
    if row.activity_id is not None:
        return ACTIVITY, row.activity_id
    return RECOMMENDATION, row.recommendation_id or 0


def _room_for(subject: Subject, sha256: str) -> None:
    held = session.execute(select(StoredFile.sha256).where(_of(subject), StoredFile.removed_at.is_(None))).scalars()
    there = list(held)
    if sha256 in there:
        _refuse("This very file is here already.", "file")
    if len(there) >= MOST:
        _refuse(f"No more than {MOST} files can be kept here. Remove one first, or send several as one PDF.", "file")


def _of(subject: Subject) -> ColumnElement[bool]:
    if isinstance(subject, Activity):
        return StoredFile.activity_id == subject.id
    return StoredFile.recommendation_id == subject.id


def _made(work: Work, subject: Subject, found: Examined, content: bytes, sha256: str) -> StoredFile:
    return StoredFile(
        recommendation_id=subject.id if isinstance(subject, Recommendation) else None,
        activity_id=subject.id if isinstance(subject, Activity) else None,
        name=found.name,
        media_type=found.media_type,
        size=len(content),
        sha256=sha256,
        content=content,
        added_at=work.at,
        added_by_id=work.person_id,
    )


def _line(work: Work, row: StoredFile, action: str, text: str = "") -> None:
    """The recommendation's history says so; the name of the file is read from the file."""
    if row.recommendation_id is not None:
        session.add(
            RecommendationEntry(
                recommendation_id=row.recommendation_id,
                action=action,
                text=text,
                details={"file": row.public_id},
                at=work.at,
                person_id=work.person_id,
            )
        )


def _refuse(sentence: str, field: str) -> NoReturn:
    raise GuardFailed(Reason(sentence, field or None))


def note_download(actor: Actor, file_id: int) -> None:
    """The log of views is of children's records; who took a file of no child stands in the log of changes."""
    with unit_of_work(actor) as work:
        work.record("stored_file.download", work.lock(StoredFile, file_id))
