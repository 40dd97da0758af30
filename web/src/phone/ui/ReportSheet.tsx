import { useEffect } from "preact/hooks";
import { lengthM } from "../../geo/walk";
import { categoryName, ownBuilding } from "../labels";
import { answer, answerHere, position, type Position } from "../place";
import { write, taken } from "../outbox";
import { account } from "../session";
import { categories, events, known, loadCategories, loadEvents } from "../reports";
import type { Answer } from "../answer";
import { shortName } from "../package";
import { distance, lang, say, sayState } from "../words";
import { howKnown } from "./AnswerBar";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";
import { REPORT, reportDrafts } from "./draft";
import { openPlace, shut } from "./open";
import { useOnce } from "./once";
import { PhotoRow, photoEntries, photosReady } from "./PhotoRow";
import { tell, tellFailed, tellWritten } from "./toast";

/** A position that is known no better is no place of an event. */
const ROUGHEST_M = 5000;

/** Report: photo first, the place is preset, the category in two taps, words are optional. */
export function ReportSheet() {
  const { busy, once } = useOnce();
  const version = taken.value;
  useEffect(() => void loadCategories(), []);
  const who = account.value;
  useEffect(() => { if (who !== null) void loadEvents(who); }, [who, version]);
  const { fields: now, photos } = reportDrafts.of(REPORT);
  const at = reportPlace();
  const here = position.value;
  // What was noted where one still stands is as the answer says, also beyond the phone's own map.
  const isHere = now.place === null || (here !== null && here.lon === now.place.lon && here.lat === now.place.lat);
  const found = at === null ? null : isHere ? answer.value : answerHere(at);
  const send = async (): Promise<void> => {
    const chosen = now.category;
    if (chosen === null) {
      tell(say("report_need"), true);
      return;
    }
    if (at === null) {
      tell(say("report_place_none"), true);
      return;
    }
    if (at.by === "gps" && at.accuracy_m !== null && at.accuracy_m > ROUGHEST_M) {
      tell(say("report_place_rough", { m: distance(at.accuracy_m) }), true);
      return;
    }
    await once(async () => {
      await photosReady();
      const { photos } = reportDrafts.of(REPORT);
      const id = reportDrafts.idOf(REPORT);
      const label = categoryName(chosen) ?? chosen;
      const building = at.by === "building" ? (ownBuilding(at.code)?.code ?? null) : null;
      const body = { id, category: chosen, lon: at.lon, lat: at.lat, accuracy_m: at.accuracy_m, placed: at.by, building, text: now.text.trim() || null, reported_at: new Date().toISOString(), photos: photos.length, queue_no: null };
      try {
        const how = await write([
          { id, kind: "event", method: "POST", path: "/api/events", body, label },
          ...photoEntries(id, `/api/events/${id}`, photos, label),
        ]);
        reportDrafts.drop(REPORT);
        tellWritten(how);
        shut();
      } catch (error) {
        tellFailed(error);
      }
    });
  };
  return (
    <Sheet title={say("nav_report")}>
      <PhotoRow photos={photos} change={addPhotos} />
      <h3>{say("report_category")}</h3>
      {categories.value.length === 0 && !known.value.has("categories") && <p class="muted">{say("not_read")}</p>}
      <Categories />
      <h3>{say("report_place")}</h3>
      <p class="row">
        <span>{at === null ? say("report_place_none") : <>{gridWords(found) ?? `${at.lon.toFixed(5)}, ${at.lat.toFixed(5)}`}<small>{placeWords(at, now.place !== null)}</small></>}</span>
        <button type="button" class="plain" onClick={() => openPlace({ picking: "report" })}><Icon name="crosshair" />{say("report_place_move")}</button>
        {now.place !== null && position.value !== null && <button type="button" class="plain" onClick={() => reportDrafts.write(REPORT, { place: position.value })}><Icon name="locate" />{say("report_place_here")}</button>}
      </p>
      {found?.kind === "border" && found.choices.length <= 4 && <p class="muted">{say("report_border", { grids: found.choices.map((choice) => shortName(choice.grid)).join(say("list_and")) })}</p>}
      <label class="field">{say("report_text")}<textarea rows={3} maxLength={1000} value={now.text} onInput={(event) => reportDrafts.write(REPORT, { text: event.currentTarget.value })} /></label>
      <button type="button" class="primary" disabled={busy} onClick={() => void send()}><Icon name="send" />{say("report_send")}</button>
      {events.value.length > 0 && (
        <>
          <h3>{say("report_mine")}</h3>
          <ul class="list">
            {events.value.slice(0, 20).map((event) => (
              <li key={event.id} class="item"><span>{categoryName(event.category) ?? event.category_name ?? event.category}<small>{event.number} · {event.reported_at.slice(0, 10)}</small></span><span class="state">{sayState(event.state)}</span></li>
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}

/** Where the report is: where it was photographed or put, else where the worker is. */
export function reportPlace(): Position | null {
  return reportDrafts.of(REPORT).fields.place ?? position.value;
}

function addPhotos(next: (before: readonly Blob[]) => Blob[]): void {
  const before = reportDrafts.of(REPORT);
  reportDrafts.setPhotos(REPORT, next(before.photos));
  // What is photographed is here; whoever walks on before sending does not take it along.
  if (before.photos.length === 0 && before.fields.place === null && position.value !== null) reportDrafts.write(REPORT, { place: position.value });
}

function gridWords(found: Answer | null): string | null {
  if (found === null || found.grid === null) return null;
  return found.kind === "outside" ? say("answer_outside") : shortName(found.grid);
}

/** By what the place is known, and how far that is from here. */
function placeWords(at: Position, isFixed: boolean): string {
  const here = position.value;
  const away = isFixed && here !== null && here !== at ? say("work_away", { m: distance(lengthM([[here.lon, here.lat], [at.lon, at.lat]])) }) : "";
  const by = at.by !== "gps" ? howKnown(at) : isFixed ? say("report_place_kept") : howKnown(at);
  return [by, away].filter((text) => text !== "").join(" · ");
}

function Categories() {
  const now = reportDrafts.of(REPORT).fields;
  const groups = new Map(categories.value.map((item) => [item.group, lang.value === "zh" ? item.group_name : item.group_name_en]));
  const group = now.group;
  return (
    <>
      <div class="chips" role="group" aria-label={say("report_group")}>
        {[...groups].map(([key, name]) => (
          <button type="button" key={key} class="chip" aria-pressed={group === key} onClick={() => reportDrafts.write(REPORT, { group: key, category: null })}>{name}</button>
        ))}
      </div>
      {group !== null && (
        <div class="chips second" role="group" aria-label={groups.get(group) ?? ""}>
          {categories.value.filter((item) => item.group === group).map((item) => (
            <button type="button" key={item.key} class="chip" aria-pressed={now.category === item.key} onClick={() => reportDrafts.write(REPORT, { category: item.key })}>{categoryName(item.key)}</button>
          ))}
        </div>
      )}
    </>
  );
}
