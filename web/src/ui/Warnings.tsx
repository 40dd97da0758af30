import { signal } from "@preact/signals";
import { t, tCount } from "../i18n";
import { warningText } from "../i18n/steps";
import { select } from "../state/desk";
import { showPoint } from "../state/mapLink";
import { lang, shown, view } from "../state/store";
import { Icon } from "./Icon";

const STATION_ZOOM = 16;
const open = signal(false);

/** The notes of the shown run; that buildings are counted stands below the figures already. */
function notes() {
  return (shown.value?.run.warnings ?? []).filter((warning) => warning.code !== "no_households");
}

function stationsOff() {
  return (shown.value?.run.stations ?? []).filter((station) => station.status === "off_network");
}

/** Beside the service: that the run has notes, and how many stations are left out. Opens their list. */
export function WarningMark() {
  const all = notes();
  if (all.length === 0) return null;
  const off = stationsOff().length;
  return (
    <button type="button" class="chip chip-warn" aria-expanded={open.value} aria-controls="run-notes" onClick={() => (open.value = !open.value)}>
      <Icon name="circleAlert" />
      {off > 0 ? tCount("coverage.off_network", off) : tCount("coverage.warnings", all.length)}
      <Icon name="chevronDown" class="chip-open" />
    </button>
  );
}

/** What the notes say; a station that was left out is shown on the map by its name. */
export function WarningList() {
  const all = notes();
  if (all.length === 0 || !open.value) return null;
  return (
    <ul class="warnings" id="run-notes">
      {all.map((warning) => (
        <li key={warning.code}>
          {warningText(warning.code, warning.message, warning.items, lang.value)}
          {warning.code === "stations_off_network" && <StationsOff />}
        </li>
      ))}
    </ul>
  );
}

function StationsOff() {
  return (
    <ul>
      {stationsOff().map(({ code, name, lon, lat }) => (
        <li key={code}>
          <button
            type="button"
            class="link"
            title={t("coverage.show_station")}
            onClick={() => {
              select({ kind: "station", code });
              showPoint([lon, lat], Math.max(STATION_ZOOM, view.value?.zoom ?? 0));
            }}
          >
            {name ?? code}
          </button>
        </li>
      ))}
    </ul>
  );
}
