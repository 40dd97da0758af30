import { EXPORT_FORMATS, layerExport } from "../api/client";
import type { CommunityRow } from "../api/types";
import { named, t } from "../i18n";
import { count, dateSpan, decimal } from "../i18n/format";
import { connect, select } from "../state/desk";
import { reveal, zoomToBox } from "../state/mapLink";
import { can } from "../state/session";
import { lang, layers, overview, shown } from "../state/store";
import { ChecksBlock } from "./checks/ChecksBlock";
import { Command } from "./Command";

const IMPORT = ".venv/bin/wangge import streets town.osm.pbf";
const EXPORT = ".venv/bin/wangge export buildings --out buildings.gpkg";

/** 数据: what is stored, how fresh and how complete it is, and how to bring more. */
export function DataPanel() {
  return (
    <>
      <div class="panel-head"><h2>{t("data.title")}</h2></div>
      <div class="panel-body" data-scroll>
        {overview.value?.empty === true ? (
          <Empty />
        ) : (
          <>
            <ChecksBlock />
            <Counts />
            <Bases />
            <Network />
            <Datasets />
            <Complete />
            <Inputs />
          </>
        )}
        {(can("export") || can("operate")) && (
          <section class="block">
            <h3>{t("data.import")}</h3>
            <p class="caption">{t("data.command.note")}</p>
            <Command text={IMPORT} />
            <h3>{t("data.export")}</h3>
            <Command text={EXPORT} />
          </section>
        )}
      </div>
    </>
  );
}

/** One sentence and one button. */
export function Empty() {
  return (
    <div class="empty">
      <p>{t("empty.title")}</p>
      <p class="caption">{t("data.command.note")}</p>
      <Command text={IMPORT} label={t("empty.button")} primary />
      <p class="caption">
        {t("empty.then")}{" "}
        <button type="button" class="link" onClick={() => void connect()}>{t("empty.reload")}</button>
      </p>
    </div>
  );
}

function Counts() {
  const counts = overview.value?.counts ?? {};
  const rows = layers.value.filter((layer) => layer.name in counts || layer.count > 0);
  const exporting = can("export");
  return (
    <section class="block">
      <h3>{t("data.counts")}</h3>
      <table class="facts">
        <tbody>
          {rows.map((layer) => (
            <tr key={layer.name}>
              <th scope="row">
                {named(layer)}
                {exporting && <LayerLinks layer={layer.name} name={named(layer)} />}
              </th>
              <td>{count(counts[layer.name] ?? layer.count, lang.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {exporting && <p class="caption">{t("export.note")}</p>}
    </section>
  );
}

const FORMAT_NAMES = { geojson: "GeoJSON", csv: "CSV", gpkg: "GPKG" } as const;

/** A layer as a file, in each format. */
function LayerLinks({ layer, name }: { layer: string; name: string }) {
  return (
    <small class="layer-links">
      {EXPORT_FORMATS.map((format) => (
        <a key={format} href={layerExport(layer, format)} download aria-label={`${t("export.label", { name })} ${FORMAT_NAMES[format]}`}>{FORMAT_NAMES[format]}</a>
      ))}
    </small>
  );
}

function Bases() {
  return (
    <section class="block">
      <h3>{t("data.bases")}</h3>
      <table class="facts">
        <tbody>
          {(overview.value?.bases ?? []).map((basis) => (
            <tr key={basis.code}>
              <th scope="row">
                {named(basis)}
                <small>{dateSpan(basis.from, basis.to) ?? "—"}</small>
              </th>
              <td>{count(basis.households, lang.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Network() {
  const network = overview.value?.network;
  if (!network) return <section class="block"><h3>{t("data.network")}</h3><p class="caption">{t("data.network_none")}</p></section>;
  return (
    <section class="block">
      <h3>{t("data.network")}</h3>
      <table class="facts">
        <tbody>
          <tr><th scope="row">{t("data.edges")}</th><td>{count(network.edges, lang.value)}</td></tr>
          <tr><th scope="row">{t("data.nodes")}</th><td>{count(network.nodes, lang.value)}</td></tr>
          <tr><th scope="row">{t("data.length")}</th><td>{decimal(network.length_km, 1, lang.value)} km</td></tr>
          <tr><th scope="row">{t("data.hash")}</th><td class="hash" title={network.hash}>{network.hash.slice(0, 12)}</td></tr>
        </tbody>
      </table>
    </section>
  );
}

function Datasets() {
  const network = overview.value?.network;
  if (!network) return null;
  return (
    <section class="block">
      <h3>{t("data.datasets")}</h3>
      <table class="facts">
        <tbody>
          {network.datasets.map((item) => (
            <tr key={item.name}>
              <th scope="row">
                <button type="button" class="link" onClick={() => zoomToBox(item.bbox)}>{item.name}</button>
                <small>{item.imported_on}</small>
              </th>
              <td>{decimal(item.length_km, 1, lang.value)} km</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Complete() {
  const rows = shown.value?.run.communities ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="block">
      <h3>{t("data.completeness")}</h3>
      <div class="complete-list">
        <div class="complete complete-head">
          <span />
          <span>{t("data.counted")}</span>
          <span>{t("data.near")}</span>
        </div>
        {rows.map((row) => <Community key={row.code} row={row} />)}
      </div>
    </section>
  );
}

function Community({ row }: { row: CommunityRow }) {
  const { buildings, buildings_with_households: counted, buildings_near_street: near, no_network } = row.completeness;
  return (
    <button
      type="button"
      class="complete"
      onClick={() => {
        select({ kind: "community", code: row.code });
        reveal(row.code);
      }}
    >
      <span class="complete-name">
        {row.name ?? row.code}
        {no_network && <span class="tag warn">{t("data.no_network")}</span>}
      </span>
      <Share part={counted} whole={buildings} label={t("data.with_households", { a: counted, b: buildings })} />
      <Share part={near} whole={buildings} label={t("data.near_street", { a: near, b: buildings })} />
    </button>
  );
}

function Share({ part, whole, label }: { part: number; whole: number; label: string }) {
  return (
    <span class="complete-share" title={label}>
      <Meter part={part} whole={whole} label={label} />
      {whole > 0 ? `${Math.floor((100 * part) / whole)}%` : "—"}
    </span>
  );
}

export function Meter({ part, whole, label }: { part: number; whole: number; label: string }) {
  return (
    <span class="meter" title={label} role="img" aria-label={label}>
      <i style={{ width: `${whole > 0 ? (part / whole) * 100 : 0}%` }} />
    </span>
  );
}

function Inputs() {
  const run = shown.value?.run;
  if (run === undefined) return null;
  return (
    <section class="block">
      <h3>{t("data.inputs")}</h3>
      <table class="facts">
        <tbody>
          <tr><th scope="row">{t("data.run")}</th><td class="hash" title={run.run}>{run.run.slice(0, 16)}</td></tr>
          <tr><th scope="row">{t("data.hash")}</th><td class="hash" title={run.inputs.hash}>{run.inputs.hash.slice(0, 12)}</td></tr>
          <tr><th scope="row">{t("data.version")}</th><td class="hash">{run.inputs.code_version}</td></tr>
          <tr><th scope="row">{t("card.source")}</th><td class="wrap">{run.inputs.households_source.join(lang.value === "zh" ? "、" : ", ") || "—"}</td></tr>
        </tbody>
      </table>
      <p class="caption"><a href="/docs" target="_blank" rel="noopener">{t("data.docs")}</a></p>
    </section>
  );
}
