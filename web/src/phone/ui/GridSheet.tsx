import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { buildingName, counted, labelOf, ownBuilding } from "../labels";
import { current, opened, shown } from "../packages";
import { shortName, type BorderPart, type Building, type Opened } from "../package";
import { pointAt } from "../place";
import { entries, settled, taken } from "../outbox";
import { checks, loadChecks, type Check } from "../reports";
import { account, door } from "../session";
import { distance, say, sayPost } from "../words";
import { dial } from "./AnswerBar";
import { CheckForm } from "./CheckForm";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";
import { chosen, openPlace, shut, up } from "./open";

/** My grid: figures, people, neighbours along which street, buildings with their counts. */
export function GridSheet() {
  const one = current.value;
  const building = one?.data.buildings.find((item) => item.code === chosen.value) ?? null;
  if (one === null) {
    return (
      <Sheet title={say("nav_grid")}>
        <NoGrid />
      </Sheet>
    );
  }
  if (building !== null) return <BuildingSheet key={building.code} building={building} />;
  return (
    <Sheet title={shortName(one.data)}>
      {opened.value.length > 1 && (
        <div class="chips" role="group" aria-label={say("nav_grid")}>
          {opened.value.map((item) => (
            <button type="button" key={item.code} class="chip" aria-pressed={item.code === one.code} onClick={() => (shown.value = item.code)}>{shortName(item.data)}</button>
          ))}
        </div>
      )}
      <Figures one={one} />
      <h3>{say("grid_people")}</h3>
      <ul class="list">
        {one.data.workers.length === 0 && <li class="muted">{say("nobody")}</li>}
        {one.data.workers.map((person) => (
          <li key={person.name + person.post} class="item"><span>{person.name}<small>{sayPost(person)}</small></span>{person.work_phone === null ? <span class="state">{say("no_phone")}</span> : <a class="number dial" href={dial(person)}><Icon name="phone" />{person.work_phone}</a>}</li>
        ))}
      </ul>
      <h3>{say("grid_border")}</h3>
      <ul class="list">{one.data.border.map((part, n) => <Border key={n} part={part} one={one} />)}</ul>
      <Buildings one={one} />
      <MyChecks />
    </Sheet>
  );
}

/** Why there is no grid to be shown. */
export function NoGrid() {
  const away = door.value !== "open";
  return (
    <>
      <p class="empty">{say(door.value === "asking" ? "loading" : away ? "grid_away" : "grid_none")}</p>
      <p class="muted">{door.value === "asking" ? "" : say(away ? "grid_away_note" : "grid_none_note")}</p>
    </>
  );
}

function Figures({ one }: { one: Opened }) {
  const { buildings } = one.data;
  const sum = (basis: "resident" | "registered" | "vacant" | "planned"): number => buildings.reduce((total, item) => total + (item[basis] ?? 0), 0);
  const days = buildings.flatMap((item) => (item.counted_on === undefined ? [] : [item.counted_on])).sort();
  const span = days.length === 0 ? "–" : days[0] === days[days.length - 1] ? days[0]! : `${days[0]} – ${days[days.length - 1]}`;
  return (
    <>
      <dl class="figures">
        <div><dt>{say("grid_households")}</dt><dd>{sum("resident")}</dd></div>
        <div><dt>{say("grid_registered")}</dt><dd>{sum("registered")}</dd></div>
        <div><dt>{say("grid_buildings")}</dt><dd>{buildings.length}</dd></div>
      </dl>
      <p class="muted">{say("grid_vacant")} {sum("vacant")} · {say("as_of", { date: span })}</p>
    </>
  );
}

function Border({ part, one }: { part: BorderPart; one: Opened }) {
  const other = one.asked.find((grid) => grid.code === part.grid);
  return (
    <li class="item">
      <span>
        {other === undefined ? say("grid_border_none") : shortName(other)}
        <small>{part.streets.length === 0 ? "" : say("grid_border_at", { streets: part.streets.map((street) => street.name).join(say("list_and")) })}</small>
      </span>
      <span class="number">{distance(part.length_m)}</span>
    </li>
  );
}

const MOST = 60;
/** What is searched for outlives a look at one building: the next one is often its neighbour. */
const searched = signal("");

/** The last count of one's own that the community has not decided on, by building. */
function proposed(): ReadonlyMap<string, { resident?: unknown }> {
  const found = new Map<string, { resident?: unknown }>();
  for (const check of [...checks.value].reverse()) if (check.state === "proposed") found.set(check.building, check);
  for (const entry of [...settled.value, ...entries.value]) {
    if (entry.kind === "check" && entry.state === "waiting") found.set(String(entry.body?.["building"]), entry.body ?? {});
  }
  return found;
}

function Buildings({ one }: { one: Opened }) {
  const words = searched.value;
  const own = proposed();
  const wanted = words.trim().toLowerCase();
  const found = one.data.buildings.filter((item) => wanted === "" || `${buildingName(item)} ${item.estate ?? ""}${item.building_no ?? ""} ${item.address ?? ""} ${item.code}`.toLowerCase().includes(wanted));
  return (
    <>
      <h3>{say("grid_buildings")}</h3>
      <input type="search" value={words} placeholder={say("search_building")} aria-label={say("search_building")} onInput={(event) => (searched.value = event.currentTarget.value)} />
      <ul class="list">
        {found.slice(0, MOST).map((item) => (
          <li key={item.code}>
            <button type="button" class="item" onClick={() => openPlace({ sheet: "grid", building: item.code })}>
              <Icon name="building" />
              <span>{buildingName(item)}<small>{beside(item) ?? item.code}</small></span>
              <span class="number">{item.resident ?? "–"}{own.has(item.code) && <small>{say("counted_now", { n: String(own.get(item.code)?.resident ?? "✓") })}</small>}</span>
              <Icon name="chevronRight" />
            </button>
          </li>
        ))}
      </ul>
      {found.length > MOST && <p class="muted">{say("more_buildings", { n: found.length - MOST })}</p>}
    </>
  );
}

/** The address, where it is not already the name. */
function beside(building: Building): string | undefined {
  return building.address === buildingName(building) ? undefined : building.address;
}

function BuildingSheet({ building }: { building: Building }) {
  return (
    <Sheet title={buildingName(building)} up={() => up({ sheet: "grid" })}>
      <p class="muted">{[beside(building), building.floors === undefined ? undefined : say("floors", { n: building.floors }), building.code].filter(Boolean).join(" · ")}</p>
      <dl class="figures">
        <div><dt>{say("grid_registered")}</dt><dd>{building.registered ?? "–"}</dd></div>
        <div><dt>{say("grid_households")}</dt><dd>{building.resident ?? "–"}</dd></div>
        <div><dt>{say("grid_vacant")}</dt><dd>{building.vacant ?? "–"}</dd></div>
        <div><dt>{say("grid_planned")}</dt><dd>{building.planned ?? "–"}</dd></div>
      </dl>
      <p class="muted">{building.counted_on === undefined ? say("no_count") : say("counted", { date: building.counted_on, source: building.source ?? "" })}</p>
      <button type="button" class="wide" onClick={() => { pointAt(building.lon, building.lat, { name: buildingName(building), code: building.code }); shut(); }}><Icon name="crosshair" />{say("here")}</button>
      <CheckForm building={building} />
      <MyChecks building={building} />
    </Sheet>
  );
}

/** What one counted, and what became of it; of one building, or of all. */
function MyChecks({ building = null }: { building?: Building | null }) {
  const who = account.value;
  const version = taken.value;
  useEffect(() => { if (who !== null) void loadChecks(who); }, [who, version]);
  const sent = new Set(checks.value.map((check) => check.id));
  const isAsked = (code: unknown): boolean => building === null || code === building.code;
  // What was written here stands first: what waits, and what the server has and the list does not know yet.
  const written = [...settled.value, ...entries.value].filter((entry) => entry.kind === "check" && entry.state === "waiting" && !sent.has(entry.id) && isAsked(entry.body?.["building"])).reverse();
  const shown = checks.value.filter((check) => isAsked(check.building));
  if (written.length + shown.length === 0) return null;
  return (
    <>
      <h3>{say("check_mine")}</h3>
      <ul class="list">
        {written.map((entry) => (
          <li key={entry.id} class="item">
            <span>{building === null ? labelOf(entry, []) : counted(entry.body ?? {})}<small>{building === null && `${counted(entry.body ?? {})} · `}{say(settled.value.includes(entry) ? "check_proposed" : "queue_waiting")}</small></span>
          </li>
        ))}
        {shown.map((check) => (
          <li key={check.id} class="item">
            <span>{building === null ? nameOf(check) : counted(check)}<small>{building === null && `${counted(check)} · `}{check.counted_on} · {say(`check_${check.state}`, { why: check.reason ?? "" })}</small></span>
          </li>
        ))}
      </ul>
    </>
  );
}

function nameOf(check: Check): string {
  const building = ownBuilding(check.building);
  if (building !== undefined) return buildingName(building);
  return [check.estate, check.building_name].filter(Boolean).join(" ") || check.building;
}
