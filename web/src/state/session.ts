import { computed, signal } from "@preact/signals";
import type { Right, SessionState } from "../api/accounts";
import { sessionApi } from "../api/accountsClient";
import { door } from "../api/call";
import { UNREACHABLE, asProblem, type Problem } from "../api/problem";

/** What the server says about who is signed in; null until it has answered. */
export const session = signal<SessionState | null>(null);
/** Why it could not be asked, while it could not. */
export const entryProblem = signal<Problem | null>(null);
/** The session ended while there was work on the page: somebody signs in over it. */
export const signInAgain = signal(false);
/** The secret of a one-time link, in memory only. */
export const link = signal<string | null>(null);
/** The room of an account has been opened; it stays in the page from then on, whatever covers it. */
export const begun = signal(false);

export const account = computed(() => session.value?.account ?? null);

export function can(right: Right): boolean {
  return session.value?.rights.includes(right) ?? false;
}

/** Whose data the page holds. */
let holder: string | null = null;
let leaving = false;
let waiting: { promise: Promise<void>; go: () => void } | null = null;

/** Take what the server says. Another account, or other rights, means a fresh page: nothing of the one before stays. */
export function adopt(state: SessionState): void {
  const before = session.value;
  const now = state.account;
  if (now === null && holder !== null && !leaving) {
    if (before !== null) session.value = { ...state, account: before.account, rights: before.rights };
    signInAgain.value = true;
    return;
  }
  const other = now !== null && holder !== null && (now.name !== holder || (begun.value && String(before?.rights) !== String(state.rights)));
  if (other) {
    leaving = true;
    location.reload();
    return;
  }
  session.value = state;
  holder = now?.name ?? null;
  if (now === null) return;
  signInAgain.value = false;
  waiting?.go();
  waiting = null;
}

/** Read the session again; what it says is taken. */
export async function readSession(): Promise<void> {
  adopt(await sessionApi.read());
}

const KNOCK_MS = 3000;

/** Ask who is signed in, before anything else; comes back by itself while the server is away. */
export async function enter(): Promise<void> {
  try {
    await readSession();
    entryProblem.value = null;
  } catch (error) {
    const found = asProblem(error);
    entryProblem.value = found;
    if (found.code === UNREACHABLE) window.setTimeout(() => void enter(), KNOCK_MS);
  }
}

const LEFT_KEY = "wangge.left";

/** Sign out and begin with an empty page. Fails when the server cannot be reached: the session is then still open. */
export async function signOut(why: "asked" | "idle" = "asked"): Promise<void> {
  if (leaving) return;
  leaving = true;
  try {
    await sessionApi.signOut();
  } catch (error) {
    const found = asProblem(error);
    if (found.code === UNREACHABLE && why === "asked") {
      leaving = false;
      throw found;
    }
    // Whatever else it says, there is no session to end any more.
  }
  if (why === "idle") keep(LEFT_KEY, "idle");
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** Whether this page was left because nobody used it; said once. */
export function leftIdle(): boolean {
  try {
    const why = sessionStorage.getItem(LEFT_KEY);
    sessionStorage.removeItem(LEFT_KEY);
    return why === "idle";
  } catch {
    return false;
  }
}

function keep(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // A private window may refuse; the login page then says nothing about why.
  }
}

/** Take a one-time link out of the address bar, so that nobody reads or copies it from there. */
export function takeLink(): boolean {
  if (!location.hash.startsWith("#link=")) return false;
  const token = location.hash.slice("#link=".length);
  history.replaceState(null, "", location.pathname);
  link.value = token;
  return true;
}

let renewing: Promise<void> | null = null;

/** Let every call know the session, and the session know what calls find. */
export function wireDoor(used: () => void): void {
  door.csrf = () => session.value?.csrf ?? null;
  door.used = used;
  door.signedOut = () => {
    if (holder === null || leaving) return null;
    signInAgain.value = true;
    if (waiting === null) {
      let go = (): void => undefined;
      waiting = { promise: new Promise<void>((resolve) => (go = resolve)), go: () => go() };
      // What the login card has to know: demo accounts, encryption, the password rules.
      void readSession().catch(() => undefined);
    }
    return waiting.promise;
  };
  door.renew = () => {
    if (leaving) return null;
    renewing = renewing ?? readSession().finally(() => (renewing = null));
    return renewing;
  };
  door.expired = () => void readSession().catch(() => undefined);
}
