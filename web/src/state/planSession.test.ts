import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EditAsked, Edits, EditResult, Plan } from "../api/plans";
import { Problem, UNREACHABLE } from "../api/problem";
import { latticeCells } from "../geo/lattice";
import { readCells } from "../geo/topology";
import type { PlanDoor } from "./planDoor";
import { PlanSession, RETRY_MS } from "./planSession";

vi.stubGlobal("window", globalThis);

//  0 1 2
//  3 4 5     0..2 belong to part 1, 3..5 to part 2; cell i has the number 1000 + i
const topology = readCells(latticeCells(3, 2));

function plan(): Plan {
  return {
    plan: 1, name: "甲", division: { code: "360000001001", name: "甲", level: "community" }, part_level: "grid", state: "draft",
    revision: 4, parts: 2, updated_at: "", updated_by: "", effective_on: null, stale: false, basis_default: "resident", community_kind: null,
    band: null, version: "v", stale_reasons: [],
    grids: [1, 2].map((no) => ({
      no, name: null, kind: "general" as const, level: null, parent: null, locked: false, note: null, lead: null, reason: null, confirmed: false, origin: null,
    })),
    assignment: { cell: [1000, 1001, 1002, 1003, 1004, 1005], part: [1, 1, 1, 2, 2, 2] },
    undo: null, redo: null, steps: [], papers: [], allowed: ["edit"], codes: {}, history: [],
  };
}

class Server implements PlanDoor {
  revision = 4;
  asked: EditAsked[] = [];
  others: Edits["edits"] = [];
  next: (() => Promise<EditResult>)[] = [];

  answer(asked: EditAsked, numbers: Record<string, number> = {}, jump = 1): EditResult {
    this.revision += jump;
    const rows = Object.entries(asked.cells ?? {}).flatMap(([no, ids]) => ids.map((id) => [id, numbers[no] ?? Number(no)] as const));
    const cells = { cell: rows.map(([id]) => id), part: rows.map(([, no]) => no) };
    const edit = { revision: this.revision, actor: "me", at: "", label: "paint", cells, grids: [], removed: [] };
    return { revision: this.revision, version: "v", numbers, edit, undo: null, redo: null };
  }

  edit(asked: EditAsked): Promise<EditResult> {
    this.asked.push(asked);
    const next = this.next.shift();
    return next === undefined ? Promise.resolve(this.answer(asked)) : next();
  }

  edits(after: number): Promise<Edits> {
    return Promise.resolve({
      revision: this.revision, version: "v", state: "draft", undo: null, redo: null, edits: this.others.filter((edit) => edit.revision > after),
    });
  }

  turn(): Promise<EditResult> {
    return Promise.resolve(this.answer({} as EditAsked));
  }

  cut(): Promise<EditResult> {
    return this.turn();
  }

  theirs(revision: number, cells: [number, number][]): void {
    this.revision = Math.max(this.revision, revision);
    this.others.push({
      revision, actor: "li", at: "2026-09-01T08:00:00Z", label: "paint", cells: { cell: cells.map(([id]) => id), part: cells.map(([, no]) => no) }, grids: [], removed: [],
    });
  }
}

let server: Server;
let told: { changed: [number[], string | null][]; refused: string[]; outdated: number };
let session: PlanSession;

beforeEach(() => {
  server = new Server();
  told = { changed: [], refused: [], outdated: 0 };
  session = new PlanSession(plan(), topology, server, {
    changed: (cells, actor) => told.changed.push([[...cells], actor]),
    partsChanged: () => undefined,
    numbered: () => undefined,
    edited: () => undefined,
    cutOff: () => undefined,
    synced: () => undefined,
    refused: (problem) => told.refused.push(problem.code),
    outdated: () => (told.outdated += 1),
  });
});

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe("a plan that is drawn", () => {
  it("shows a change at once and sends changes one after the other", async () => {
    let go: (result: EditResult) => void = () => undefined;
    server.next.push(() => new Promise((resolve) => (go = resolve)));
    session.apply("paint", new Map([[3, 1]]));
    session.apply("paint", new Map([[4, 1]]));
    expect(session.partition.of(1).cells).toBe(5);
    await settle();
    expect(server.asked).toHaveLength(1);
    expect(session.sync).toBe("sending");
    go(server.answer(server.asked[0]!));
    await settle();
    expect(server.asked.map((asked) => [asked.revision, asked.cells])).toEqual([[4, { 1: [1003] }], [5, { 1: [1004] }]]);
    expect([session.sync, session.revision]).toEqual(["saved", 6]);
  });

  it("does not go back to an answer from before an undo that stands", async () => {
    const before = plan();
    session.send({ kind: "undo" });
    await settle();
    expect(session.revision).toBe(5);
    expect(session.adopt({ ...before, grids: [] }, topology)).toBe(false);
    expect([...session.parts.keys()]).toEqual([1, 2]);
    expect(session.adopt({ ...before, revision: 5 }, topology)).toBe(true);
  });

  it("renumbers new parts everywhere when the server has named them", async () => {
    let go: (result: EditResult) => void = () => undefined;
    server.next.push(() => new Promise((resolve) => (go = resolve)));
    const no = session.newNumber();
    session.apply("new", new Map([[0, no]]));
    session.apply("paint", new Map([[1, no]]), [{ no, name: "东" }]);
    await settle();
    go(server.answer(server.asked[0]!, { [String(no)]: 9 }));
    await settle();
    expect(server.asked[1]).toMatchObject({ cells: { 9: [1001] }, grids: [{ no: 9, name: "东" }] });
    expect(session.partition.of(9).cells).toBe(2);
    expect(session.parts.get(9)?.name).toBe("东");
    expect(session.parts.has(no)).toBe(false);
  });

  it("keeps changes while the server is away and sends them when it is back", async () => {
    vi.useFakeTimers();
    server.next.push(() => Promise.reject(new Problem(UNREACHABLE, "")));
    session.apply("paint", new Map([[3, 1]]));
    await settle();
    expect([session.sync, session.pending, session.partition.of(1).cells]).toEqual(["offline", 1, 4]);
    vi.advanceTimersByTime(RETRY_MS);
    await settle();
    expect([session.sync, server.asked.length, session.partition.of(1).cells]).toEqual(["saved", 2, 4]);
    vi.useRealTimers();
  });

  it("takes back what the server refuses, and says why", async () => {
    server.next.push(() => Promise.reject(new Problem("locked", "", 409)));
    session.apply("paint", new Map([[3, 1]]));
    session.apply("paint", new Map([[5, 1]]));
    await settle();
    expect(told.refused).toEqual(["locked"]);
    expect([session.partition.part[3], session.partition.part[5]]).toEqual([2, 1]);
  });

  it("loses none that waits when an answer cannot be read", async () => {
    server.next.push(() => Promise.resolve({ ...server.answer({} as EditAsked), numbers: { "-1": 9 }, edit: {} as EditResult["edit"] }));
    session.apply("paint", new Map([[3, 1]]));
    session.apply("paint", new Map([[4, 1]]));
    await settle();
    expect(server.asked[1]?.cells).toEqual({ 1: [1004] });
  });

  it("takes over what others paint elsewhere", async () => {
    server.theirs(5, [[1005, 1]]);
    await session.poll();
    expect(session.partition.part[5]).toBe(1);
    expect(told.changed).toEqual([[[5], "li"]]);
    expect(session.revision).toBe(5);
  });

  it("reads what others did between before the next change goes out", async () => {
    server.theirs(5, [[1005, 1]]);
    session.apply("paint", new Map([[0, 2]]));
    await settle();
    expect(session.revision).toBe(6);
    expect(session.partition.part[5]).toBe(1);
    expect(session.partition.part[0]).toBe(2);
  });
});

describe("two planners on the same cell", () => {
  const clash = async (): Promise<void> => {
    server.next.push(() => {
      server.theirs(5, [[1003, 7], [1005, 7]]);
      const difference = [{ cell: 1003, mine: 1, theirs: 7, actor: "li", at: "2026-09-01T08:00:00Z" }];
      return Promise.reject(new Problem("stale_revision", "", 409, [], 0, { difference }));
    });
    session.apply("paint", new Map([[3, 1], [4, 1]]));
    await settle();
  };

  it("are shown to each other, and nothing is lost meanwhile", async () => {
    await clash();
    expect(session.sync).toBe("conflict");
    expect(session.conflict!.items).toMatchObject([{ cell: 1003, mine: 1, theirs: 7, actor: "li" }]);
    // One's own stays on the map, theirs elsewhere appears.
    expect([session.partition.part[3], session.partition.part[4], session.partition.part[5]]).toEqual([1, 1, 7]);
  });

  it("take theirs: only the cells in question give way", async () => {
    await clash();
    session.takeTheirs();
    await settle();
    expect([session.partition.part[3], session.partition.part[4]]).toEqual([7, 1]);
    expect(server.asked[1]).toMatchObject({ revision: 5, cells: { 1: [1004] } });
    expect(session.sync).toBe("saved");
  });

  it("send mine again: on top of what the other did", async () => {
    await clash();
    session.sendMine();
    await settle();
    expect(server.asked[1]).toMatchObject({ revision: 5, cells: { 1: [1003, 1004] } });
    expect(session.partition.part[3]).toBe(1);
  });

  it("meet also where the poll is quicker than the change", async () => {
    vi.useFakeTimers();
    server.next.push(() => Promise.reject(new Problem(UNREACHABLE, "")));
    session.apply("paint", new Map([[3, 1]]));
    await settle();
    server.theirs(5, [[1003, 7]]);
    await session.poll();
    expect(session.sync).toBe("conflict");
    expect(session.partition.part[3]).toBe(1);
    vi.useRealTimers();
  });

  it("undo what has not been sent without asking the server", async () => {
    vi.useFakeTimers();
    server.next.push(() => Promise.reject(new Problem(UNREACHABLE, "")));
    session.apply("paint", new Map([[3, 1]]));
    await settle();
    session.send({ kind: "undo" });
    expect([session.partition.part[3], session.pending, session.sync]).toEqual([2, 0, "saved"]);
    vi.useRealTimers();
  });
});
