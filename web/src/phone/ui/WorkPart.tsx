import { useEffect, useState } from "preact/hooks";
import { lengthM } from "../../geo/walk";
import { buildingName, ownBuilding, stepLabel, workName } from "../labels";
import { write } from "../outbox";
import { position } from "../place";
import { known, work, type WorkEvent } from "../reports";
import { proof, reached } from "../server";
import { token } from "../session";
import { pathOf, standing } from "../steps";
import { distance, say, sayMoment, sayRefusal, sayState } from "../words";
import { stepDrafts } from "./draft";
import { Icon } from "./icons";
import { useOnce } from "./once";
import { openPlace } from "./open";
import { PhotoRow, photoEntries, photosReady } from "./PhotoRow";
import { tell, tellFailed, tellWritten } from "./toast";

const NEEDS_WORDS = new Set(["feedback", "return"]);

/** Events of the own grids that their worker deals with. */
export function WorkPart() {
  return (
    <>
      <h3>{say("work_title")}</h3>
      {work.value.length === 0 && <p class="muted">{say(known.value.has("work") ? "work_none" : "not_read")}</p>}
      <ul class="list">
        {work.value.map((event) => {
          const now = standing(event);
          return (
            <li key={event.id}>
              <button type="button" class="item" onClick={() => openPlace({ sheet: "tasks", event: event.id })}>
                <span>{workName(event)}<small>{[event.grid?.name ?? event.grid?.code, shortened(event.text)].filter(Boolean).join(" · ")}</small></span>
                <span class={now.refused.length > 0 || event.overdue ? "state bad" : "state"}>{now.refused.length > 0 ? say("refused_n", { n: now.refused.length }) : event.overdue ? say("work_overdue") : sayState(now.state)}</span>
                <Icon name="chevronRight" />
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** One event: what, where, until when, and the steps of a worker as large buttons. */
export function WorkEventPart({ event }: { event: WorkEvent }) {
  const { fields: { words }, photos } = stepDrafts.of(event.id);
  const { busy, once } = useOnce();
  const now = standing(event);
  const take = async (action: string): Promise<void> => {
    const note = words.trim();
    if (NEEDS_WORDS.has(action) && note === "") {
      tell(say("work_need_words"), true);
      return;
    }
    try {
      await photosReady();
      const { photos } = stepDrafts.of(event.id);
      const id = stepDrafts.idOf(event.id);
      const body = { id, action, note: note === "" ? null : note, at: new Date().toISOString(), photos: photos.length };
      const path = pathOf(event.id);
      const label = stepLabel(event, action);
      tellWritten(await write([{ id, kind: "step", method: "POST", path, body, label }, ...photoEntries(id, `${path}/${id}`, photos, label)]));
      stepDrafts.drop(event.id);
    } catch (error) {
      tellFailed(error);
    }
  };
  const press = (action: string): void => void once(() => take(action));
  const own = now.work;
  return (
    <>
      <p class="row"><span class="muted">{event.number} · {sayMoment(event.reported_at)}</span><span class="state-pill">{sayState(now.state)}{now.waiting > 0 && ` · ${say("queue_waiting")}`}</span></p>
      <p class="work-said">{event.text || <span class="muted">{say("work_no_text")}</span>}</p>
      <Pictures event={event} />
      <p>{placeOf(event)}</p>
      {event.due_at !== null && <p class={event.overdue ? "bad" : undefined}>{say("work_due", { at: sayMoment(event.due_at) })}</p>}
      {event.deadline?.calendar === "no_entry" && <p class="muted">{say("work_no_calendar", { years: event.deadline.years.join(say("list_and")) })}</p>}
      {now.refused.map((entry) => (
        <div class="card" key={entry.key}>
          <p class="bad"><Icon name="circleAlert" />{entry.label} — {say("queue_refused", { why: sayRefusal(entry.refusal) })}</p>
          <button type="button" class="wide" onClick={() => openPlace({ sheet: "queue" })}>{say("queue_title")}</button>
        </div>
      ))}
      {own.includes("handle") && <button type="button" class="primary" disabled={busy} onClick={() => press("handle")}><Icon name="navigation" />{say("work_handle")}</button>}
      {own.includes("feedback") && (
        <>
          <label class="field">{say("work_words")}<textarea rows={3} maxLength={1000} value={words} onInput={(change) => stepDrafts.write(event.id, { words: change.currentTarget.value })} /></label>
          <PhotoRow photos={photos} change={(next) => stepDrafts.setPhotos(event.id, next(stepDrafts.of(event.id).photos))} />
          <button type="button" class={own.includes("handle") ? "wide" : "primary"} disabled={busy} onClick={() => press("feedback")}><Icon name="circleCheck" />{say("work_feedback")}</button>
          <button type="button" class="wide" disabled={busy} onClick={() => press("return")}><Icon name="arrowRight" />{say("work_return")}</button>
        </>
      )}
      {own.length === 0 && <p class="muted">{say(now.state === "feedback" ? "work_checked_next" : now.state === "returned" ? "work_with_community" : "work_no_step")}</p>}
    </>
  );
}

/** The grid, the building, and how far away it is where that is known. */
function placeOf(event: WorkEvent): string {
  const building = ownBuilding(event.building);
  const at = position.value;
  const away = at === null ? "" : say("work_away", { m: distance(lengthM([[at.lon, at.lat], [event.lon, event.lat]])) });
  return [event.grid?.name ?? event.grid?.code, building === undefined ? undefined : buildingName(building), away].filter(Boolean).join(" · ");
}

/** Photos are not kept on the phone: they are shown when there is a network. */
function Pictures({ event }: { event: WorkEvent }) {
  const there = Array.from({ length: event.photos }, (_, n) => n).filter((n) => !event.photos_missing.includes(n));
  if (there.length === 0) return null;
  return (
    <div class="photos">
      {there.map((n) => <Picture key={n} path={`/api/events/${event.id}/photos/${n}`} n={n} />)}
    </div>
  );
}

function Picture({ path, n }: { path: string; n: number }) {
  const [gone, set] = useState(false);
  const [source, setSource] = useState<string | null>(token.value === null ? path : null);
  // Asked for again once the server is there again.
  const there = reached.value;
  useEffect(() => set(false), [there]);
  useEffect(() => {
    // In a frame no cookie goes along with a picture: the page fetches it by its token.
    if (token.value === null) return undefined;
    let made: string | null = null;
    let here = true;
    fetch(path, { headers: proof() }).then((response) => (response.ok ? response.blob() : Promise.reject(new Error(String(response.status))))).then(
      (blob) => { if (here) setSource((made = URL.createObjectURL(blob))); },
      () => { if (here) set(true); },
    );
    return () => {
      here = false;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [path, there]);
  const words = `${say("photo_of")} ${n + 1}`;
  if (gone) return <p class="photo photo-away muted">{words}<small>{say("photo_away")}</small></p>;
  if (source === null) return null;
  return <div class="photo"><img src={source} alt={words} loading="lazy" onError={() => set(true)} /></div>;
}

const LIST_TEXT = 60;

/** In a list a long report is told by its beginning. */
function shortened(text: string | null | undefined): string | null {
  return text && text.length > LIST_TEXT ? `${text.slice(0, LIST_TEXT)}…` : (text ?? null);
}
