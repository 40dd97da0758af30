import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { BuildingCard, CommunityRow, GridRow, GridRule } from "../api/types";
import { reachOf, share } from "../geo/reach";
import { shapeAt } from "../geo/shapes";
import { named, t, tCode } from "../i18n";
import { count, dateSpan, decimal, distance, duration, percent } from "../i18n/format";
import { building, retryBuilding } from "../state/building";
import { select } from "../state/desk";
import { zoomTo } from "../state/mapLink";
import { can } from "../state/session";
import { communities, grids, shapeOf, stations } from "../state/shapes";
import { counted, lang, overview, selection, shown, stale } from "../state/store";
import { why } from "../state/why";
import { Meter } from "./DataPanel";
import { FiveElements } from "./gridcard/room";
import { BasisLine, kilometres, unit } from "./Figures";
import { Icon, IconButton } from "./Icon";
import { Notice } from "./Notice";
import { WhySection } from "./WhySection";

/** The card of what is selected; Escape closes it. */
export function Card() {
  const chosen = selection.value;
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape") select(null);
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, []);
  if (chosen === null) return null;
  const run = shown.value?.run;
  const { kind, code } = chosen;
  if (kind === "building") return <BuildingView />;
  if (kind === "station") return <StationView code={code} />;
  if (kind === "township") return <TownshipView code={code} />;
  const row = kind === "grid" ? run?.grids.find((g) => g.code === code) : run?.communities.find((c) => c.code === code);
  const name = row?.name || shapeOf(code)?.name || code;
  return (
    <Frame title={name} kind={tCode("kind", kind)} tag={tCode("kinds", row?.kind)} code={code}>
      {row === undefined ? can("compute") && <p class="caption">{t("card.no_run")}</p> : <RowView row={row} />}
      {kind === "grid" && <FiveElements />}
    </Frame>
  );
}

interface FrameProps {
  title: string;
  kind: string;
  tag?: string;
  code: string;
  children: ComponentChildren;
}

/** The card's head with its close, and a body that scrolls. */
export function Frame({ title, kind, tag, code, children }: FrameProps) {
  return (
    <aside class="card" aria-label={title}>
      <div class="card-head">
        <p class="card-kind">
          {kind}
          {tag ? ` · ${tag}` : ""}
        </p>
        <h2>{title}</h2>
        <p class="code">{code}</p>
        <IconButton icon="x" label={t("card.close")} onClick={() => select(null)} class="card-close" />
      </div>
      <Scrolled>
        {children}
        {shapeOf(code) !== undefined && (
          <p class="card-actions"><button type="button" class="button button-quiet button-small" onClick={() => zoomTo(code)}>{t("card.zoom")}</button></p>
        )}
      </Scrolled>
    </aside>
  );
}

/** The card's body; while something lies below its edge, an arrow says so and goes there. */
export function Scrolled({ children, dimmed = stale.value }: { children: ComponentChildren; dimmed?: boolean }) {
  const body = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState(false);
  useLayoutEffect(() => {
    const element = body.current;
    if (element === null) return;
    const measure = (): void => setMore(element.scrollHeight - element.clientHeight - element.scrollTop > 4);
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    resized.observe(element.firstElementChild!);
    return () => {
      element.removeEventListener("scroll", measure);
      resized.disconnect();
    };
  }, []);
  return (
    <>
      <div ref={body} class="card-body"><div class={dimmed ? "dimmed" : undefined}>{children}</div></div>
      {more && (
        <button
          type="button"
          class="card-more"
          aria-label={t("card.more")}
          title={t("card.more")}
          onClick={() => body.current?.scrollBy(0, body.current.clientHeight - 24)}
        >
          <Icon name="chevronDown" />
        </button>
      )}
    </>
  );
}

type Fact = readonly [label: string, value: ComponentChildren] | null;

export function Facts({ rows }: { rows: readonly Fact[] }) {
  return (
    <table class="facts">
      <tbody>
        {rows.map((row) => row !== null && <tr key={row[0]}><th scope="row">{row[0]}</th><td>{row[1]}</td></tr>)}
      </tbody>
    </table>
  );
}

function withShare(part: number, whole: number): ComponentChildren {
  return <>{count(part, lang.value)}<small>{percent(share(part, whole))}</small></>;
}

function RowView({ row }: { row: GridRow | CommunityRow }) {
  const parameters = shown.value!.run.parameters;
  const reach = reachOf(row, counted.value);
  const households = counted.value === "households";
  const km = kilometres(parameters.radius_m);
  const network = households ? row.within_network_radius : row.buildings_within_network_radius;
  return (
    <>
      <p class="card-figure">
        <b>{count(reach.total, lang.value)}</b> {unit()}
        {row.households_per_km2 !== null && households && (
          <span>{count(row.households_per_km2, lang.value)} {t("unit.per_km2")}</span>
        )}
      </p>
      <p class="caption">{households ? <BasisLine /> : t("coverage.buildings_mode")}</p>
      {"rule" in row && row.rule !== null && <Band rule={row.rule} households={row.households} />}
      <Facts
        rows={[
          [t("card.within_walk", { minutes: parameters.minutes }), withShare(reach.withinWalk, reach.total)],
          [t("card.within_radius", { km }), withShare(reach.withinRadius, reach.total)],
          [t("card.within_network_radius", { km }), withShare(network, reach.total)],
          [t("card.beyond"), withShare(reach.beyond, reach.total)],
          reach.parts.no_network > 0 ? [t("reach.no_network"), withShare(reach.parts.no_network, reach.total)] : null,
          reach.parts.unplaced > 0 ? [t("reach.unplaced"), withShare(reach.parts.unplaced, reach.total)] : null,
          households ? [t("card.buildings"), count(row.buildings_total, lang.value)] : null,
          row.area_km2 !== null ? [t("card.area"), `${decimal(row.area_km2, row.area_km2 < 1 ? 3 : 2, lang.value)} km²`] : null,
          "community" in row ? [t("card.community"), divisionName(row.community)] : [t("card.township"), divisionName(row.parent)],
        ]}
      />
      {"completeness" in row && <Complete row={row} />}
    </>
  );
}

function divisionName(code: string | null): string {
  return overview.value?.divisions.find((d) => d.code === code)?.name ?? code ?? "—";
}

const VERDICTS = { below: "band.below", above: "band.above", in_band: "band.inside" } as const;

/** A rule of another place is a reference here, not a rule. */
function fromHere({ place }: GridRule): boolean {
  const county = overview.value?.divisions.find((division) => division.level === "county")?.name;
  return county !== undefined && place.zh.includes(county);
}

/** The rule with its verdict, place, year and source: a number shows where it comes from. */
function Band({ rule, households }: { rule: GridRule; households: number }) {
  const cited = [named(rule.place), rule.year, named(rule.source)].filter(Boolean).join(" · ");
  const source = fromHere(rule) ? cited : `${t("card.reference")}${lang.value === "zh" ? "：" : ": "}${cited}`;
  if (rule.verdict === "no_band" || rule.min === null || rule.max === null) {
    const note = named(rule.note);
    return note === "" ? null : <p class="band-note caption">{note}</p>;
  }
  // The band takes the middle half of the scale, so that both sides have room.
  const span = rule.max - rule.min;
  const at = Math.max(1, Math.min(99, 25 + (50 * (households - rule.min)) / span));
  return (
    <div class={`band band-${rule.verdict}`}>
      <div class="band-head">
        <span>{t("card.rule")} {t("card.rule_band", { min: rule.min, max: rule.max })}</span>
        <b>{t(VERDICTS[rule.verdict])}</b>
      </div>
      <div class="band-scale" aria-hidden="true"><i /><b style={{ left: `${at}%` }} /></div>
      <p class="caption" title={named(rule.summary)}>{source}</p>
    </div>
  );
}

function Complete({ row }: { row: CommunityRow }) {
  const facts = row.completeness;
  const asof = dateSpan(facts.counted_from, facts.counted_to);
  return (
    <div class="complete-card">
      <h3>{t("card.completeness")}</h3>
      {facts.no_network && <p class="tag warn">{t("data.no_network")}</p>}
      {[
        { part: facts.buildings_with_households, label: t("data.with_households", { a: facts.buildings_with_households, b: facts.buildings }) },
        { part: facts.buildings_near_street, label: t("data.near_street", { a: facts.buildings_near_street, b: facts.buildings }) },
      ].map(({ part, label }) => (
        <p key={label} class="complete-line"><Meter part={part} whole={facts.buildings} label={label} /><span>{label}</span></p>
      ))}
      <p class="caption">{t("data.street_km", { km: distance(facts.street_km * 1000, lang.value) })}</p>
      {asof !== null && <p class="caption">{t("card.asof")} {asof}</p>}
    </div>
  );
}

function BuildingView() {
  const state = building.value;
  const kind = t("kind.building");
  if (state.kind === "none") return null;
  if (state.kind === "loading") return <Frame title={kind} kind={kind} code={state.code}><p class="caption">{t("card.loading")}</p></Frame>;
  if (state.kind === "failed") {
    return <Frame title={t("card.failed")} kind={kind} code={state.code}><Notice problem={state.problem} retry={retryBuilding} /></Frame>;
  }
  const card = state.card;
  const title = card.name || card.address || [card.estate, card.building_no].filter(Boolean).join(" ") || kind;
  return (
    <Frame title={title} kind={kind} tag={tCode("kinds", card.kind)} code={card.code}>
      {card.coverage !== null && <Reached coverage={card.coverage} />}
      {card.coverage !== null && <WhySection />}
      <Facts rows={[...householdFacts(card), ...ownFacts(card)]} />
    </Frame>
  );
}

function Reached({ coverage }: { coverage: NonNullable<BuildingCard["coverage"]> }) {
  const { status, walk_s, walk_m, straight_m, station, station_name } = coverage;
  // The section below tells the way in parts, and the straight line to this very station.
  const bare = why.value.kind === "none" || why.value.kind === "failed";
  return (
    <>
      <p class="card-figure">
        {walk_s !== null && <b>{duration(walk_s, lang.value)}</b>}
        <span class="status"><i class={`swatch reach-${status}`} />{tCode("reach", status)}</span>
      </p>
      <Facts
        rows={[
          station ? [t("card.station"), station_name ?? station] : null,
          walk_m !== null && bare ? [t("card.way"), distance(walk_m, lang.value)] : null,
          straight_m !== null && bare ? [t("card.straight"), distance(straight_m, lang.value)] : null,
        ]}
      />
    </>
  );
}

function householdFacts({ households }: BuildingCard): Fact[] {
  if (households === null) return [];
  const number = (value: number | null): string => (value === null ? "—" : count(value, lang.value));
  return [
    ...(overview.value?.bases ?? []).map((basis): Fact => [named(basis), number(households[basis.code])]),
    [t("card.asof"), households.counted_on],
    households.source ? [t("card.source"), households.source] : null,
  ];
}

function ownFacts({ estate, building_no, villager_group, floors, address, name, lon, lat }: BuildingCard): Fact[] {
  const community = shapeAt(communities.value, [lon, lat]);
  const grid = shapeAt(grids.value, [lon, lat]);
  return [
    address && name ? [t("kind.address"), address] : null,
    estate ? [t("card.estate"), estate] : null,
    villager_group ? [t("kind.villager_group"), villager_group] : null,
    building_no ? [t("card.building_no"), building_no] : null,
    floors ? [t("card.floors"), String(floors)] : null,
    community !== null ? [t("card.community"), community.name] : null,
    grid !== null ? [t("card.grid"), grid.name || grid.code] : null,
  ];
}

function StationView({ code }: { code: string }) {
  const station = stations.value.find((s) => s.code === code);
  const counts = shown.value?.run.stations.find((s) => s.code === code);
  const category = overview.value?.categories.find((c) => c.code === station?.category);
  return (
    <Frame title={station?.name ?? counts?.name ?? code} kind={t("kind.station")} tag={tCode("kinds", station?.status)} code={code}>
      {counts?.status === "off_network" && <p class="tag warn">{t("card.off_network")}</p>}
      <Facts
        rows={[
          category ? [t("card.category"), named(category)] : null,
          counts && counts.households_nearest !== null ? [t("card.served"), count(counts.households_nearest, lang.value)] : null,
        ]}
      />
      {counts !== undefined && <p class="caption"><BasisLine /></p>}
    </Frame>
  );
}

/** A township is the sum of its communities; shares are not averaged. */
function TownshipView({ code }: { code: string }) {
  const name = divisionName(code);
  const rows = (shown.value?.run.communities ?? []).filter((row) => row.parent === code).map((row) => reachOf(row, counted.value));
  const sum = (pick: (reach: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const total = sum((row) => row.total);
  const parameters = shown.value?.run.parameters;
  return (
    <Frame title={name} kind={t("kind.township")} code={code}>
      {parameters === undefined ? can("compute") && <p class="caption">{t("card.no_run")}</p> : (
        <>
          <p class="card-figure"><b>{count(total, lang.value)}</b> {unit()}</p>
          <p class="caption"><BasisLine /></p>
          <Facts
            rows={[
              [t("card.within_walk", { minutes: parameters.minutes }), withShare(sum((r) => r.withinWalk), total)],
              [t("card.within_radius", { km: kilometres(parameters.radius_m) }), withShare(sum((r) => r.withinRadius), total)],
              [t("card.beyond"), withShare(sum((r) => r.beyond), total)],
              [t("coverage.list_communities"), String(rows.length)],
            ]}
          />
        </>
      )}
    </Frame>
  );
}
