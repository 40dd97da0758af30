import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { zh } from "../i18n/zh";
import { colourOf, GROUP_COLOURS, groupOf, LEVELS, STATE_GROUPS, STATES } from "./eventStates";
import { progressClass, PROGRESS } from "./eventsMap";

const server = readFileSync(new URL("../../../layers/usecases/events/flow.py", import.meta.url), "utf8");
const named = (name: string): string[] => new RegExp(`^${name} = \\(([^)]*)\\)`, "m").exec(server)![1]!.match(/"[^"]+"/g)!.map((text) => text.slice(1, -1));

describe("states of events", () => {
  it("are those of the server, each with a colour and a word", () => {
    expect([...STATES].sort()).toEqual(named("STATES").sort());
    expect([...LEVELS]).toEqual(named("LEVELS"));
    for (const state of STATES) {
      expect(`event.${state}` in zh, state).toBe(true);
      expect(colourOf(state)).toBe(GROUP_COLOURS[groupOf(state)]);
    }
    for (const group of STATE_GROUPS) expect(`estate.${group}` in zh, group).toBe(true);
  });

  it("have a word for every line of a history", () => {
    const actions = [...server.matchAll(/Step\(\s*"(\w+)"/g)].map((found) => found[1]!);
    expect(actions).toHaveLength(12);
    for (const action of [...actions, ...named("WITHOUT_STATE")]) expect(`estep.${action}` in zh, action).toBe(true);
  });
});

describe("progress of a grid", () => {
  it("is none only at none, and all only at all", () => {
    expect([0, 0.01, 0.34, 0.66, 0.67, 0.99, 1].map(progressClass)).toEqual([0, 1, 2, 2, 3, 3, 4]);
    expect(PROGRESS).toHaveLength(5);
  });
});
