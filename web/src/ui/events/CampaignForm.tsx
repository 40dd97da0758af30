import { useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { t, tCount, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { areasOf, change, chosenGrids, endCampaignDraft, faultsOf, gridsLike, saveCampaign, toggleGrid, type CampaignDraft } from "../../state/campaignDraft";
import { lang } from "../../state/store";
import { Field } from "../Field";
import { Icon, IconButton } from "../Icon";
import { Notice } from "../Notice";

/** Name, owner, day, note, items, places, beside the map on which grids are chosen; what is missing is said in place. */
export function CampaignForm({ draft }: { draft: CampaignDraft }) {
  const [tried, setTried] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const root = useRef<HTMLFormElement>(null);
  const faults = faultsOf(draft, chosenGrids.value.size);
  const fault = (part: string): string | null => (tried && faults.has(part) ? t(`campaigns.fault_${part}` as Word) : null);
  const submit = async (): Promise<void> => {
    setTried(true);
    setFailed(null);
    if (faults.size > 0) {
      // What is missing may lie above the button that was pressed: the first of it comes into view.
      window.setTimeout(() => root.current?.querySelector<HTMLElement>(".field-bad :is(input, textarea, select)")?.focus());
      return;
    }
    setWorking(true);
    try {
      await saveCampaign(draft);
    } catch (error) {
      setFailed(asProblem(error));
      setWorking(false);
    }
  };
  const fresh = draft.of === null;
  return (
    <form ref={root} class="campaign-form" aria-label={t(fresh ? "campaigns.new" : "campaigns.edit")} noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <h3>{t(fresh ? "campaigns.new" : "campaigns.edit")}</h3>
      <Field id="campaign-name" label={t("campaigns.name")} value={draft.name} change={(name) => change({ name })} fault={fault("name")} focus="now" attributes={{ maxLength: 100, autocomplete: "off" }} />
      <Field id="campaign-owner" label={t("campaigns.owner_label")} value={draft.owner} change={(owner) => change({ owner })} fault={fault("owner")} attributes={{ maxLength: 100, autocomplete: "off" }} />
      <Field id="campaign-deadline" label={t("campaigns.deadline_label")} value={draft.deadline} change={(deadline) => change({ deadline })} fault={fault("deadline")} attributes={{ type: "date" }} />
      <Field id="campaign-note" label={t("campaigns.note")} value={draft.note} change={(note) => change({ note })} attributes={{ maxLength: 1000, autocomplete: "off" }} />
      <Lines draft={draft} fault={fault("items")} />
      <Places draft={draft} fault={fault("grids")} />
      {!fresh && <Field id="campaign-reason" label={t("campaigns.reason")} value={draft.reason} change={(reason) => change({ reason })} attributes={{ maxLength: 1000, autocomplete: "off" }} />}
      {failed !== null && <Notice problem={failed} kept={t(fresh ? "campaigns.kept" : "campaigns.unchanged")} />}
      <p class="button-row">
        <button type="submit" class="button button-accent" disabled={working}>{t(fresh ? "campaigns.make" : "campaigns.save")}</button>
        <button type="button" class="button" onClick={endCampaignDraft}>{t("dialog.cancel")}</button>
      </p>
    </form>
  );
}

/** Items there are can be corrected, taken off and put back; new ones stand one a line. */
function Lines({ draft, fault }: { draft: CampaignDraft; fault: string | null }) {
  const set = (id: number, part: { text?: string; on?: boolean }): void => change({ lines: draft.lines.map((line) => (line.id === id ? { ...line, ...part } : line)) });
  return (
    <div class={fault === null ? "field" : "field field-bad"}>
      {draft.lines.length > 0 && (
        <>
          <span class="field-label">{t("campaigns.items")}</span>
          <ul class="campaign-lines">
            {draft.lines.map((line) => (
              <li key={line.id} class={line.on ? undefined : "campaign-off"}>
                <input type="text" aria-label={t("campaigns.item")} maxLength={300} value={line.text} disabled={!line.on} onInput={(event) => set(line.id, { text: event.currentTarget.value })} />
                {line.on ? <IconButton icon="x" label={t("campaigns.take_off", { text: line.text })} onClick={() => set(line.id, { on: false })} /> : <button type="button" class="button button-small" onClick={() => set(line.id, { on: true })}>{t("campaigns.put_back")}</button>}
              </li>
            ))}
          </ul>
          <p class="caption">{t("campaigns.marks_stay")}</p>
        </>
      )}
      <label for="campaign-items">{t(draft.of === null ? "campaigns.items" : "campaigns.items_more")}</label>
      <textarea id="campaign-items" rows={draft.of === null ? 5 : 2} value={draft.more} aria-describedby="campaign-items-note" onInput={(event) => change({ more: event.currentTarget.value })} />
      <p class="caption" id="campaign-items-note">{t("campaigns.items_note")}</p>
      {fault !== null && <p class="field-fault" role="alert"><Icon name="circleAlert" />{fault}</p>}
    </div>
  );
}

const WHERE = { as_is: "campaigns.as_is", area: "campaigns.whole", grids: "campaigns.some" } as const;

function Places({ draft, fault }: { draft: CampaignDraft; fault: string | null }) {
  const areas = areasOf();
  const ways = draft.of !== null && !draft.of.some_grids ? (["as_is", "area", "grids"] as const) : (["area", "grids"] as const);
  return (
    <div class={fault === null ? "field" : "field field-bad"}>
      <label for="campaign-where">{t("campaigns.where")}</label>
      <select id="campaign-where" value={draft.where} onChange={(event) => change({ where: event.currentTarget.value as CampaignDraft["where"] })}>
        {ways.map((way) => <option key={way} value={way}>{way === "as_is" ? tCount(WHERE[way], draft.of?.communities.length ?? 0) : t(WHERE[way])}</option>)}
      </select>
      {draft.where === "area" && (
        <select id="campaign-area" aria-label={t("campaigns.area")} value={draft.area} onChange={(event) => change({ area: event.currentTarget.value })}>
          {areas.map((each) => <option key={each.code} value={each.code}>{each.level === "community" ? `　${each.name}` : each.name}</option>)}
        </select>
      )}
      {draft.where === "grids" && <GridChoice />}
      {fault !== null && <p class="field-fault" role="alert"><Icon name="circleAlert" />{fault}</p>}
    </div>
  );
}

/** Grids by click on the map, or from a list that is searched. */
function GridChoice() {
  const [words, setWords] = useState("");
  const [community, setCommunity] = useState("");
  const chosen = chosenGrids.value;
  const found = gridsLike(words, community);
  const n = (value: number): string => count(value, lang.value);
  return (
    <div class="campaign-choice">
      <p class="caption">{t("campaigns.choose_hint")}</p>
      <p class="campaign-chosen"><b role="status">{tCount("campaigns.chosen", chosen.size)}</b>{chosen.size > 0 && <button type="button" class="link" onClick={() => (chosenGrids.value = new Set())}>{t("campaigns.choose_none")}</button>}</p>
      <select aria-label={t("campaigns.community")} value={community} onChange={(event) => setCommunity(event.currentTarget.value)}>
        <option value="">{t("campaigns.community_all")}</option>
        {areasOf().filter(({ level }) => level === "community").map((each) => <option key={each.code} value={each.code}>{each.name}</option>)}
      </select>
      <input type="search" aria-label={t("campaigns.search")} placeholder={t("campaigns.search")} value={words} maxLength={60} onInput={(event) => setWords(event.currentTarget.value)} />
      <ul class="campaign-boxes" aria-label={t("campaigns.some")}>
        {found.slice(0, MOST).map(({ code, name }) => (
          <li key={code}>
            <label class="check">
              <input type="checkbox" checked={chosen.has(code)} onChange={() => toggleGrid(code)} />
              <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
              <span>{name || code}<small class="code">{code}</small></span>
            </label>
          </li>
        ))}
      </ul>
      {found.length > MOST && <p class="caption">{t("campaigns.more_grids", { n: n(found.length - MOST) })}</p>}
    </div>
  );
}

const MOST = 60;
