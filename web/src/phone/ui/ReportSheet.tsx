import { useEffect, useState } from "preact/hooks";
import { answer, followAgain, noLocation, position } from "../place";
import { newId } from "../queue";
import { write, taken } from "../outbox";
import { categories, events, known, loadCategories, loadEvents, type Category } from "../reports";
import { shortName } from "../package";
import { current } from "../packages";
import { buildingName } from "../entry";
import { lang, say, sayState } from "../words";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";
import { REPORT, reportDrafts } from "./draft";
import { openPlace, shut } from "./open";
import { PhotoRow, photoEntries } from "./PhotoRow";
import { tell, tellFailed, tellWritten } from "./toast";

/** Report: photo first, the place is preset, the category in two taps, words are optional. */
export function ReportSheet() {
  const [busy, setBusy] = useState(false);
  const version = taken.value;
  useEffect(() => void loadCategories(), []);
  useEffect(() => void loadEvents(), [version]);
  const { fields: now, photos } = reportDrafts.of(REPORT);
  const at = position.value;
  const found = answer.value;
  const send = async (): Promise<void> => {
    if (now.category === null) {
      tell(say("report_need"), true);
      return;
    }
    if (at === null) {
      tell(say("report_place_none"), true);
      return;
    }
    setBusy(true);
    try {
      const id = newId();
      const category = categories.value.find((item) => item.key === now.category);
      const label = category === undefined ? now.category : nameOf(category);
      const building = at.by === "building" ? (current.value?.data.buildings.find((item) => buildingName(item) === at.name && item.lon === at.lon)?.code ?? null) : null;
      const body = { id, category: now.category, lon: at.lon, lat: at.lat, accuracy_m: at.accuracy_m, placed: at.by, building, text: now.text.trim() || null, reported_at: new Date().toISOString(), photos: photos.length, queue_no: null };
      const how = await write([
        { id, kind: "event", method: "POST", path: "/api/events", body, label },
        ...photoEntries(id, `/api/events/${id}`, photos, label),
      ]);
      reportDrafts.drop(REPORT);
      // The next one is where the worker is then, not where this one was put; without a position the place stays.
      if (at.by !== "gps" && noLocation.value === null) followAgain();
      tellWritten(how);
      shut();
    } catch (error) {
      tellFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet title={say("nav_report")}>
      <PhotoRow photos={photos} change={(next) => reportDrafts.setPhotos(REPORT, next(reportDrafts.of(REPORT).photos))} />
      <h3>{say("report_category")}</h3>
      {categories.value.length === 0 && !known.value.has("categories") && <p class="muted">{say("not_read")}</p>}
      <Categories />
      <h3>{say("report_place")}</h3>
      <p class="row">
        <span>{at === null ? say("report_place_none") : found?.grid ? shortName(found.grid) : `${at.lon.toFixed(5)}, ${at.lat.toFixed(5)}`}</span>
        <button type="button" class="plain" onClick={() => openPlace({ picking: true })}><Icon name="crosshair" />{say("report_place_move")}</button>
      </p>
      {found?.kind === "border" && <p class="muted">{say("report_border", { grids: found.choices.map((choice) => shortName(choice.grid)).join("、") })}</p>}
      <label class="field">{say("report_text")}<textarea rows={3} maxLength={1000} value={now.text} onInput={(event) => reportDrafts.write(REPORT, { text: event.currentTarget.value })} /></label>
      <button type="button" class="primary" disabled={busy} onClick={() => void send()}><Icon name="send" />{say("report_send")}</button>
      {events.value.length > 0 && (
        <>
          <h3>{say("report_mine")}</h3>
          <ul class="list">
            {events.value.slice(0, 20).map((event) => {
              const category = categories.value.find((item) => item.key === event.category);
              return <li key={event.id} class="item"><span>{category === undefined ? (event.category_name ?? event.category) : nameOf(category)}<small>{event.number} · {event.reported_at.slice(0, 10)}</small></span><span class="state">{sayState(event.state)}</span></li>;
            })}
          </ul>
        </>
      )}
    </Sheet>
  );
}

function nameOf(category: Category): string {
  return lang.value === "zh" ? category.name : category.name_en;
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
            <button type="button" key={item.key} class="chip" aria-pressed={now.category === item.key} onClick={() => reportDrafts.write(REPORT, { category: item.key })}>{nameOf(item)}</button>
          ))}
        </div>
      )}
    </>
  );
}
