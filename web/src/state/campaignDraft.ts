import { computed, signal } from "@preact/signals";
import { eventsApi, type CampaignDocument } from "../api/events";
import { shapeAt, type Shape } from "../geo/shapes";
import type { LonLat } from "../api/types";
import { campaign, campaignAt, eventsOpen, eventsTab, readAgain } from "./events";
import { grids } from "./shapes";
import { hover, overview } from "./store";

export interface DraftLine {
  /** Of the item there is; its marks stay with it whatever it is called. */
  id: number;
  text: string;
  on: boolean;
}

/** A campaign as it is being written: a new one, or changes of one there is. */
export interface CampaignDraft {
  of: CampaignDocument | null;
  name: string;
  owner: string;
  deadline: string;
  note: string;
  reason: string;
  lines: readonly DraftLine[];
  /** New items, one a line. */
  more: string;
  where: "as_is" | "area" | "grids";
  area: string;
}

export const campaignDraft = signal<CampaignDraft | null>(null);
/** Codes of the grids that were chosen one by one. */
export const chosenGrids = signal<ReadonlySet<string>>(new Set());
/** A click on the map chooses a grid. */
export const choosing = computed(() => eventsOpen.value && eventsTab.value === "campaigns" && campaignDraft.value?.where === "grids");

/** Communities and larger divisions a campaign can be for. */
export function areasOf(): { code: string; name: string; level: string }[] {
  return (overview.value?.divisions ?? []).filter(({ level }) => level !== "province" && level !== "city");
}

export function beginCampaign(of: CampaignDocument | null): void {
  const areas = areasOf();
  const area = areas.find(({ level }) => level === "township")?.code ?? areas[0]?.code ?? "";
  chosenGrids.value = new Set(of !== null && of.some_grids ? of.grids.map(({ code }) => code) : []);
  const lines = of === null ? [] : [...of.items.map((item) => ({ ...item, on: true })), ...of.withdrawn_items.map(({ id, text }) => ({ id, text, on: false }))];
  campaignDraft.value = { of, name: of?.name ?? "", owner: of?.owner ?? "", deadline: of?.deadline ?? "", note: of?.note ?? "", reason: "", lines, more: "", where: of === null ? "area" : of.some_grids ? "grids" : "as_is", area };
}

export function endCampaignDraft(): void {
  campaignDraft.value = null;
  if (hover.value?.kind === "grid") hover.value = null;
}

export function change(part: Partial<CampaignDraft>): void {
  if (campaignDraft.value !== null) campaignDraft.value = { ...campaignDraft.value, ...part };
}

export function toggleGrid(code: string): void {
  const next = new Set(chosenGrids.value);
  if (!next.delete(code)) next.add(code);
  chosenGrids.value = next;
}

/** Grids whose name or code has the words, those of a community where one is meant. */
export function gridsLike(words: string, community: string, all: readonly Pick<Shape, "code" | "name">[] = grids.value): readonly Pick<Shape, "code" | "name">[] {
  const wanted = words.trim().toLowerCase();
  return all.filter(({ code, name }) => code.startsWith(community) && (wanted === "" || `${name} ${code}`.toLowerCase().includes(wanted)));
}

export function chooseAt(at: LonLat): void {
  const found = shapeAt(grids.value, at);
  if (found !== null) toggleGrid(found.code);
}

export function pointAtGrid(at: LonLat | null): void {
  const code = at === null ? null : (shapeAt(grids.value, at)?.code ?? null);
  if (hover.value?.code !== code) hover.value = code === null ? null : { kind: "grid", code };
}

export function newLines(draft: CampaignDraft): string[] {
  return draft.more.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/** What is missing: names of the parts. */
export function faultsOf(draft: CampaignDraft, chosen: number): ReadonlySet<string> {
  const kept = draft.lines.filter(({ on }) => on);
  const found = new Set<string>();
  if (draft.name.trim() === "") found.add("name");
  if (draft.owner.trim() === "") found.add("owner");
  if (draft.deadline === "") found.add("deadline");
  if (kept.length + newLines(draft).length === 0 || kept.some(({ text }) => text.trim() === "")) found.add("items");
  if (draft.where === "grids" && chosen === 0) found.add("grids");
  return found;
}

type Places = Partial<Record<"grids" | "divisions", readonly string[]>>;

/** Codes that left the area of a campaign and those that came to it; null where grids and communities cannot be compared. */
export function placesMoved(before: Places, after: Places): { out: string[]; into: string[] } | null {
  const kind = before.grids !== undefined && after.grids !== undefined ? "grids" : before.divisions !== undefined && after.divisions !== undefined ? "divisions" : null;
  if (kind === null) return null;
  const [was, is] = [before[kind]!, after[kind]!];
  return { out: was.filter((code) => !is.includes(code)), into: is.filter((code) => !was.includes(code)) };
}

/** Make it, or change the one it is of. */
export async function saveCampaign(draft: CampaignDraft): Promise<void> {
  const places = { divisions: draft.where === "area" ? [draft.area] : [], grids: draft.where === "grids" ? [...chosenGrids.value].sort() : [] };
  const words = { name: draft.name.trim(), owner: draft.owner.trim(), deadline: draft.deadline, note: draft.note.trim() };
  const fresh = newLines(draft);
  await taken(
    draft.of === null
      ? eventsApi.makeCampaign({ ...words, items: fresh, ...places })
      : eventsApi.editCampaign(draft.of.id, {
          ...words,
          ...places,
          items: [...draft.lines.filter(({ on }) => on).map(({ id, text }) => ({ id, text: text.trim() })), ...fresh.map((text) => ({ text }))],
          reason: draft.reason.trim() || null,
          revision: draft.of.revision,
        }),
  );
  endCampaignDraft();
}

export async function closeCampaign(now: CampaignDocument, ending: "done" | "cancelled", reason: string): Promise<void> {
  await taken(eventsApi.closeCampaign(now.id, { ending, reason: reason.trim() || null, revision: now.revision }));
}

export async function reopenCampaign(now: CampaignDocument, reason: string): Promise<void> {
  await taken(eventsApi.reopenCampaign(now.id, { reason: reason.trim(), revision: now.revision }));
}

async function taken(change: Promise<CampaignDocument>): Promise<void> {
  try {
    const found = await change;
    campaign.value = found;
    campaignAt.value = found.id;
  } finally {
    // After a refusal, too: somebody else may have changed it, and whoever begins again must begin with that.
    readAgain();
  }
}
