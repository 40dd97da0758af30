import { useEffect, useState } from "preact/hooks";
import { labelOf, wordsOf } from "../labels";
import { count, entries, flush, sending } from "../outbox";
import { dismiss, retry } from "../queue";
import { CHECK_FIGURES, categories } from "../reports";
import type { Queued } from "../store";
import { say, sayMoment, sayRefusal } from "../words";
import { REPORT, checkDrafts, reportDrafts, stepDrafts } from "./draft";
import { Icon } from "./icons";
import { openPlace } from "./open";
import { Sheet } from "./Sheet";
import { tell } from "./toast";

/** What waits and what was refused, with the reason; nothing disappears by itself. */
export function QueueSheet() {
  const all = entries.value;
  // A photo is shown with what it belongs to.
  const alone = (entry: Queued): boolean => entry.kind !== "photo" || !all.some((other) => other.id === entry.id && other.kind !== "photo");
  return (
    <Sheet title={say("queue_title")}>
      {all.length === 0 && <p class="empty">{say("queue_empty")}</p>}
      <ul class="list">
        {all.filter(alone).map((entry) => <Entry key={entry.key} entry={entry} photos={all.filter((other) => other !== entry && other.id === entry.id && other.kind === "photo")} />)}
      </ul>
      {all.some((entry) => entry.state === "waiting") && <button type="button" class="wide" onClick={() => void flush()}>{say("retry")}</button>}
    </Sheet>
  );
}

function Entry({ entry, photos }: { entry: Queued; photos: readonly Queued[] }) {
  const [sure, ask] = useState(false);
  const drop = (): Promise<void> => dismiss(entry.key!).then(count);
  const words = wordsOf(entry);
  return (
    <li class="card">
      <p>{labelOf(entry, entries.value)}<small>{sayMoment(entry.made_at)}</small></p>
      {words !== "" && <p class="work-said">{words}</p>}
      <Blobs photos={[...(entry.photo ? [entry] : []), ...photos]} />
      {entry.state === "waiting" ? <p class="muted">{say(sending.value ? "sending" : "queue_waiting")}</p> : (
        <>
          <p class="bad"><Icon name="circleAlert" />{say("queue_refused", { why: sayRefusal(entry.refusal) })}</p>
          <p class="row">
            {canChange(entry) && <button type="button" class="plain" onClick={() => void change(entry, photos, drop)}>{say("queue_change")}</button>}
            <button type="button" class="plain" onClick={() => void retry(entry.key!).then(count).then(flush)}>{say("queue_again")}</button>
            <button type="button" class="plain" onClick={() => (sure ? void drop() : ask(true))}><Icon name="trash" />{say(sure ? "queue_sure" : "queue_drop")}</button>
          </p>
        </>
      )}
    </li>
  );
}

/** Marks of a checklist are ticked anew where they stand; a photo alone belongs to what was taken. */
function canChange(entry: Queued): boolean {
  return entry.kind === "event" || entry.kind === "check" || entry.kind === "step";
}

/** Put a refused entry back into its form, to be written again: what it was refused for can be mended there. */
async function change(entry: Queued, photos: readonly Queued[], drop: () => Promise<void>): Promise<void> {
  const body = entry.body ?? {};
  const blobs = photos.flatMap((item) => (item.photo ? [item.photo] : []));
  const text = (name: string): string => (typeof body[name] === "string" ? (body[name] as string) : "");
  if (entry.kind === "event") {
    if (reportDrafts.has(REPORT)) {
      tell(say("queue_busy"), true);
      return;
    }
    const category = categories.value.find((item) => item.key === body["category"]);
    const place = { lon: Number(body["lon"]), lat: Number(body["lat"]), accuracy_m: (body["accuracy_m"] as number | null) ?? null, by: body["placed"] as "gps" | "tap" | "building" };
    reportDrafts.begin(REPORT, { group: category?.group ?? null, category: category?.key ?? null, text: text("text"), place }, blobs);
    await drop();
    openPlace({ sheet: "report" });
  } else if (entry.kind === "check") {
    const figures = Object.fromEntries(CHECK_FIGURES.flatMap((name) => (body[name] === undefined || body[name] === null ? [] : [[name, String(body[name])]])));
    checkDrafts.begin(text("building"), { figures, day: text("counted_on") || null, note: text("note") }, []);
    await drop();
    openPlace({ sheet: "grid", building: text("building") });
  } else {
    const event = /^\/api\/events\/([^/]+)\//.exec(entry.path)?.[1] ?? "";
    stepDrafts.begin(event, { words: text("note") }, blobs);
    await drop();
    openPlace({ sheet: "tasks", event });
  }
}

function Blobs({ photos }: { photos: readonly Queued[] }) {
  const [shown, show] = useState<string[]>([]);
  const keys = photos.map((entry) => entry.key).join(" ");
  useEffect(() => {
    const made = photos.flatMap((entry) => (entry.photo ? [URL.createObjectURL(entry.photo)] : []));
    show(made);
    return () => made.forEach((address) => URL.revokeObjectURL(address));
  }, [keys]);
  if (shown.length === 0) return null;
  return <div class="photos">{shown.map((address, n) => <div class="photo" key={address}><img src={address} alt={`${say("photo_of")} ${n + 1}`} /></div>)}</div>;
}
