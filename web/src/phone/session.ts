import { signal } from "@preact/signals";
import type { PhoneHome } from "./package";

/** Who is signed in on this phone; null before it is known, and for nobody. */
export const account = signal<string | null>(null);
export const csrf = signal<string | null>(null);
/** Of a page within another platform, which keeps no cookie: in memory only. */
export const token = signal<string | null>(null);
export const home = signal<PhoneHome | null>(null);
/** What is switched on here: "events", "campaigns". */
export const features = signal<readonly string[]>([]);
/** What is known of the door. */
export const door = signal<"asking" | "open" | "closed" | "away" | "off">("asking");
/** Somebody was signed in before; what the phone keeps of the account is still shown. */
export const lapsed = signal(false);
/** Demo accounts that may be entered here without a password. */
export const demo = signal<readonly string[]>([]);
export const locked = signal(false);
