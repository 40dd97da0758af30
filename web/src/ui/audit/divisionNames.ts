import { signal } from "@preact/signals";
import { accountsApi } from "../../api/accountsClient";

const names = signal<ReadonlyMap<string, string>>(new Map());

/** Read what divisions are called; a record names them by code. Without it the codes stand for themselves. */
export function readDivisionNames(): void {
  accountsApi.divisions().then(
    ({ divisions }) => (names.value = new Map(divisions.map(({ code, name }) => [code, name]))),
    () => undefined,
  );
}

export function divisionName(code: string): string {
  const name = names.value.get(code);
  return name === undefined ? code : `${name} (${code})`;
}
