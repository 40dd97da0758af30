import { useState } from "preact/hooks";
import type { CampaignDocument } from "../../api/events";
import { asProblem, type Problem } from "../../api/problem";
import { t, tCount, type Word } from "../../i18n";
import { count, moment } from "../../i18n/format";
import { beginCampaign, closeCampaign, placesMoved, reopenCampaign } from "../../state/campaignDraft";
import { shapeOf } from "../../state/shapes";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

/** Edit it, close it, open it again: for whoever reaches all of its communities. */
export function CampaignSteps({ now }: { now: CampaignDocument }) {
  const [ending, setEnding] = useState<"done" | "cancelled" | "reopen" | null>(null);
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const press = (next: typeof ending): void => {
    setEnding(ending === next ? null : next);
    setFault(false);
    setFailed(null);
  };
  const send = async (): Promise<void> => {
    if (ending !== "done" && reason.trim() === "") return setFault(true);
    try {
      await (ending === "reopen" ? reopenCampaign(now, reason) : closeCampaign(now, ending ?? "done", reason));
      setEnding(null);
      setReason("");
    } catch (error) {
      setFailed(asProblem(error));
    }
  };
  return (
    <>
      {now.closed !== null && (
        <p class="band campaign-closed"><Icon name="info" />{t(now.closed.ending === "done" ? "campaigns.closed_done" : "campaigns.closed_cancelled", { at: moment(now.closed.at), who: now.closed.by })}{now.closed.reason !== null && `${lang.value === "zh" ? "：" : ": "}${now.closed.reason}`}</p>
      )}
      {now.may_edit && (
        <div class="event-actions">
          {now.closed === null ? (
            <>
              <button type="button" class="button" onClick={() => beginCampaign(now)}>{t("campaigns.edit")}</button>
              <button type="button" class="button" aria-expanded={ending === "done"} onClick={() => press("done")}>{t("campaigns.end_done")}</button>
              <button type="button" class="button" aria-expanded={ending === "cancelled"} onClick={() => press("cancelled")}>{t("campaigns.end_cancelled")}</button>
            </>
          ) : (
            <button type="button" class="button" aria-expanded={ending === "reopen"} onClick={() => press("reopen")}>{t("campaigns.reopen")}</button>
          )}
        </div>
      )}
      {ending !== null && (
        <form class="event-form" onSubmit={(event) => { event.preventDefault(); void send(); }}>
          {failed !== null && <Notice problem={failed} kept={t("campaigns.unchanged")} />}
          <label class={fault ? "field field-bad" : "field"}><span class="field-label">{t(ending === "done" ? "campaigns.reason" : "campaigns.reason_needed")}</span>
            <textarea rows={2} maxLength={1000} value={reason} aria-invalid={fault || undefined} onInput={(event) => { setReason(event.currentTarget.value); setFault(false); }} />
            {fault && <span class="field-fault" role="alert"><Icon name="circleAlert" />{t("events.note_needed")}</span>}
          </label>
          {ending !== "reopen" && <p class="caption">{t("campaigns.end_note")}</p>}
          <button type="submit" class="button button-accent">{t("events.confirm")}</button>
        </form>
      )}
    </>
  );
}

/** What was marked and does not count: nothing of it is lost. */
export function CampaignBeside({ now }: { now: CampaignDocument }) {
  const n = (value: number): string => count(value, lang.value);
  if (now.withdrawn_items.length === 0 && now.marks_elsewhere === 0 && now.marks_after_closing === 0) return null;
  return (
    <section class="block">
      <h3>{t("campaigns.beside")}</h3>
      <ul class="campaign-beside">
        {now.withdrawn_items.map((item) => <li key={item.id}><s>{item.text}</s> <small>{tCount("campaigns.off_done", item.done)}</small></li>)}
        {now.marks_elsewhere > 0 && <li>{tCount("campaigns.elsewhere", now.marks_elsewhere)}</li>}
        {now.marks_after_closing > 0 && <li>{t("campaigns.late", { n: n(now.marks_after_closing) })}</li>}
      </ul>
    </section>
  );
}

type Change = CampaignDocument["history"][number];

/** Who changed what and why, the latest first; it begins with the making. */
export function CampaignHistory({ now }: { now: CampaignDocument }) {
  return (
    <section class="block">
      <h3>{t("campaigns.history")}</h3>
      <ol class="event-history">
        {[...now.history].reverse().map((line, k) => (
          <li key={now.history.length - k}>
            <b>{t(`campaigns.did_${line.action}` as Word)}</b>
            <span class="caption">{moment(line.at)} · {line.actor}</span>
            {linesOf(line).map((said) => <span key={said} class="event-line">{said}</span>)}
            {line.reason !== null && <span class="event-line">{line.reason}</span>}
          </li>
        ))}
        <li><b>{t("campaigns.did_add")}</b><span class="caption">{moment(now.created_at)} · {now.created_by}</span></li>
      </ol>
    </section>
  );
}

function linesOf({ changes }: Change): string[] {
  const found: string[] = [];
  for (const name of ["name", "owner", "note", "deadline"] as const) {
    const change = changes[name] as { before: string | null; after: string | null } | undefined;
    if (change !== undefined) found.push(t("campaigns.changed", { what: t(WORDS[name]), before: change.before ?? "–", after: change.after ?? "–" }));
  }
  const items = (changes["items"] ?? {}) as { added?: string[]; withdrawn?: string[]; restored?: string[]; reworded?: { before: string; after: string }[] };
  for (const kind of ["added", "withdrawn", "restored"] as const) {
    const texts = items[kind];
    if (texts !== undefined) found.push(t(`campaigns.items_${kind}`, { items: texts.join(lang.value === "zh" ? "、" : ", ") }));
  }
  for (const word of items.reworded ?? []) found.push(t("campaigns.changed", { what: t("campaigns.item"), ...word }));
  const places = changes["places"] as { before: Record<string, string[]>; after: Record<string, string[]> } | undefined;
  if (places !== undefined) {
    found.push(t("campaigns.changed", { what: t("campaigns.where"), before: placesSaid(places.before), after: placesSaid(places.after) }));
    const moved = placesMoved(places.before, places.after);
    if (moved !== null && moved.out.length > 0) found.push(t("campaigns.places_out", { places: placeNames(moved.out) }));
    if (moved !== null && moved.into.length > 0) found.push(t("campaigns.places_in", { places: placeNames(moved.into) }));
  }
  return found;
}

const WORDS = { name: "campaigns.name", owner: "campaigns.owner_label", note: "campaigns.note", deadline: "campaigns.deadline_label" } as const;

const MOST_NAMED = 10;

/** Names of grids or communities; a code where the map has none, the rest of many as a number. */
function placeNames(codes: readonly string[]): string {
  const divisions = overview.value?.divisions ?? [];
  const named = codes.slice(0, MOST_NAMED).map((code) => divisions.find((each) => each.code === code)?.name ?? (shapeOf(code)?.name || code));
  const said = named.join(lang.value === "zh" ? "、" : ", ");
  return codes.length <= MOST_NAMED ? said : said + t("campaigns.places_more", { n: count(codes.length - MOST_NAMED, lang.value) });
}

function placesSaid(of: Record<string, string[]>): string {
  const grids = of["grids"];
  const codes = grids ?? of["divisions"] ?? [];
  return tCount(grids === undefined ? "campaigns.n_communities" : "campaigns.n_grids", codes.length);
}
