/**
 * Accounts, sessions and the audit as the page reads them, narrowed from the types generated of the server's
 * OpenAPI (`make types`).
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
type With<T, Changes> = Omit<T, keyof Changes> & Changes;

export type Role = Schemas["OwnAccount"]["role"];
/** In the order in which they are offered. */
export const ROLES = [
  "planner",
  "reviewer",
  "analyst",
  "grid_worker",
  "system_administrator",
  "security_administrator",
  "auditor",
] as const satisfies readonly Role[];

export type Right = "read" | "compute" | "export" | "import" | "plans" | "plan" | "postings" | "review" | "rules" | "operate" | "events" | "report" | "check" | "handle" | "accounts" | "audit";

/** A division as an account's area names it. */
export type AreaDivision = Schemas["DivisionRef"];
/** A division in the tree of all: `parent` is null at the top. */
export type TreeDivision = Schemas["DivisionNode"];

export type SessionAccount = Schemas["OwnAccount"];
export type DemoAccount = Schemas["DemoAccount"];
export type PasswordRules = Schemas["PasswordRules"];
export type SessionState = With<Schemas["SessionState"], { rights: Right[] }>;

export type LinkCheck = Schemas["LinkInfo"];
export type SecondFactorStart = Schemas["SecondFactor"];
export type ApiToken = Schemas["TokenItem"];
/** Its `token` is shown once; the server keeps only a hash. */
export type NewToken = Schemas["NewToken"];

export type Account = Schemas["Account"];
export type AccountState = Account["state"];
export const ACCOUNT_STATES = ["active", "invited", "locked", "disabled"] as const satisfies readonly AccountState[];

export type NewAccount = Required<Schemas["AccountAsked"]>;
/** What is left out stays; an empty display name takes it away. */
export type AccountChange = Schemas["AccountChange"];
/** Its `link` opens once; `#link=TOKEN` stands in the fragment, so that no server log keeps it. */
export type AccountLink = Schemas["Invitation"];

/** Somebody in post, whose account a grid worker's can be. */
export type WorkerToEnrol = Schemas["WorkerToEnrol"];
export type PhoneLink = Schemas["PhoneLink"];
export type PhoneDevice = Schemas["Device"];

export type AuditValues = Record<string, unknown>;
export type AuditRow = With<Schemas["AuditRow"], { before: AuditValues | null; after: AuditValues | null }>;
export type AuditPage = With<Schemas["AuditPage"], { rows: AuditRow[] }>;

export interface AuditFilter {
  /** Whole days of China, both included; empty for no limit. */
  from: string;
  to: string;
  actor: string;
  action: string;
  q: string;
}
