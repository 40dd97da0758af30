import { useState } from "preact/hooks";
import { inBrackets, t } from "../../i18n";
import { count } from "../../i18n/format";
import { listFaultText } from "../../i18n/sitingProblems";
import { showPoint } from "../../state/mapLink";
import { form, known, mark, marks, picked, pointed, setSites, sitingTool, takeSitingTool, type Known } from "../../state/siting";
import type { SiteMark } from "../../state/sitingAsk";
import { decodeTable, readSites, type Site, type SiteFault } from "../../state/siteList";
import { lang, large, overview, view } from "../../state/store";
import { Dialog } from "../Dialog";
import { Icon, IconButton } from "../Icon";
import { VirtualList } from "../VirtualList";

const NEAR_ZOOM = 15;
const MOST_FAULTS = 8;
/** Degrees, some 5 km: a station beyond the border is walked to. */
const MARGIN = 0.05;

/** Candidates of one's own: read, pasted or put on the map. */
export function OwnList() {
  const [faults, setFaults] = useState<readonly SiteFault[]>([]);
  const [pasting, setPasting] = useState(false);
  const take = (text: string | null): void => {
    const list = text === null ? { sites: [], faults: [{ row: null, field: null, reason: "not_text", given: "" } as const] } : readSites(text);
    setFaults(list.faults);
    if (list.faults.length === 0) setSites(list.sites);
  };
  return (
    <>
      <p class="caption" id="siting-list-note">{t("siting.list_note")}</p>
      <p class="button-row">
        <label class="button siting-file">
          <Icon name="fileText" />{t("siting.read")}
          <input
            type="file"
            accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
            aria-describedby="siting-list-note"
            onChange={(event) => {
              const input = event.currentTarget;
              const file = input.files?.[0];
              if (file === undefined) return;
              void file.arrayBuffer().then((bytes) => take(decodeTable(new Uint8Array(bytes))));
              // The same file once more, mended, is a change too.
              input.value = "";
            }}
          />
        </label>
        <button type="button" class="button" onClick={() => setPasting(true)}>{t("siting.paste")}</button>
        <button type="button" class="button" aria-pressed={sitingTool.value === "add"} onClick={() => takeSitingTool("add")}><Icon name="mapPinPlus" />{t("siting.add_point")}</button>
      </p>
      {faults.length > 0 && <ListFaults faults={faults} />}
      {pasting && <PasteDialog take={take} close={() => setPasting(false)} />}
    </>
  );
}

/** Candidates that are known, each of which may have to be chosen or may not be. */
export function KnownList() {
  const sites = known.value;
  const said = marks.value;
  if (sites.length === 0) return null;
  const number = (wanted: SiteMark): number => sites.filter(({ code }) => said.get(code) === wanted).length;
  const [west, south, east, north] = overview.value?.extent ?? [-180, -90, 180, 90];
  const outside = sites.filter(({ lon, lat }) => lon < west - MARGIN || lon > east + MARGIN || lat < south - MARGIN || lat > north + MARGIN).length;
  return (
    <>
      <p class="siting-list-head">
        <span role="status">{t("siting.list_has", { n: count(sites.length, lang.value), must: number("must"), forbidden: number("forbidden") })}</span>
        {sites.some(({ own }) => own) && <button type="button" class="link" onClick={() => setSites([])}>{t("siting.clear")}</button>}
      </p>
      {outside > 0 && <p class="caption siting-stale"><Icon name="triangleAlert" class="warn" />{t("siting.list_outside", { n: count(outside, lang.value) })}</p>}
      <VirtualList items={sites} rowHeight={large.value ? 56 : 44} label={t("siting.list")} keyOf={({ code }) => code}>
        {(site) => <Row site={site} as={said.get(site.code)} />}
      </VirtualList>
    </>
  );
}

function ListFaults({ faults }: { faults: readonly SiteFault[] }) {
  return (
    <div class="notice" role="alert">
      <Icon name="circleAlert" class="bad" />
      <div>
        <p class="notice-what">{t("siting.list_faults")}</p>
        <ul class="faults">
          {faults.slice(0, MOST_FAULTS).map((fault) => (
            <li key={`${fault.row} ${fault.field} ${fault.reason}`}>{fault.row !== null && <b>{t("siting.row", { n: fault.row })} </b>}{listFaultText(fault, lang.value)}</li>
          ))}
          {faults.length > MOST_FAULTS && <li>{t("siting.list_more", { n: faults.length - MOST_FAULTS })}</li>}
        </ul>
      </div>
    </div>
  );
}

export function siteName({ code, name }: Pick<Site, "code" | "name">): string {
  return name ?? code;
}

function Row({ site, as }: { site: Known; as: SiteMark | undefined }) {
  const { code, lon, lat, capacity, own } = site;
  const name = siteName(site);
  return (
    <div class={`row siting-row ${pointed.value === code ? "lit" : ""}`} onMouseEnter={() => (pointed.value = code)} onMouseLeave={() => (pointed.value = null)}>
      <button
        type="button"
        class="siting-go"
        title={t("siting.show")}
        aria-pressed={picked.value === code}
        onFocus={() => (pointed.value = code)}
        onBlur={() => (pointed.value = null)}
        onClick={() => {
          picked.value = code;
          showPoint([lon, lat], Math.max(NEAR_ZOOM, view.value?.zoom ?? 0));
        }}
      >
        <span class="row-name">{name}</span>
        <span class="row-detail">{[name === code ? "" : code, own ? "" : t("kinds.vacant"), capacity === null ? "" : t("siting.capacity_n", { n: count(capacity, lang.value) })].filter(Boolean).join(" · ")}</span>
      </button>
      <MarkButtons code={code} name={name} as={as} />
      {own && <IconButton icon="x" label={t("siting.remove", { name })} onClick={() => setSites(form.value.sites.filter((each) => each.code !== code))} />}
    </div>
  );
}

/** Whether a candidate has to be chosen or may not be. */
export function MarkButtons({ code, name, as }: { code: string; name: string; as: SiteMark | undefined }) {
  return (
    <span class="segments segments-small siting-marks" role="group" aria-label={t("siting.marks") + inBrackets(name)}>
      {(["must", "forbidden"] as const).map((each) => (
        <button key={each} type="button" class={`siting-${each}`} aria-pressed={as === each} aria-label={t(`siting.${each}_of`, { name })} title={t(`siting.${each}_of`, { name })} onClick={() => mark(code, each)}>
          {t(`siting.${each}`)}
        </button>
      ))}
    </span>
  );
}

function PasteDialog({ take, close }: { take: (text: string) => void; close: () => void }) {
  const [text, setText] = useState("");
  return (
    <Dialog
      title={t("siting.paste_title")}
      close={close}
      foot={
        <>
          <button type="button" class="button" onClick={close}>{t("dialog.cancel")}</button>
          <button type="button" class="button button-accent" disabled={text.trim() === ""} onClick={() => { take(text); close(); }}>{t("siting.paste_take")}</button>
        </>
      }
    >
      <div class="field">
        <label for="siting-paste">{t("siting.paste_text")}</label>
        <textarea id="siting-paste" rows={10} data-focus spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <p class="caption">{t("siting.list_note")}</p>
      </div>
    </Dialog>
  );
}
