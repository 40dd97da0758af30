/** States of an event by what they mean to whoever looks at the map, and their colours. */
export const STATE_GROUPS = ["fresh", "working", "waiting", "checking", "ended"] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

const GROUP: Record<string, StateGroup> = {
  reported: "fresh", registered: "fresh",
  dispatched: "working", handling: "working", returned: "working",
  deferred: "waiting",
  feedback: "checking",
  verified: "ended", evaluated: "ended", rejected: "ended", merged: "ended",
};

export const STATES = Object.keys(GROUP);
export const LEVELS = ["grid", "community", "township", "county"] as const;

/** Told apart by the deuteranopic eye, too; what is overdue has a ring besides. */
export const GROUP_COLOURS: Record<StateGroup, string> = {
  fresh: "#3182bd", working: "#e6850e", waiting: "#7a5ba6", checking: "#1f8a7d", ended: "#98a3ad",
};

export function groupOf(state: string): StateGroup {
  return GROUP[state] ?? "fresh";
}

export function colourOf(state: string): string {
  return GROUP_COLOURS[groupOf(state)];
}
