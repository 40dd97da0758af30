import { useEffect, useState } from "preact/hooks";
import { PART_SIZES, plansApi, type KnownWorker, type Part, type PartChange } from "../../api/plans";
import { polsbyPopper } from "../../geo/partition";
import { t, tCode, type Word } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { basis, chosen, dialog, editable, partName, partRows, parts, plan, session, tick, verdictOf } from "../../state/plan";
import { changePart, removePart, takeTool, toggleLock } from "../../state/planActions";
import { showPart } from "../../state/planMap";
import { lang } from "../../state/store";
import { Icon, IconButton } from "../Icon";
import { BandBar, scaleOf } from "./BandBar";

/** The card of the part in hand: its figures with basis and rule, its texts, what can be done with it. */
export function PlanCard() {
  const no = chosen.value;
  const part = no === null ? undefined : parts.value.get(no);
  if (no === null || part === undefined || session.value === null) return null;
  return (
    <aside class="card plan-card" aria-label={partName(no)}>
      <div class="card-head">
        <p class="card-kind">{ofGrids() ? tCode("kinds", part.kind) : t("kind.community")}{plan.value!.codes[no] !== undefined && ` · ${plan.value!.codes[no]}`}</p>
        <h2>{partName(no)}{part.locked && <Icon name="lock" class="part-mark" />}</h2>
        <IconButton icon="x" label={t("card.close")} onClick={() => (chosen.value = null)} class="card-close" />
      </div>
      <div class="card-body">
        <Figures no={no} part={part} />
        <Actions no={no} part={part} />
        <Texts key={no} part={part} />
      </div>
    </aside>
  );
}

function ofGrids(): boolean {
  return plan.value?.part_level !== "community";
}

function Figures({ no, part }: { no: number; part: Part }) {
  void tick.value;
  const figures = session.value!.partition.of(no);
  const band = plan.value!.band;
  const households = figures[basis.value];
  const verdict = verdictOf(households, part, band);
  const compact = polsbyPopper(figures);
  const rows: [string, string][] = [
    [t("plan.basis_registered"), count(figures.registered, lang.value)],
    [t("plan.basis_resident"), count(figures.resident, lang.value)],
    [t("plan.basis_planned"), count(figures.planned, lang.value)],
    [t("card.buildings"), count(figures.buildings, lang.value)],
    [t("plan.cells"), count(figures.cells, lang.value)],
    [t("card.area"), `${decimal(figures.areaM2 / 1e6, 3, lang.value)} km²`],
    [t("plan.compactness"), compact === null ? "—" : compact.toFixed(2)],
  ];
  return (
    <>
      <p class="card-figure"><b>{count(households, lang.value)}</b> {t("unit.households")}<span>{t(`plan.basis_${basis.value}`)}</span></p>
      <BandBar households={households} band={band} verdict={verdict} scale={scaleOf(band, households)} />
      <p class={`caption verdict-${verdict}`}>
        {verdict === "no_band" ? t(part.kind === "dedicated" ? "plan.dedicated_no_band" : "plan.no_band") : `${t(`plan.${verdict}` as Word)} · ${t("plan.band", { min: band!.min, max: band!.max })}`}
      </p>
      {figures.pieces > 1 && <p class="said-warn"><Icon name="unlink" />{t("plan.pieces", { n: figures.pieces })}</p>}
      <table class="facts">
        <tbody>{rows.map(([label, value]) => <tr key={label}><th scope="row">{label}</th><td>{value}</td></tr>)}</tbody>
      </table>
    </>
  );
}

function Actions({ no, part }: { no: number; part: Part }) {
  return (
    <p class="card-buttons">
      <button type="button" class="button button-small" onClick={() => showPart(no)}>{t("card.zoom")}</button>
      {editable.value && (
        <>
          <button type="button" class="button button-small" onClick={() => takeTool("split")}>{t("tool.split")}</button>
          <button type="button" class="button button-small" onClick={() => takeTool("merge")}>{t("tool.merge")}</button>
          <button type="button" class="button button-small" onClick={() => toggleLock(no)}>{t(part.locked ? "plan.unlock" : "plan.lock")}</button>
          <button type="button" class="button button-small" onClick={() => (dialog.value = { kind: "suggest", scope: [no] })}>{t("suggest.open")}</button>
          <button type="button" class="button button-small" disabled={part.locked} onClick={() => removePart(no)}>{t("plan.dissolve")}</button>
        </>
      )}
    </p>
  );
}

/** What is written about a part; saved when a field is left. */
function Texts({ part }: { part: Part }) {
  const disabled = !editable.value;
  const save = (change: Omit<PartChange, "no">, label: string): void => changePart({ no: part.no, ...change }, label);
  const others = partRows.value.filter((row) => row.no !== part.no && row.part.level !== null && row.part.level !== "micro");
  return (
    <div class="part-form">
      <Line id="part-name" label={t("plan.name")} value={part.name ?? ""} disabled={disabled} save={(text) => save({ name: text || null }, "rename")} placeholder={partName(part.no)} />
      {ofGrids() && <div class="form-pair">
        <Choice id="part-kind" label={t("plan.kind")} value={part.kind} disabled={disabled} options={[["general", t("kinds.general")], ["dedicated", t("kinds.dedicated")]]} save={(kind) => save({ kind: kind as Part["kind"] }, "kind")} />
        <Choice id="part-level" label={t("plan.level")} value={part.level ?? ""} disabled={disabled} options={[["", t("plan.level_none")], ...PART_SIZES.map((size): [string, string] => [size, t(`plan.level_${size}`)])]} save={(level) => save({ level: (level || null) as Part["level"] }, "level")} />
      </div>}
      {(others.length > 0 || part.parent !== null) && (
        <Choice id="part-parent" label={t("plan.parent")} value={String(part.parent ?? "")} disabled={disabled} options={[["", "—"], ...others.map((row): [string, string] => [String(row.no), partName(row.no)])]} save={(parent) => save({ parent: parent === "" ? null : Number(parent) }, "parent")} />
      )}
      {ofGrids() && <LeadLine part={part} disabled={disabled} save={save} />}
      {part.lead !== null && (
        <Line id="part-phone" label={t("plan.lead_phone")} value={part.lead.work_phone ?? ""} disabled={disabled} save={(text) => save({ lead: { ...part.lead!, work_phone: text || null } }, "lead")} />
      )}
      <Line id="part-note" label={t("plan.note")} value={part.note ?? ""} disabled={disabled} save={(text) => save({ note: text || null }, "note")} area />
      <Line id="part-reason" label={t("plan.reason")} value={part.reason ?? ""} disabled={disabled} save={(text) => save({ reason: text || null }, "reason")} area note={t("plan.reason_note")} />
      <label class="check">
        <input type="checkbox" checked={part.confirmed} disabled={disabled} onChange={(event) => save({ confirmed: event.currentTarget.checked }, "confirm")} />
        <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
        {t("plan.confirmed")}
      </label>
    </div>
  );
}

/** Who is proposed: somebody on the list, whose work phone comes along, or a name that is typed. */
function LeadLine({ part, disabled, save }: { part: Part; disabled: boolean; save: (change: Omit<PartChange, "no">, label: string) => void }) {
  const known = useKnownWorkers();
  const take = (text: string): void => {
    const found = known?.find((worker) => text === labelOf(worker, known)) ?? known?.find((worker) => text === worker.name);
    if (text === "") save({ lead: null }, "lead");
    else if (found !== undefined) save({ lead: { worker: found.worker, name: found.name, work_phone: found.work_phone } }, "lead");
    else save({ lead: { worker: null, name: text, work_phone: part.lead?.worker === null ? (part.lead.work_phone ?? null) : null } }, "lead");
  };
  const note = disabled || known === null ? undefined : t(known.length > 0 ? "plan.lead_choose" : "plan.lead_none_known");
  return (
    <>
      <Line id="part-lead" label={t("plan.lead")} value={part.lead?.name ?? ""} disabled={disabled} save={take} {...(note === undefined ? {} : { note })} list="known-workers" />
      <datalist id="known-workers">
        {(known ?? []).map((worker) => (
          <option key={worker.worker} value={labelOf(worker, known!)}>{worker.grids.length > 0 ? t("plan.lead_of", { grids: worker.grids.join("、") }) : (worker.work_phone ?? "")}</option>
        ))}
      </datalist>
    </>
  );
}

/** The name; where two have the same, with the work phone. */
function labelOf(worker: KnownWorker, all: readonly KnownWorker[]): string {
  return all.filter((other) => other.name === worker.name).length > 1 ? `${worker.name} ${worker.work_phone ?? worker.worker}` : worker.name;
}

function useKnownWorkers(): readonly KnownWorker[] | null {
  const id = plan.value?.plan;
  const [known, setKnown] = useState<readonly KnownWorker[] | null>(null);
  useEffect(() => {
    if (id !== undefined) plansApi.workers(id).then(({ workers }) => setKnown(workers), () => undefined);
  }, [id]);
  return known;
}

interface LineProps {
  id: string;
  label: string;
  value: string;
  disabled: boolean;
  save: (text: string) => void;
  placeholder?: string;
  note?: string;
  area?: boolean;
  /** Id of the list of words that may be chosen. */
  list?: string;
}

function Line({ id, label, value, disabled, save, placeholder, note, area = false, list }: LineProps) {
  // What is being typed stands until the field is left, whatever comes in for the part meanwhile.
  const [typed, type] = useState<string | null>(null);
  const leave = (event: FocusEvent): void => {
    const text = (event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value.trim();
    if (typed !== null && text !== value) save(text);
    type(null);
  };
  const shared = { id, value: typed ?? value, disabled, placeholder, maxLength: area ? 2000 : 60, onBlur: leave };
  return (
    <div class="field field-small">
      <label for={id}>{label}</label>
      {area ? (
        <textarea {...shared} rows={2} onInput={(event) => type(event.currentTarget.value)} />
      ) : (
        <input {...shared} list={list} autocomplete="off" onInput={(event) => type(event.currentTarget.value)} onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()} />
      )}
      {note !== undefined && <p class="caption">{note}</p>}
    </div>
  );
}

function Choice({ id, label, value, disabled, options, save }: { id: string; label: string; value: string; disabled: boolean; options: [string, string][]; save: (value: string) => void }) {
  return (
    <div class="field field-small">
      <label for={id}>{label}</label>
      <div class="filter">
        <select id={id} value={value} disabled={disabled} onChange={(event) => save(event.currentTarget.value)}>
          {options.map(([code, text]) => <option key={code} value={code}>{text}</option>)}
        </select>
        <Icon name="chevronDown" />
      </div>
    </div>
  );
}
