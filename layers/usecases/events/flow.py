"""The steps of an event: the one table of what may follow what, and who may do it.

Report → register → dispatch → handle → feedback → verify → evaluate; what nobody here can do is returned or
deferred, what is none of the office's business rejected, the same thing twice merged. A failed verification goes
back to dispatch.
"""

from __future__ import annotations

from dataclasses import dataclass

from layers.rights import Right

STATES = (
    "reported",
    "registered",
    "dispatched",
    "handling",
    "feedback",
    "verified",
    "evaluated",
    "returned",
    "deferred",
    "rejected",
    "merged",
)
CLOSED = frozenset({"verified", "evaluated", "rejected", "merged"})
"""Nothing is due any more; an event that is verified may still be evaluated."""
OPEN = tuple(state for state in STATES if state not in CLOSED)
LEVELS = ("grid", "community", "township", "county")
"""Who handles it, from small to large; it escalates along them."""


@dataclass(frozen=True)
class Step:
    """An action: from which states it leads where."""

    action: str
    begin: tuple[str, ...]
    """Empty for what begins an event."""
    end: str
    right: Right
    note: bool = False
    """Whether a reason must be given."""
    worker: bool = False
    """Whether a worker takes it too, for an event of the level of the grid in the own grid."""


FLOW: tuple[Step, ...] = (
    Step("report", (), "reported", Right.REPORT),
    Step("register", ("reported",), "registered", Right.HANDLE),
    Step(
        "dispatch",
        ("reported", "registered", "dispatched", "handling", "returned", "deferred"),
        "dispatched",
        Right.HANDLE,
    ),
    Step(
        "handle",
        ("reported", "registered", "dispatched", "deferred"),
        "handling",
        Right.HANDLE,
        worker=True,
    ),
    Step("feedback", ("handling", "dispatched"), "feedback", Right.HANDLE, note=True, worker=True),
    Step("verify", ("feedback",), "verified", Right.HANDLE),
    Step("fail", ("feedback",), "dispatched", Right.HANDLE, note=True),
    Step("evaluate", ("verified",), "evaluated", Right.HANDLE),
    Step("return", ("dispatched", "handling"), "returned", Right.HANDLE, note=True, worker=True),
    Step("defer", ("dispatched", "handling"), "deferred", Right.HANDLE, note=True),
    Step("reject", ("reported", "registered", "returned"), "rejected", Right.HANDLE, note=True),
    Step("merge", OPEN, "merged", Right.HANDLE),
)
BY_ACTION = {step.action: step for step in FLOW}
TAKEN_BY_HAND = tuple(step.action for step in FLOW if step.action not in {"report", "merge"})
"""Steps a person takes by name; a report and a merge say more than that."""
WITHOUT_STATE = ("photo", "escalate", "move", "follow", "absorb")
"""Written into the history without changing the state."""
ACTIONS = (*BY_ACTION, *WITHOUT_STATE)
NEXT = {
    "reported": "register",
    "registered": "dispatch",
    "dispatched": "handle",
    "handling": "feedback",
    "feedback": "verify",
    "verified": "evaluate",
    "returned": "dispatch",
    "deferred": "handle",
}
"""State -> the step that is expected next; none where it ends."""


def find_step(state: str, action: str) -> Step | None:
    """Return the step that an action is in a state, None where it leads nowhere from there."""
    step = BY_ACTION.get(action)
    return step if step is not None and state in step.begin else None


def steps_from(state: str) -> tuple[str, ...]:
    """Return the actions a person may take by name in a state."""
    return tuple(action for action in TAKEN_BY_HAND if find_step(state, action) is not None)


def work_from(state: str) -> tuple[str, ...]:
    """Return the actions a worker of the grid may take in a state."""
    return tuple(step.action for step in FLOW if step.worker and state in step.begin)


def level_above(level: str) -> str | None:
    """Return the next larger level, None above the county."""
    place = LEVELS.index(level) + 1
    return LEVELS[place] if place < len(LEVELS) else None
