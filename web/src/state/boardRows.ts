import type { BoardRow, RuleSetHead, RuleSets, Verdict } from "../api/standards";

/** What the matrix is ordered by: a column of it, and whether what is worst or largest comes first. */
export interface BoardSort {
  by: string;
  down: boolean;
}

export const BY_NAME = "name";
export const BY_HOUSEHOLDS = "households";
const BY_CODE: BoardSort = { by: BY_NAME, down: false };

/** How far a verdict is from its line, the worst highest; null where nothing was judged. */
export function badness({ state, shortfall, actual, required }: Verdict): number | null {
  if (state === "short") return Math.max(shortfall ?? 0, Number.MIN_VALUE);
  if (state === "compliant") return Math.min(0, (required ?? 0) - (actual ?? 0));
  return null;
}

function value(row: BoardRow, by: string): number | null {
  if (by === BY_HOUSEHOLDS) return row.households;
  const verdict = row.verdicts[by];
  return verdict === undefined ? null : badness(verdict);
}

/** Rows in the order asked for. What is not known stands last in both directions; ties by code. */
export function sortRows(rows: readonly BoardRow[], { by, down }: BoardSort): BoardRow[] {
  const byCode = (a: BoardRow, b: BoardRow): number => {
    const [x, y] = [a.code ?? a.name ?? "", b.code ?? b.name ?? ""];
    return x < y ? -1 : x > y ? 1 : 0;
  };
  const turn = down ? -1 : 1;
  if (by === BY_NAME) return [...rows].sort((a, b) => turn * byCode(a, b));
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a, by), value(b, by)];
    if (x === null || y === null) return x === y ? byCode(a, b) : x === null ? 1 : -1;
    return turn * (x - y) || byCode(a, b);
  });
}

/** The next order when a heading is pressed: the worst first, then the other way, then as the codes go. */
export function nextSort(now: BoardSort, by: string): BoardSort {
  if (now.by !== by) return { by, down: by !== BY_NAME };
  if (by === BY_NAME) return { by, down: !now.down };
  return now.down ? { by, down: false } : BY_CODE;
}

/** "-premises" ↔ the worst premises first. */
export function sortText({ by, down }: BoardSort): string {
  return down ? `-${by}` : by;
}

const SORT = /^-?[a-z][\w:-]{0,80}$/;

export function sortFrom(text: string | null): BoardSort | null {
  if (text === null || !SORT.test(text)) return null;
  return text.startsWith("-") ? { by: text.slice(1), down: true } : { by: text, down: false };
}

/** Sets that can be chosen: of a set that divisions wrote their own, the version that holds; else the one that comes along. */
export function choices({ built_in: along, versions }: RuleSets): RuleSetHead[] {
  const own = new Map<string, RuleSetHead>();
  for (const version of versions) if (version.holds) own.set(version.set, version);
  return [...own.values(), ...along.filter((head) => !own.has(head.set))];
}

const FIRST = "national-14th-plan";

/** The set to begin with: a division's own, else the national one. */
export function firstSet(sets: readonly RuleSetHead[]): string | null {
  const own = sets.find((head) => head.origin === "division");
  return (own ?? sets.find((head) => head.set === FIRST) ?? sets[0])?.set ?? null;
}
