"""The tables of steps of a panel item and of one reading of it (handbook 2, R3 to R5)."""

from __future__ import annotations

from typing import Any

from workflows import guards
from workflows import panel_guards as panel
from workflows.engine import Workflow
from workflows.permissions import Permission
from workflows.states import PanelItemState as I
from workflows.states import ReadingState as R

NOT_DECIDED = [I.READING, I.DISCUSSING, I.ADJOURNED]
UNREAD = [R.INVITED, R.READING]


def _step(trigger: str, source: Any, dest: Any, **rest: Any) -> dict[str, Any]:
    """`dest` None: it stays where it is."""
    return {"trigger": trigger, "source": source, "dest": dest, **rest}


ITEM_STEPS = [
    _step("move", I.READING, None, label="Move to another meeting",
          permission=Permission.LIST_ITEM, needs=[panel.meeting_chosen_and_quorate], notify=["panel"]),
    _step("open", I.READING, I.DISCUSSING, label="Open the discussion",
          permission=Permission.CHAIR_ITEM,
          guards=[panel.meeting_is_on, panel.chair_has_submitted, panel.everyone_has_read, panel.quorate_now]),
    _step("share_comments", I.DISCUSSING, None, label="Share the comments with the reviewer",
          permission=Permission.CHAIR_ITEM, when=[panel.comments_not_shared], notify=["reviewer"]),
    _step("decide", I.DISCUSSING, I.DECIDED, label="Confirm the decision",
          permission=Permission.CHAIR_ITEM, guards=[panel.meeting_is_on, panel.quorate_now]),
    _step("adjourn", [I.READING, I.DISCUSSING], I.ADJOURNED, label="Adjourn",
          permission=Permission.ADJOURN_ITEM, needs=[guards.reason_given], notify=["head_of_qa", "panel"]),
    _step("relist", I.ADJOURNED, I.READING, label="List at a meeting",
          permission=Permission.LIST_ITEM, when=[panel.not_opened],
          needs=[panel.meeting_chosen_and_quorate], notify=["panel"]),
    _step("relist_opened", I.ADJOURNED, I.DISCUSSING, label="List at a meeting",
          permission=Permission.LIST_ITEM, when=[panel.was_opened],
          needs=[panel.meeting_chosen_and_quorate], notify=["panel"]),
    _step("send_back", [I.READING, I.DISCUSSING], I.LEFT, label="Send back to the reviewer",
          permission=Permission.CHAIR_ITEM, needs=[guards.reason_given], notify=["panel"]),
    _step("withdraw", NOT_DECIDED, I.LEFT, label="Take off the agenda",
          permission=Permission.WITHDRAW_ITEM, needs=[guards.reason_given], notify=["panel"]),
]  # fmt: skip

READING_STEPS = [
    _step("exempt", R.INVITED, R.EXEMPT, label="Take out, in conflict",
          permission=Permission.SEAT_READER, when=[panel.is_out]),
    _step("save", UNREAD, R.READING, label="Save the reading",
          permission=Permission.READ_ALONE, guards=[panel.may_still_read]),
    _step("submit", UNREAD, R.SUBMITTED, label="Submit the reading",
          permission=Permission.READ_ALONE, guards=[panel.may_still_read, panel.reading_complete]),
    _step("confirm", UNREAD, R.SUBMITTED, label="Confirm the earlier reading",
          permission=Permission.READ_ALONE, when=[panel.has_an_earlier_reading], guards=[panel.may_still_read]),
    _step("excuse", UNREAD, R.EXCUSED, label="Excuse from reading",
          permission=Permission.EXCUSE_READER, guards=[panel.still_sealed],
          needs=[guards.reason_given], notify=["reader"]),
    _step("leave", UNREAD, R.EXCUSED, label="Excuse with the seat",
          permission=Permission.SET_UP_PANEL, needs=[guards.reason_given], notify=["reader"]),
    _step("sit_again", R.EXCUSED, R.INVITED, label="Invite again with the seat",
          permission=Permission.SEAT_READER, guards=[panel.still_sealed], notify=["reader"]),
    _step("invite_again", R.EXCUSED, R.INVITED, label="Invite again",
          permission=Permission.EXCUSE_READER, guards=[panel.still_sealed], notify=["reader"]),
    _step("declare", [R.INVITED, R.READING, R.SUBMITTED, R.EXCUSED], R.EXEMPT, label="Declare a conflict",
          permission=Permission.LEAVE_ITEM, needs=[guards.reason_given], notify=["head_of_qa"]),
    _step("add", R.SUBMITTED, None, label="Add to the reading",
          permission=Permission.READ_ALONE, when=[panel.sees_the_readings],
          needs=[guards.needs_text("text", "Write what you add.")]),
]  # fmt: skip

ITEM = Workflow("panel_item", I, ITEM_STEPS)
READING = Workflow("panel_reading", R, READING_STEPS)
