import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Objective } from "../../api/whatif";
import { named, placeName, t, type Word } from "../../i18n";
import { moment } from "../../i18n/format";
import { step } from "../../state/desk";
import { KINDS, OBJECTIVES, type CandidateKind, type FormFault } from "../../state/sitingAsk";
import { cancelSiting, change, form, formFaults, mark, markedCorners, pointed, sitingTool, sitingWork, startSiting, takeSitingTool, vacant } from "../../state/siting";
import { overview, params } from "../../state/store";
import { coverageTab } from "../../state/whatif";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { QuestionLine } from "../whatif/WhatIfPanel";
import { KnownList, OwnList } from "./PlaceList";

/** What is asked, among which candidates, and the button that asks. */
export function SitingForm({ again }: { again: boolean }) {
  const root = useRef<HTMLFormElement>(null);
  const { capacity, capacities, kinds, own, most, name } = form.value;
  const working = sitingWork.value !== null;
  const ask = (): void => {
    if (working) return cancelSiting();
    void startSiting(name.trim() === "" ? defaultName() : name.trim());
    if (formFaults.value.length > 0) window.setTimeout(() => root.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  };
  return (
    <form
      ref={root}
      id="siting-form"
      class={again ? "siting-form block" : "siting-form"}
      aria-label={t(again ? "siting.again" : "siting.asked")}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      {again && <h3>{t("siting.again")}</h3>}
      <Question />
      <fieldset class="siting-asked">
        <legend class="caption">{t("siting.asked")}</legend>
        {OBJECTIVES.map((kind) => <Sentence key={kind} kind={kind} />)}
        <Faults of={["add", "target"]} />
      </fieldset>
      <Within />
      <label class="check then-check" title={t("whatif.capacities_note")}>
        <input type="checkbox" checked={capacities} onChange={() => change({ capacities: !capacities })} />
        <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
        {t("whatif.capacities")}
      </label>
      {capacities && (
        <Field
          id="siting-capacity"
          label={t("siting.new_capacity")}
          value={capacity}
          change={(text) => change({ capacity: text })}
          note={kinds.some((kind) => kind !== "corners") ? t("siting.new_capacity_note") : undefined}
          fault={faultOf("capacity")}
          attributes={{ inputMode: "numeric", placeholder: t("siting.any"), autocomplete: "off" }}
        />
      )}
      <label class="check then-check">
        <input type="checkbox" checked={own} onChange={() => change({ own: !own })} />
        <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
        {t("whatif.own")}
      </label>
      <fieldset class="siting-from">
        <legend class="caption">{t("siting.from")}</legend>
        {KINDS.map((kind) => <Source key={kind} kind={kind} />)}
      </fieldset>
      <div class="siting-source">
        {kinds.includes("corners") && (
          <Field id="siting-most" label={t("siting.most")} value={most} change={(text) => change({ most: text })} fault={faultOf("most")} attributes={{ inputMode: "numeric", autocomplete: "off" }} />
        )}
        {kinds.some((kind) => kind !== "places") && <Area />}
        {kinds.includes("places") && <OwnList />}
        <KnownList />
        <Faults of={["kinds", "crossing", "sites"]} />
        <Marked />
      </div>
      <Field
        id="siting-name"
        label={t("siting.name")}
        value={name}
        change={(text) => change({ name: text })}
        note={t("siting.name_note")}
        fault={faultOf("name")}
        attributes={{ maxLength: 100, placeholder: defaultName(), autocomplete: "off" }}
      />
      <button type="submit" class={working ? "button siting-start" : "button button-accent siting-start"}><Icon name={working ? "x" : "crosshair"} />{t(working ? "coverage.cancel" : "siting.start")}</button>
    </form>
  );
}

/** The conditions are those of what is: they are changed there. */
function Question() {
  return (
    <div class="siting-question">
      <QuestionLine />
      <button type="button" class="link" onClick={() => step(() => (coverageTab.value = "now"))}>{t("siting.change")}</button>
    </div>
  );
}

/** One kind of candidates; several may be looked at together. */
function Source({ kind }: { kind: CandidateKind }) {
  const { kinds } = form.value;
  const on = kinds.includes(kind);
  const none = kind === "premises" && vacant.value.length === 0;
  const turn = (): void => {
    if (sitingTool.value !== null) takeSitingTool(null);
    change({ kinds: on ? kinds.filter((each) => each !== kind) : [...kinds, kind] });
  };
  return (
    <label class="check then-check" title={none ? t("siting.premises_none") : undefined}>
      <input type="checkbox" checked={on} disabled={none && !on} onChange={turn} />
      <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
      <span>{t(`siting.from_${kind}`)} <small class="caption">{kind === "premises" ? t("siting.premises_note", { n: vacant.value.length }) : t(`siting.${kind}_note`)}</small></span>
    </label>
  );
}

function faultOf(name: FormFault): string | null {
  return formFaults.value.includes(name) ? t(`siting.fault_${name}`) : null;
}

/** Faults of what is no field of text. */
function Faults({ of }: { of: readonly FormFault[] }) {
  return (
    <>
      {of.filter((name) => formFaults.value.includes(name)).map((name) => (
        <p key={name} class="field-fault" role="alert"><Icon name="circleAlert" />{faultOf(name)}</p>
      ))}
    </>
  );
}

/** One of the three questions as a sentence with its number in it. */
function Sentence({ kind }: { kind: Objective }) {
  const { objective, add, target } = form.value;
  const fewest = kind === "min-stations";
  const on = objective === kind;
  const field = fewest ? "target" : "add";
  const [before, after] = t(`siting.ask_${kind}`, { n: "\n" }).split("\n");
  const take = (): void => {
    if (!on) change({ objective: kind });
  };
  const input: ComponentChildren = (
    <input
      class="siting-number"
      type="text"
      inputMode={fewest ? "decimal" : "numeric"}
      maxLength={6}
      autocomplete="off"
      aria-label={t(`siting.${field}`)}
      aria-invalid={on && formFaults.value.includes(field) ? true : undefined}
      value={fewest ? target : add}
      onFocus={take}
      onInput={(event) => change({ objective: kind, [field]: event.currentTarget.value })}
    />
  );
  return (
    <div class={on ? "siting-ask on" : "siting-ask"}>
      <input type="radio" id={`siting-${kind}`} name="siting-objective" checked={on} onChange={take} aria-label={t(`siting.ask_${kind}`, { n: fewest ? target : add })} />
      <p onClick={take}>{before}{input}{after}</p>
    </div>
  );
}

/** Whose households count. */
function Within() {
  const areas = (overview.value?.divisions ?? []).filter(({ level }) => level === "township");
  if (areas.length < 2) return null;
  return (
    <div class="field">
      <label for="siting-within">{t("siting.within")}</label>
      <span class="filter">
        <select id="siting-within" value={form.value.division ?? ""} onChange={(event) => change({ division: event.currentTarget.value || null })}>
          <option value="">{t("siting.everywhere")}</option>
          {areas.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
        </select>
        <Icon name="chevronDown" />
      </span>
    </div>
  );
}

/** The area on the map that candidates lie in. */
function Area() {
  const n = form.value.area.length;
  const drawing = sitingTool.value === "area";
  return (
    <>
      <p class="caption">{n === 0 ? t("siting.area_none") : t("siting.area_has", { n })}</p>
      <p class="button-row">
        <button type="button" class="button" aria-pressed={drawing} onClick={() => takeSitingTool("area")}><Icon name="lasso" />{t(n === 0 ? "siting.draw" : "siting.redraw")}</button>
        {n > 0 && <button type="button" class="button button-quiet" onClick={() => change({ area: [] })}>{t("siting.clear")}</button>}
      </p>
    </>
  );
}

/** Corners of earlier answers that have to be chosen or may not be: pressing one takes it back. */
function Marked() {
  const all = markedCorners.value;
  if (all.length === 0) return null;
  return (
    <p class="siting-marked" role="group" aria-label={t("siting.marks")}>
      {all.map(({ code, as }) => (
        <button
          key={code}
          type="button"
          class={`chip chip-small siting-${as}`}
          title={t("siting.remove", { name: placeName(code) })}
          onMouseEnter={() => (pointed.value = code)}
          onMouseLeave={() => (pointed.value = null)}
          onClick={() => mark(code, null)}
        >
          {t(`siting.${as}_of`, { name: placeName(code) })}<Icon name="x" />
        </button>
      ))}
    </p>
  );
}

function defaultName(): string {
  const { objective, add, target } = form.value;
  const category = overview.value?.categories.find(({ code }) => code === params.value?.category);
  const n = objective === "min-stations" ? target : add;
  return t("siting.default", { category: category === undefined ? "" : named(category), asked: t(`siting.asked_${objective}` as Word, { n }), moment: moment(new Date().toISOString()).slice(5) }).slice(0, 100);
}
