import { effect, signal } from "@preact/signals";
import { Problem, UNREACHABLE } from "../api/problem";
import { buildingName } from "./labels";
import { count, flush, strange } from "./outbox";
import { linked, openKept, opened, refresh, shown } from "./packages";
import { ask, reached, send } from "./server";
import { account, csrf, demo, door, features, home, lapsed, locked, token } from "./session";
import { forgetPointed, pointAt, scanProblem } from "./place";
import { clearLists, loadLists, recallStocked } from "./reports";
import type { PhoneHome } from "./package";
import { ended, forget, isFramed, openStore, type Facts } from "./store";

/** Why a link or a password did not let somebody in. */
export const entryProblem = signal<"link" | "ended" | "wrong" | "code" | "locked" | "away" | null>(null);
/** How long the page waits before it tries an absent server again. */
const AGAIN_MS = 10_000;
/** What has been read so lately is not read again only because somebody looks at it. */
const FRESH_MS = 60_000;
/** Building that a scanned code names, until its package is there. */
const scanned = signal<string | null>(null);

interface SessionBody {
  account: { name: string } | null;
  csrf: string | null;
  features?: { phone?: boolean; events?: boolean; campaigns?: boolean };
  demo?: { name: string; role: string }[];
  /** This phone was let in once and has been shut out. */
  device_ended?: boolean;
}

/** A link that has not been tried yet, because the server could not be reached; as long as the window. */
const LINK = "wangge.phone.link";
let link: string | null = keptLink();

function keptLink(): string | null {
  try {
    return sessionStorage.getItem(LINK);
  } catch {
    return null;
  }
}

function setLink(value: string | null): void {
  link = value;
  try {
    if (value === null) sessionStorage.removeItem(LINK);
    else sessionStorage.setItem(LINK, value);
  } catch {
    // Then a reload loses it.
  }
}

/** Take a one-time link out of the address: nobody should find it there or in the history. */
function takeLink(): boolean {
  const secret = /^#enter=(.+)$/.exec(location.hash)?.[1];
  if (secret === undefined) return false;
  setLink(secret);
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}

/** Open the page: first what the phone keeps, then what the server says. */
export async function enter(): Promise<void> {
  takeLink();
  window.addEventListener("hashchange", () => {
    if (takeLink()) void knock();
  });
  const query = new URLSearchParams(location.search);
  linked.value = query.get("grid");
  scanned.value = query.get("b");
  const db = await openStore();
  const who = (await db?.get("page", "account")) as string | undefined;
  if (who !== undefined) await showKept(who);
  // A link that is good lets in whoever holds it; one that is not leaves the PIN where it was.
  if (!locked.value || link !== null) await knock();
  else await askWhetherEnded();
}

/** A phone that was shut out is cleared behind its PIN, too. */
async function askWhetherEnded(): Promise<void> {
  const body = await ask<SessionBody>("/api/session").then((told) => told.body, () => null);
  if (body?.account === null && body.device_ended === true) {
    await clearEnded();
    locked.value = false;
    door.value = "closed";
    await count();
  }
}

/** Forget what a phone that was shut out keeps, but what was not sent; somebody else may hold it now. */
async function clearEnded(): Promise<void> {
  const who = account.value;
  entryProblem.value = "ended";
  if (who === null) return;
  await forget(who);
  opened.value = [];
  home.value = null;
  clearLists();
  forgetPointed();
  account.value = null;
}

async function showKept(who: string): Promise<void> {
  const db = await openStore();
  const facts = await db?.get("facts", who);
  if (facts === undefined) return;
  account.value = who;
  csrf.value = facts.csrf;
  home.value = facts.home;
  features.value = facts.features;
  locked.value = facts.pin !== null;
  await openKept(who);
  await recallStocked(who);
  atScanned();
  await count();
}

/** Try the link; it stays for another try only where the server could not be asked. */
async function useLink(): Promise<void> {
  try {
    await endFirst();
    const name = navigator.userAgent.replace(/^Mozilla\/5\.0 /, "").slice(0, 60);
    // Within another platform the browser keeps no cookie of ours: the page then carries the token itself.
    const told = await send<{ account: string; token: string | null }>("/api/session/device", { link, name, keep: isFramed() ? "token" : "cookie" });
    token.value = told.token;
    entryProblem.value = null;
    locked.value = false;
    setLink(null);
  } catch (error) {
    const code = error instanceof Problem ? error.code : "";
    entryProblem.value = code === UNREACHABLE ? "away" : "link";
    if (code === "not_switched_on") door.value = "off";
    if (code !== UNREACHABLE) setLink(null);
  }
}

/** End the session that a phone which was cleared could not end for want of a network; throws while it still cannot. */
async function endFirst(): Promise<void> {
  if (!(await ended.has())) return;
  const { body } = await ask<SessionBody>("/api/session");
  csrf.value = body.csrf;
  if (body.account !== null) await ask("/api/session", { method: "DELETE" });
  csrf.value = null;
  await ended.clear();
}

let knocked = 0;

/** Ask who is signed in and bring everything up to date. */
export async function knock(): Promise<void> {
  knocked = Date.now();
  clearTimeout(again);
  if (link !== null) await useLink();
  if (locked.value) return;
  let body: SessionBody;
  try {
    await endFirst();
    body = (await ask<SessionBody>("/api/session")).body;
  } catch {
    door.value = "away";
    atScanned();
    knockAgain();
    return;
  }
  demo.value = (body.demo ?? []).filter((item) => item.role === "grid_worker").map((item) => item.name);
  if (body.account === null) {
    if (body.device_ended === true) await clearEnded();
    lapsed.value = account.value !== null;
    // "off" was told when a link was tried; a closed door alone does not know.
    if (door.value !== "off") door.value = body.features?.phone === false && demo.value.length === 0 ? "off" : "closed";
    await count();
    return;
  }
  const other = account.value !== null && account.value !== body.account.name;
  if (other) {
    opened.value = [];
    home.value = null;
    clearLists();
    forgetPointed();
  }
  account.value = body.account.name;
  csrf.value = body.csrf;
  features.value = (["events", "campaigns"] as const).filter((name) => body.features?.[name] === true);
  lapsed.value = false;
  try {
    home.value = (await ask<PhoneHome>("/api/phone")).body;
    await refresh();
    await keepFacts();
    door.value = "open";
    if (shown.value === null && opened.value.some(({ code }) => code === linked.value)) shown.value = linked.value;
    void loadLists(body.account.name, features.value);
    atScanned();
  } catch (error) {
    door.value = error instanceof Problem && error.status === 401 ? "closed" : "away";
    if (door.value === "away") knockAgain();
  }
  await count();
  void flush();
}

let again: ReturnType<typeof setTimeout> | undefined;

function knockAgain(): void {
  clearTimeout(again);
  again = setTimeout(() => {
    if (!locked.value || link !== null) void knock();
  }, AGAIN_MS);
}

/** Somebody looks at the page: bring it up to date, unless that has just been done. */
export function freshen(): void {
  if (account.value !== null && !locked.value && Date.now() - knocked > FRESH_MS) void knock();
}

/** Know at once that the network is gone, and as soon as may be that it is back. */
export function watchServer(): void {
  effect(() => {
    if (!reached.value) knockAgain();
  });
  effect(() => {
    if (strange.value || lapsed.value) void knock();
  });
  window.addEventListener("offline", () => (reached.value = false));
  window.addEventListener("online", () => {
    if (account.value !== null && !locked.value) void knock();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") freshen();
  });
}

function atScanned(): void {
  const code = scanned.value;
  if (code === null) return;
  scanProblem.value = null;
  for (const one of opened.value) {
    const building = one.data.buildings.find((item) => item.code === code);
    if (building === undefined) continue;
    pointAt(building.lon, building.lat, { name: buildingName(building), code: building.code });
    shown.value = one.code;
    scanned.value = null;
    return;
  }
  if (door.value === "open") void askScanned(code);
  // Asked again as soon as there is a network; until then the green answer is not about the building.
  else if (door.value === "away") scanProblem.value = "scan_away";
}

/** A building outside the own grids: the server says where it stands, and nothing else of it. */
async function askScanned(code: string): Promise<void> {
  scanned.value = null;
  try {
    const { body } = await ask<{ lon: number; lat: number }>(`/api/phone/buildings/${encodeURIComponent(code)}`);
    pointAt(body.lon, body.lat, { name: code, code });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) scanned.value = code;
    else scanProblem.value = error instanceof Problem && error.status === 404 ? "scan_unknown" : "scan_away";
  }
}

async function keepFacts(): Promise<void> {
  const db = await openStore();
  const who = account.value;
  // A page in a frame belongs to the platform around it: nothing of it stays on the phone.
  if (db === null || who === null || home.value === null || token.value !== null) return;
  const before = await db.get("facts", who);
  const facts: Facts = { account: who, csrf: csrf.value, features: [...features.value], home: home.value, pin: before?.pin ?? null };
  await db.put("facts", facts);
  await db.put("page", who, "account");
}

export async function signIn(name: string, password: string, code: string): Promise<void> {
  entryProblem.value = null;
  try {
    await endFirst();
    await send("/api/session", { name, password, ...(code === "" ? {} : { code }) });
  } catch (error) {
    const told = error instanceof Problem ? error.code : "";
    entryProblem.value = told === UNREACHABLE ? "away" : told === "code_required" || told === "bad_code" ? "code" : told === "locked" || told === "too_many_requests" ? "locked" : "wrong";
    return;
  }
  await knock();
}

export async function enterDemo(name: string): Promise<void> {
  try {
    await endFirst();
    await send("/api/session/demo", { name });
    await knock();
  } catch {
    entryProblem.value = "away";
  }
}

/** Sign out: the phone forgets the grids, and keeps what was not sent. */
export async function leave(): Promise<void> {
  const who = account.value;
  try {
    await ask("/api/session", { method: "DELETE" });
  } catch (error) {
    if (error instanceof Problem && error.code === UNREACHABLE) throw error;
  }
  if (who !== null) await forget(who);
  location.replace("/m");
}
