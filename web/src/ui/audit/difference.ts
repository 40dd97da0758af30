import type { AuditValues } from "../../api/accounts";

export type Change = "added" | "removed" | "changed" | "same";

export interface FieldChange {
  /** Path of the field: "role", "parameters.minutes". */
  field: string;
  before: unknown;
  after: unknown;
  change: Change;
}

function isPlain(value: unknown): value is AuditValues {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Documents inside a document become paths; lists stay whole, being one value to a reader. */
function flat(values: AuditValues | null, before = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(values ?? {})) {
    const path = before === "" ? key : `${before}.${key}`;
    if (isPlain(value) && Object.keys(value).length > 0) {
      flat(value, path).forEach((inner, innerPath) => found.set(innerPath, inner));
    } else {
      found.set(path, value);
    }
  }
  return found;
}

/** Keys of objects in a fixed order, so that the same content is the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isPlain(inner) ? Object.fromEntries(Object.keys(inner).sort().map((key) => [key, inner[key]])) : inner,
  ) ?? "";
}

/** Field by field what a record says there was before and after; what changed comes first. */
export function difference(before: AuditValues | null, after: AuditValues | null): FieldChange[] {
  const old = flat(before);
  const now = flat(after);
  const fields = [...old.keys(), ...[...now.keys()].filter((field) => !old.has(field))];
  const rows = fields.map((field): FieldChange => {
    const had = old.has(field);
    const has = now.has(field);
    const change = !had ? "added" : !has ? "removed" : canonical(old.get(field)) === canonical(now.get(field)) ? "same" : "changed";
    return { field, before: old.get(field), after: now.get(field), change };
  });
  return [...rows.filter((row) => row.change !== "same"), ...rows.filter((row) => row.change === "same")];
}

export interface ValueWords {
  yes: string;
  no: string;
  /** Between the members of a list. */
  mark: string;
  /** A word for a code of a field, or the code. */
  code: (field: string, code: string) => string;
}

/** A value as it is read: no brackets, no quotes; things with a name and a code by both. */
export function valueText(field: string, value: unknown, words: ValueWords): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "string") return words.code(field, value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? "—" : value.map((each) => valueText(field, each, words)).join(words.mark);
  }
  if (!isPlain(value)) return String(value);
  const { name, code } = value;
  if (typeof name === "string") return typeof code === "string" ? `${name} (${code})` : name;
  const parts = Object.entries(value).map(([key, inner]) => `${key}: ${valueText(key, inner, words)}`);
  return parts.length === 0 ? "—" : parts.join(words.mark);
}
