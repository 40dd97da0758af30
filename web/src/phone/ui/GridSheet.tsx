import { useEffect, useState } from "preact/hooks";
import { buildingName } from "../entry";
import { current, opened, shown } from "../packages";
import { shortName, type BorderPart, type Building, type Opened } from "../package";
import { pointAt } from "../place";
import { ask } from "../server";
import { taken } from "../outbox";
import { distance, say, sayPost } from "../words";
import { CheckForm } from "./CheckForm";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";
import { chosen } from "./open";

/** My grid: figures, people, neighbours along which street, buildings with their counts. */
export function GridSheet({ close }: { close: () => void }) {
  const one = current.value;
  const building = one?.data.buildings.find((item) => item.code === chosen.value) ?? null;
  if (one === null) {
    return (
      <Sheet title={say("nav_grid")} close={close}>
        <p class="empty">{say("grid_none")}</p>
        <p class="muted">{say("grid_none_note")}</p>
      </Sheet>
    );
  }
  if (building !== null) return <BuildingSheet key={building.code} building={building} close={close} />;
  return (
    <Sheet title={shortName(one.data)} close={close}>
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
          <li key={person.name + person.post} class="item"><span>{person.name}<small>{sayPost(person)}</small></span><span class="number">{person.work_phone ?? say("no_phone")}</span></li>
        ))}
      </ul>
      <h3>{say("grid_border")}</h3>
      <ul class="list">{one.data.border.map((part, n) => <Border key={n} part={part} one={one} />)}</ul>
      <Buildings one={one} />
      <MyChecks />
    </Sheet>
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
        <small>{part.streets.length === 0 ? "" : say("grid_border_at", { streets: part.streets.map((street) => street.name).join("、") })}</small>
      </span>
      <span class="number">{distance(part.length_m)}</span>
    </li>
  );
}

const MOST = 60;

function Buildings({ one }: { one: Opened }) {
  const [words, search] = useState("");
  const wanted = words.trim().toLowerCase();
  const found = one.data.buildings.filter((item) => wanted === "" || `${buildingName(item)} ${item.estate ?? ""}${item.building_no ?? ""} ${item.address ?? ""} ${item.code}`.toLowerCase().includes(wanted));
  return (
    <>
      <h3>{say("grid_buildings")}</h3>
      <input type="search" value={words} placeholder={say("search_building")} aria-label={say("search_building")} onInput={(event) => search(event.currentTarget.value)} />
      <ul class="list">
        {found.slice(0, MOST).map((item) => (
          <li key={item.code}>
            <button type="button" class="item" onClick={() => (chosen.value = item.code)}>
              <Icon name="building" />
              <span>{buildingName(item)}<small>{item.address ?? item.code}</small></span>
              <span class="number">{item.resident ?? "–"}</span>
              <Icon name="chevronRight" />
            </button>
          </li>
        ))}
      </ul>
      {found.length > MOST && <p class="muted">{say("more_buildings", { n: found.length - MOST })}</p>}
    </>
  );
}

function BuildingSheet({ building, close }: { building: Building; close: () => void }) {
  return (
    <Sheet title={buildingName(building)} close={close} back={() => (chosen.value = null)}>
      <p class="muted">{[building.address, building.floors === undefined ? undefined : say("floors", { n: building.floors }), building.code].filter(Boolean).join(" · ")}</p>
      <dl class="figures four">
        <div><dt>{say("grid_registered")}</dt><dd>{building.registered ?? "–"}</dd></div>
        <div><dt>{say("grid_households")}</dt><dd>{building.resident ?? "–"}</dd></div>
        <div><dt>{say("grid_vacant")}</dt><dd>{building.vacant ?? "–"}</dd></div>
        <div><dt>{say("grid_planned")}</dt><dd>{building.planned ?? "–"}</dd></div>
      </dl>
      <p class="muted">{building.counted_on === undefined ? say("no_count") : say("counted", { date: building.counted_on, source: building.source ?? "" })}</p>
      <button type="button" class="wide" onClick={() => { pointAt(building.lon, building.lat, buildingName(building)); chosen.value = null; close(); }}><Icon name="crosshair" />{say("here")}</button>
      <CheckForm building={building} />
    </Sheet>
  );
}

interface Check { id: string; building: string; building_name: string | null; counted_on: string; resident: number | null; registered: number | null; state: "proposed" | "accepted" | "returned"; reason: string | null }

/** What one proposed, and what became of it. */
function MyChecks() {
  const [checks, set] = useState<Check[]>([]);
  const version = taken.value;
  useEffect(() => {
    let here = true;
    ask<{ checks: Check[] }>("/api/household-checks?limit=30").then(({ body }) => { if (here) set(body.checks); }).catch(() => undefined);
    return () => { here = false; };
  }, [version]);
  if (checks.length === 0) return null;
  return (
    <>
      <h3>{say("check_mine")}</h3>
      <ul class="list">
        {checks.map((check) => (
          <li key={check.id} class="item">
            <span>{check.building_name ?? check.building}<small>{check.counted_on} · {say(`check_${check.state}`, { why: check.reason ?? "" })}</small></span>
            <span class="number">{check.resident ?? check.registered ?? "–"}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
