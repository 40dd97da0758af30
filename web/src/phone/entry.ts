import { effect, signal } from "@preact/signals";
import { Problem, UNREACHABLE } from "../api/problem";
import { count, flush } from "./outbox";
import { linked, openKept, opened, refresh, shown } from "./packages";
import { ask, reached, send } from "./server";
import { account, csrf, demo, door, features, home, lapsed, locked, token } from "./session";
import { followAgain, forgetPointed, noLocation, pointAt } from "./place";
import { clearLists, loadLists } from "./reports";
import type { PhoneHome } from "./package";
import { forget, openStore, type Facts } from "./store";

/** Why a link or a password did not let somebody in. */
export const entryProblem = signal<"link" | "wrong" | "code" | "locked" | "away" | null>(null);
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
}

/** Take what stands in the address: a one-time link, a grid, a scanned building. */
function takeAddress(): string | null {
  const secret = /^#enter=(.+)$/.exec(location.hash)?.[1] ?? null;
  const query = new URLSearchParams(location.search);
  linked.value = query.get("grid");
  scanned.value = query.get("b");
  if (scanned.value !== null) forgetPointed();
  // A link is good once: nobody should find it in the address bar or the history.
  if (secret !== null) history.replaceState(null, "", location.pathname + location.search);
  return secret;
}

/** Open the page: first what the phone keeps, then what the server says. */
export async function enter(): Promise<void> {
  const secret = takeAddress();
  const db = await openStore();
  const who = (await db?.get("page", "account")) as string | undefined;
  if (secret === null && who !== undefined) await showKept(who);
  if (secret !== null) await useLink(secret);
  if (!locked.value) await knock();
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
  atScanned();
  await count();
}

/** Within another platform the browser keeps no cookie of ours: the page then carries the token itself. */
const framed = (): boolean => window.top !== window.self;

async function useLink(link: string): Promise<void> {
  try {
    const name = navigator.userAgent.replace(/^Mozilla\/5\.0 /, "").slice(0, 60);
    const told = await send<{ account: string; token: string | null }>("/api/session/device", { link, name, keep: framed() ? "token" : "cookie" });
    token.value = told.token;
    entryProblem.value = null;
  } catch (error) {
    const code = error instanceof Problem ? error.code : "";
    entryProblem.value = code === UNREACHABLE ? "away" : "link";
    if (code === "not_switched_on") door.value = "off";
  }
}

let knocked = 0;

/** Ask who is signed in and bring everything up to date. */
export async function knock(): Promise<void> {
  knocked = Date.now();
  clearTimeout(again);
  let body: SessionBody;
  try {
    body = (await ask<SessionBody>("/api/session")).body;
  } catch {
    door.value = "away";
    knockAgain();
    return;
  }
  demo.value = (body.demo ?? []).filter((item) => item.role === "grid_worker").map((item) => item.name);
  if (body.account === null) {
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
    if (shown.value === null) shown.value = opened.value[0]?.code ?? null;
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
    if (!locked.value) void knock();
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
  for (const one of opened.value) {
    const building = one.data.buildings.find((item) => item.code === code);
    if (building === undefined) continue;
    pointAt(building.lon, building.lat, buildingName(building));
    shown.value = one.code;
    scanned.value = null;
    return;
  }
  if (door.value === "open") void askScanned(code);
}

/** A building outside the own grids: the server says where it stands, and nothing else of it. */
async function askScanned(code: string): Promise<void> {
  scanned.value = null;
  try {
    const { body } = await ask<{ lon: number; lat: number }>(`/api/phone/buildings/${encodeURIComponent(code)}`);
    pointAt(body.lon, body.lat, code);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) scanned.value = code;
    else noLocation.value = error instanceof Problem && error.status === 404 ? "scan_unknown" : "scan_away";
  }
}

export function buildingName(building: { name?: string; estate?: string; building_no?: string; address?: string; code: string }): string {
  const numbered = building.building_no === undefined ? undefined : `${building.estate ?? ""} ${building.building_no}`.trim();
  return building.name ?? numbered ?? building.address ?? building.code;
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
  followAgain();
  location.replace("/m");
}
