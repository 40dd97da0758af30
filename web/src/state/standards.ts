import { computed, effect, signal, untracked } from "@preact/signals";
import { asProblem, isAbort, type Problem } from "../api/problem";
import { standardsApi, type Board, type BoardColumn, type BoardRow, type RuleSetHead, type VerdictState } from "../api/standards";
import { BY_NAME, choices, firstSet, nextSort, sortRows, type BoardSort } from "./boardRows";
import { connection, overview, panel, params, shown } from "./store";

/** The rule set and the area that are asked about, as the address names them; null as the page proposes, or for all. */
export const rulesAt = signal<string | null>(null);
export const withinAt = signal<string | null>(null);
export const boardSort = signal<BoardSort>({ by: BY_NAME, down: false });

export const ruleSets = signal<readonly RuleSetHead[] | null>(null);
export const board = signal<Board | null>(null);
export const boardBusy = signal(false);
export const boardProblem = signal<Problem | null>(null);
/** The column whose verdict was pressed, lit in the reasoning. */
export const pressed = signal<string | null>(null);

export const rules = computed(() => rulesAt.value ?? firstSet(ruleSets.value ?? []));
export const boardRows = computed<BoardRow[]>(() => sortRows(board.value?.communities ?? [], boardSort.value));

/** The rule that the headline and the map show: the one the matrix is ordered by, else the first that judged anybody. */
export const leading = computed<BoardColumn | null>(() => {
  const columns = board.value?.columns ?? [];
  return columns.find(({ column }) => column === boardSort.value.by) ?? columns.find(({ total }) => total.judged > 0) ?? columns[0] ?? null;
});

/** Community → how it stands to the leading rule, for the map. */
export const standing = computed<ReadonlyMap<string, VerdictState>>(() => {
  const states = new Map<string, VerdictState>();
  const column = leading.value?.column;
  for (const { code, verdicts } of board.value?.communities ?? []) {
    const state = column === undefined ? undefined : verdicts[column]?.state;
    if (code !== null && state !== undefined) states.set(code, state);
  }
  return states;
});

export function orderBy(by: string): void {
  boardSort.value = nextSort(boardSort.value, by);
}

const again = signal(0);

/** Ask again, after a failure. */
export function retryBoard(): void {
  again.value += 1;
}

/** Keep the board in step with what is asked, while its room is open. */
export function followBoard(): void {
  let abort: AbortController | null = null;
  effect(() => {
    void again.value;
    if (panel.value !== "standards" || connection.value !== "ready" || overview.value?.empty !== false) return;
    if (ruleSets.value === null) {
      untracked(() => void readSets());
      return;
    }
    const name = rules.value;
    const basis = params.value?.basis;
    // A run that has been made meanwhile brings figures of reach.
    void shown.value?.run.run;
    if (name === null || basis === undefined) return;
    const division = withinAt.value;
    abort?.abort();
    const mine = (abort = new AbortController());
    untracked(() => (boardBusy.value = true));
    standardsApi.board({ rules: name, division, basis }, mine.signal).then(
      (found) => {
        board.value = found;
        boardProblem.value = null;
        boardBusy.value = false;
      },
      (error: unknown) => {
        if (isAbort(error)) return;
        boardProblem.value = asProblem(error);
        boardBusy.value = false;
      },
    );
  });
}

async function readSets(): Promise<void> {
  try {
    const found = choices(await standardsApi.ruleSets());
    ruleSets.value = found;
    if (!found.some(({ set }) => set === rulesAt.value)) rulesAt.value = null;
  } catch (error) {
    boardProblem.value = asProblem(error);
  }
}
