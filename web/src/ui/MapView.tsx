import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { scaleBar } from "../geo/scale";
import { t, type Word } from "../i18n";
import { linkMap, theMap, wholeCounty } from "../state/mapLink";
import { step } from "../state/desk";
import { away, mapGaps, overview, panel, toggles, view, type Toggle } from "../state/store";
import { plan } from "../state/plan";
import { Card } from "./Card";
import { WhatIfOnMap } from "./whatif/WhatIfOnMap";
import { whatIfOpen } from "../state/whatif";
import { sitingOpen } from "../state/siting";
import { PeopleCard, PeopleOnMap } from "./people/room";
import { SitingOnMap } from "./siting/room";
import { PlanOnMap } from "./division/PlanOnMap";
import { EventsOnMap } from "./events/room";
import { Icon, IconButton } from "./Icon";
import { Legend } from "./Legend";
import { StandingLegend } from "./standards/StandingLegend";

/** The map edge to edge, with its tools, legend, scale and sources. */
export function MapView() {
  const element = useRef<HTMLDivElement>(null);
  const facts = overview.value;
  const planned = panel.value === "division" && plan.value !== null;
  useEffect(() => {
    if (element.current !== null && theMap() === null) linkMap(element.current);
  }, []);
  return (
    <main class="map-area" id="map">
      <div ref={element} class="map" tabIndex={0} role="application" aria-label={t("map.label")} />
      {facts?.empty !== true && <div class="map-tools">
        <LayerMenu />
        <div class="tool-stack">
          <IconButton icon="plus" label={t("map.in")} onClick={() => theMap()?.zoomBy(1)} />
          <IconButton icon="minus" label={t("map.out")} onClick={() => theMap()?.zoomBy(-1)} />
          <IconButton icon="maximize" label={t("map.all")} onClick={() => { step(() => undefined); wholeCounty(); }} />
        </div>
      </div>}
      {planned ? <PlanOnMap /> : panel.value === "people" ? <PeopleCard /> : panel.value !== "division" && panel.value !== "standards" && panel.value !== "events" && <Card />}
      {panel.value === "people" ? <PeopleOnMap /> : panel.value === "events" ? <EventsOnMap /> : panel.value === "standards" ? <StandingLegend /> : whatIfOpen.value ? <WhatIfOnMap /> : sitingOpen.value ? <SitingOnMap /> : panel.value !== "division" && <Legend />}
      <Gaps />
      <Footer />
    </main>
  );
}

const TOGGLES: readonly Toggle[] = ["density", "buildings", "area", "radius", "stations", "others", "elements", "borders", "labels", "base"];

function LayerMenu() {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const away = (event: Event): void => {
      if (open.value && root.current !== null && !root.current.contains(event.target as Node)) open.value = false;
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  return (
    <div
      class="layer-menu"
      ref={root}
      onKeyDown={(event) => {
        if (event.key === "Escape" && open.value) {
          event.stopPropagation();
          open.value = false;
        }
      }}
    >
      <IconButton icon="layers" label={t("layers.title")} expanded={open.value} onClick={() => (open.value = !open.value)} class="tool" />
      {open.value && (
        <fieldset class="popover">
          <legend>{t("layers.title")}</legend>
          {TOGGLES.filter((name) => name !== "base" || overview.value?.base_map).map((name) => (
            <label key={name} class="check">
              <input
                type="checkbox"
                checked={toggles.value[name]}
                onChange={(event) => (toggles.value = { ...toggles.value, [name]: event.currentTarget.checked })}
              />
              <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
              {t(`layers.${name}` as Word)}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}

/** The server is there and did not give a part of the map. */
function Gaps() {
  const shown = mapGaps.value && !away.value;
  return (
    <div class="map-gaps" role="status">
      {shown && (
        <p class="said-box">
          <span>{t("map.gaps")}</span>
          <button type="button" class="button" onClick={() => theMap()?.refill()}>{t("error.retry")}</button>
        </p>
      )}
    </div>
  );
}

function Footer() {
  const facts = overview.value;
  const sources = facts?.attribution ?? [];
  return (
    <div class="map-footer">
      <Scale />
      {sources.length > 0 && <span>{sources.join(" · ")}</span>}
      {facts?.map_review_number && <span>{t("map.review", { n: facts.map_review_number })}</span>}
    </div>
  );
}

function Scale() {
  // Read so that the bar follows the view.
  void view.value;
  const { metres, pixels } = scaleBar(theMap()?.metresPerPixel() ?? 1, 130);
  return (
    <span class="scale" style={{ width: `${pixels}px` }}>
      {metres >= 1000 ? `${metres / 1000} km` : `${metres} m`}
    </span>
  );
}
