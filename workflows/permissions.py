"""The names of what a person may do. Who may do it is decided in `app.policy`."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One name for each row of the handbook's tables of actions, and for the pages around them."""

    # a review (handbook 2)
    PLAN_REVIEW = "plan_review"
    DECLARE_CONFLICT = "declare_conflict"
    START_REVIEW = "start_review"
    REASSIGN_REVIEW = "reassign_review"
    EDIT_DRAFT = "edit_draft"
    SHARE_DRAFT = "share_draft"
    RESPOND = "respond"
    TAKE_BACK = "take_back"
    ANSWER_RESPONSE = "answer_response"
    SUBMIT_REVIEW = "submit_review"
    FIRST_MODERATE = "first_moderate"
    CHAIR_DECISION = "chair_decision"
    ISSUE_REVIEW = "issue_review"
    CLOSE_REVIEW = "close_review"
    WITHDRAW_REVIEW = "withdraw_review"
    # the panel (R3 to R5)
    SET_UP_PANEL = "set_up_panel"
    RUN_MEETING = "run_meeting"
    LIST_ITEM = "list_item"
    CHAIR_ITEM = "chair_item"
    ADJOURN_ITEM = "adjourn_item"
    WITHDRAW_ITEM = "withdraw_item"
    READ_ALONE = "read_alone"
    EXCUSE_READER = "excuse_reader"
    SEAT_READER = "seat_reader"
    LEAVE_ITEM = "leave_item"
    # a recommendation (R9)
    AGREE_RECOMMENDATION = "agree_recommendation"
    OWN_RECOMMENDATION = "own_recommendation"
    VERIFY_RECOMMENDATION = "verify_recommendation"
    STEER_RECOMMENDATION = "steer_recommendation"
    DIRECT_RECOMMENDATION = "direct_recommendation"
    REACH_PARTNER = "reach_partner"
    TELL_FAMILY = "tell_family"
    ADD_EVIDENCE = "add_evidence"
    # the tracker: activities, plans, the monthly meeting (handbook 6)
    RECORD_ACTIVITY = "record_activity"
    KEEP_PLANS = "keep_plans"
    SEE_PLANS = "see_plans"
    RUN_TRACKER = "run_tracker"
    SEE_SUPERVISION = "see_supervision"
    # an immediate concern (R6)
    RAISE_CONCERN = "raise_concern"
    HANDLE_CONCERN = "handle_concern"
    ACT_ON_CONCERN = "act_on_concern"
    # around them
    ADMINISTER_PEOPLE = "administer_people"
    ADMINISTER_FORMS = "administer_forms"
    CHANGE_SETTINGS = "change_settings"
    SEE_PROGRAMME = "see_programme"
