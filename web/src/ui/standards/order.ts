import type { Community, Verdict } from "../../api/standards";

/** Worst first: short, then what nobody knows, then compliant, then what no rule is about. */
const RANK: Record<string, number> = { short: 0, unknown: 1, compliant: 2, not_applicable: 3 };

function rank(verdict: Verdict | undefined): number {
  return verdict === undefined ? 4 : (RANK[verdict.state] ?? 4);
}

/** How far below its requirement, as a share of it; communities of any size compare. */
function lack(verdict: Verdict | undefined): number {
  if (verdict?.state !== "short" || verdict.shortfall === null) return 0;
  return verdict.required ? Number(verdict.shortfall) / Number(verdict.required) : Number(verdict.shortfall);
}

export interface Sorting {
  /** A column of the board, `name` or `households`. */
  column: string;
  down: boolean;
}

/** Communities in the order asked for; equal ones by code, so that the order never jumps. */
export function sorted(rows: readonly Community[], { column, down }: Sorting): Community[] {
  const sign = down ? -1 : 1;
  const compare = (a: Community, b: Community): number => {
    if (column === "name") return (a.name ?? "").localeCompare(b.name ?? "", "zh");
    if (column === "households") return (a.households ?? -1) - (b.households ?? -1);
    const [x, y] = [a.verdicts[column], b.verdicts[column]];
    return rank(x) - rank(y) || lack(y) - lack(x);
  };
  return [...rows].sort((a, b) => sign * compare(a, b) || (a.code ?? "").localeCompare(b.code ?? ""));
}
