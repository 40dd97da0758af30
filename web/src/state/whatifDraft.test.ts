import { describe, expect, it } from "vitest";
import {
  NOTHING, addGate, addPath, flipStation, isNothing, moveStation, putStation, removeChange, resizeStation, stationsThen, type BaseStation, type Draft,
} from "./whatifDraft";

const BASE: BaseStation[] = [
  { code: "A", name: "甲", status: "open", at: [117, 28], capacity: 600 },
  { code: "B", name: "乙", status: "planned", at: [117.1, 28], capacity: null },
  { code: "C", name: "丙", status: "closed", at: [117.2, 28], capacity: null },
];
const marks = (draft: Draft): string => stationsThen(BASE, draft.changes).map(({ code, mark }) => `${code} ${mark}`).join(", ");
const flip = (draft: Draft, code: string): Draft => flipStation(draft, stationsThen(BASE, draft.changes).find((station) => station.code === code)!);

describe("stations as they would be", () => {
  it("are those that are open or planned, and the new ones by the server's numbers", () => {
    expect(marks(NOTHING)).toBe("A same, B planned");
    const two = putStation(putStation(NOTHING, [117.3, 28], null), [117.4, 28], 900);
    expect(marks(two)).toBe("A same, B planned, new:1 new, new:2 new");
    expect(stationsThen(BASE, two.changes)[3]).toMatchObject({ at: [117.4, 28], capacity: 900 });
  });

  it("are moved once, however often the hand moves them", () => {
    const twice = moveStation(moveStation(NOTHING, "A", [117.5, 28]), "A", [117.6, 28.1]);
    expect(twice.changes).toEqual([{ op: "move", station: "A", lon: 117.6, lat: 28.1 }]);
    expect(stationsThen(BASE, twice.changes)[0]).toMatchObject({ at: [117.6, 28.1], from: [117, 28], mark: "moved" });
  });

  it("keep a new station one change when it is moved or gets a capacity", () => {
    const put = putStation(putStation(NOTHING, [1, 1], null), [2, 2], null);
    const changed = resizeStation(moveStation(put, "new:2", [3, 3]), "new:2", 400);
    expect(changed.changes).toEqual([
      { op: "put", lon: 1, lat: 1, capacity: null },
      { op: "put", lon: 3, lat: 3, capacity: 400 },
    ]);
  });

  it("are closed with whatever was done to them, and taken back by the same tool", () => {
    const moved = resizeStation(moveStation(NOTHING, "A", [117.5, 28]), "A", 10);
    const closed = flip(moved, "A");
    expect(closed.changes).toEqual([{ op: "close", station: "A" }]);
    expect(flip(closed, "A").changes).toEqual([]);
    const opened = flip(NOTHING, "B");
    expect(opened.changes).toEqual([{ op: "open", station: "B" }]);
    expect(marks(opened)).toBe("A same, B opened");
    expect(flip(opened, "B").changes).toEqual([]);
    const put = putStation(putStation(NOTHING, [1, 1], null), [2, 2], null);
    expect(flip(put, "new:1").changes).toEqual([{ op: "put", lon: 2, lat: 2, capacity: null }]);
  });

  it("have another capacity, or none", () => {
    expect(stationsThen(BASE, resizeStation(NOTHING, "A", 900).changes)[0]).toMatchObject({ capacity: 900, resized: true });
    expect(stationsThen(BASE, resizeStation(NOTHING, "A", null).changes)[0]).toMatchObject({ capacity: null, resized: true });
  });
});

describe("a list of changes", () => {
  it("loses one at a time, and what stood on an opened station with it", () => {
    let draft = addGate(addPath(NOTHING, [[1, 1], [2.123456789, 2]]), [3, 3]);
    expect(draft.changes[0]).toEqual({ op: "path", line: [[1, 1], [2.1234568, 2]] });
    expect(removeChange(draft, 0).changes).toEqual([{ op: "gate", lon: 3, lat: 3 }]);
    expect(removeChange(draft, 7)).toBe(draft);
    draft = resizeStation(flip(NOTHING, "B"), "B", 50);
    expect(removeChange(draft, 0).changes).toEqual([]);
  });

  it("is nothing only while minutes and speed stay, too", () => {
    expect(isNothing(NOTHING)).toBe(true);
    expect(isNothing({ ...NOTHING, capacities: false })).toBe(true);
    expect(isNothing({ ...NOTHING, minutes: 10 })).toBe(false);
    expect(isNothing(addGate(NOTHING, [1, 1]))).toBe(false);
  });
});
