/**
 * What the routes of accounts, sessions and the audit answer. Written by hand in the shape of `types.ts`:
 * once the server's OpenAPI names them, each becomes a narrowing of the generated type of the same name.
 */

export const ROLES = [
  "planner",
  "reviewer",
  "analyst",
  "grid_worker",
  "system_administrator",
  "security_administrator",
  "auditor",
] as const;
export type Role = (typeof ROLES)[number];

export type Right = "read" | "compute" | "export" | "operate" | "accounts" | "audit";

/** A division as an account's area names it. */
export interface AreaDivision {
  code: string;
  name: string;
  level: string;
}

/** A division in the tree of all: `parent` is null at the top. */
export interface TreeDivision extends AreaDivision {
  parent: string | null;
}

export interface SessionAccount {
  name: string;
  display_name: string | null;
  role: Role;
  everywhere: boolean;
  divisions: AreaDivision[];
  demo: boolean;
  second_factor: boolean;
  password_expired: boolean;
  /** A date, null when passwords do not expire. */
  password_expires_on: string | null;
  last_login: { at: string; address: string | null } | null;
  failed_since_last: number;
}

export interface DemoAccount {
  name: string;
  role: Role;
  area: string;
}

export interface PasswordRules {
  min_length: number;
  kinds: number;
  remembered: number;
}

export interface SessionState {
  account: SessionAccount | null;
  rights: Right[];
  csrf: string | null;
  /** Seconds without use after which the server signs out. */
  idle_s: number;
  /** Accounts of the demo mode; empty where there is none. */
  demo: DemoAccount[];
  encrypted: boolean;
  password_rules: PasswordRules;
}

export interface LinkCheck {
  name: string;
  display_name: string | null;
  role: Role;
  expires_at: string;
}

export interface SecondFactorStart {
  secret: string;
  uri: string;
  /** The QR picture as SVG text. */
  svg: string;
}

export interface ApiToken {
  id: number;
  name: string;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
}

export interface NewToken {
  id: number;
  name: string;
  /** Shown once; the server keeps only its hash. */
  token: string;
  expires_at: string;
}

export const ACCOUNT_STATES = ["active", "invited", "locked", "disabled"] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

export interface Account {
  name: string;
  display_name: string | null;
  role: Role;
  everywhere: boolean;
  divisions: AreaDivision[];
  state: AccountState;
  second_factor: boolean;
  demo: boolean;
  created_at: string;
  last_login_at: string | null;
}

export interface NewAccount {
  name: string;
  display_name: string | null;
  role: Role;
  divisions: string[];
  everywhere: boolean;
}

export type AccountChange = Partial<Omit<NewAccount, "name">> & { disabled?: boolean };

export interface AccountLink {
  account: Account;
  /** Opens once; `#link=TOKEN` stands in the fragment, so that no server log keeps it. */
  link: string;
  expires_at: string;
}

export type AuditValues = Record<string, unknown>;

export interface AuditRow {
  id: number;
  at: string;
  /** An account's name, "os:root" for the command line, "" when nobody was signed in. */
  actor: string;
  role: string | null;
  address: string | null;
  action: string;
  object: string | null;
  outcome: "done" | "refused";
  before: AuditValues | null;
  after: AuditValues | null;
}

export interface AuditPage {
  rows: AuditRow[];
  next: number | null;
  actions: string[];
}

export interface AuditFilter {
  /** Dates, both included; empty for no limit. */
  from: string;
  to: string;
  actor: string;
  action: string;
  q: string;
}
