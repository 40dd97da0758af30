import type {
  Account,
  AccountChange,
  AccountLink,
  ApiToken,
  AuditFilter,
  AuditPage,
  LinkCheck,
  NewAccount,
  NewToken,
  PhoneDevice,
  PhoneLink,
  SecondFactorStart,
  SessionState,
  TreeDivision,
  WorkerToEnrol,
} from "./accounts";
import { call, sending } from "./call";

const id = encodeURIComponent;

/** Coming in, going out, and what an account may do with itself. */
export const sessionApi = {
  read: (): Promise<SessionState> => call("/api/session"),
  signIn: (name: string, password: string, code: string | null): Promise<SessionState> =>
    call("/api/session", sending("POST", code === null ? { name, password } : { name, password, code })),
  demo: (name: string): Promise<SessionState> => call("/api/session/demo", sending("POST", { name })),
  signOut: (): Promise<SessionState> => call("/api/session", { method: "DELETE" }),
  changePassword: (old: string, next: string): Promise<SessionState> =>
    call("/api/session/password", sending("POST", { old, new: next })),
  checkLink: (token: string): Promise<LinkCheck> => call("/api/session/link/check", sending("POST", { token })),
  useLink: (token: string, password: string): Promise<SessionState> =>
    call("/api/session/link", sending("POST", { token, password })),
  startSecondFactor: (password: string): Promise<SecondFactorStart> =>
    call("/api/session/second-factor", sending("POST", { password })),
  confirmSecondFactor: (code: string): Promise<SessionState> =>
    call("/api/session/second-factor", sending("PUT", { code })),
  removeSecondFactor: (password: string): Promise<SessionState> =>
    call("/api/session/second-factor", sending("DELETE", { password })),
  tokens: (): Promise<{ tokens: ApiToken[] }> => call("/api/session/tokens"),
  addToken: (name: string, days: number, password: string): Promise<NewToken> =>
    call("/api/session/tokens", sending("POST", { name, days, password })),
  revokeToken: (token: number): Promise<{ tokens: ApiToken[] }> =>
    call(`/api/session/tokens/${token}`, { method: "DELETE" }),
};

/** Accounts of others, for the security administrator. */
export const accountsApi = {
  divisions: (): Promise<{ divisions: TreeDivision[] }> => call("/api/divisions"),
  list: (q: string, limit: number, offset: number, signal?: AbortSignal): Promise<{ accounts: Account[]; total: number }> =>
    call(`/api/accounts?q=${id(q)}&limit=${limit}&offset=${offset}`, { signal: signal ?? null }),
  add: (account: NewAccount): Promise<AccountLink> => call("/api/accounts", sending("POST", account)),
  change: (name: string, change: AccountChange): Promise<Account> =>
    call(`/api/accounts/${id(name)}`, sending("PATCH", change)),
  reset: (name: string): Promise<AccountLink> => call(`/api/accounts/${id(name)}/reset`, { method: "POST" }),
  workers: (q: string): Promise<{ workers: WorkerToEnrol[] }> => call(`/api/accounts/workers?q=${id(q)}`),
  phoneLink: (name: string): Promise<PhoneLink> => call(`/api/accounts/${id(name)}/phone-link`, { method: "POST" }),
  devices: (name: string): Promise<{ devices: PhoneDevice[] }> => call(`/api/accounts/${id(name)}/devices`),
  endDevice: (name: string, device: number): Promise<{ devices: PhoneDevice[] }> =>
    call(`/api/accounts/${id(name)}/devices/${device}`, { method: "DELETE" }),
};

/** The filters that are set, as a query. */
export function auditQuery(filter: AuditFilter): string {
  return (["from", "to", "actor", "action", "q"] as const)
    .filter((key) => filter[key].trim() !== "")
    .map((key) => `${key}=${id(filter[key].trim())}`)
    .join("&");
}

const AUDIT_PAGE = 100;

export const auditApi = {
  rows: (filter: AuditFilter, before: number | null, signal?: AbortSignal): Promise<AuditPage> => {
    const parts = [auditQuery(filter), before === null ? "" : `before=${before}`, `limit=${AUDIT_PAGE}`];
    return call(`/api/audit?${parts.filter(Boolean).join("&")}`, { signal: signal ?? null });
  },
};

/** Address of the audit as a file, with the same filters. */
export function auditExport(format: "csv" | "xlsx", filter: AuditFilter): string {
  const query = auditQuery(filter);
  return `/api/audit/export.${format}${query === "" ? "" : `?${query}`}`;
}
