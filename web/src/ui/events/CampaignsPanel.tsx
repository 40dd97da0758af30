import { useLayoutEffect } from "preact/hooks";
import type { CampaignDocument } from "../../api/events";
import { t } from "../../i18n";
import { count, percent } from "../../i18n/format";
import { beginCampaign, campaignDraft } from "../../state/campaignDraft";
import { campaign, campaignAt, campaignProblem, campaigns, campaignsProblem, openCampaign, readAgain } from "../../state/events";
import { step } from "../../state/desk";
import { PROGRESS, progressClass } from "../../state/eventsMap";
import { zoomTo, zoomToAll } from "../../state/mapLink";
import { can } from "../../state/session";
import { hover, lang } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { CampaignBeside, CampaignHistory, CampaignSteps } from "./CampaignEnd";
import { CampaignForm } from "./CampaignForm";

/** Inspections: how far each is, grid by grid. */
export function CampaignsPanel() {
  const draft = campaignDraft.value;
  const writing = draft !== null;
  // Form and figures share the panel's scrolling: either begins at its head.
  useLayoutEffect(() => {
    const body = document.querySelector(".events-body");
    if (body !== null) body.scrollTop = 0;
  }, [writing]);
  if (draft !== null) return <CampaignForm key={draft.of?.id ?? "new"} draft={draft} />;
  return <Campaigns />;
}

function Campaigns() {
  const list = campaigns.value;
  const found = campaignsProblem.value;
  const failed = campaignProblem.value;
  const chosen = campaignAt.value;
  return (
    <>
      {found !== null && <Notice problem={found} kept={t("error.kept")} retry={readAgain} />}
      {can("handle") && <p class="campaign-new"><button type="button" class="button button-accent" onClick={() => beginCampaign(null)}><Icon name="plus" />{t("campaigns.new")}</button></p>}
      {list === null ? (
        found === null && <p class="caption" role="status">{t("loading")}</p>
      ) : list.length === 0 ? (
        <p class="events-none">{t("campaigns.none")}</p>
      ) : (
        <div class="filter">
          <select aria-label={t("campaigns.pick")} value={chosen ?? ""} onChange={(event) => openCampaign(Number(event.currentTarget.value))}>
            {!list.some(({ id }) => id === chosen) && <option value={chosen ?? ""} disabled>{t("campaigns.pick")}</option>}
            {list.map((row) => <option key={row.id} value={row.id}>{`${row.name} · ${percent(row.share)}${row.closed === null ? "" : ` · ${t("campaigns.closed")}`}`}</option>)}
          </select>
          <Icon name="chevronDown" />
        </div>
      )}
      {failed !== null && found === null && <Notice problem={failed} kept="" retry={readAgain} />}
      {campaign.value !== null && <Progress now={campaign.value} />}
    </>
  );
}

function Progress({ now }: { now: CampaignDocument }) {
  const n = (value: number): string => count(value, lang.value);
  const figures = [
    ["campaigns.grids_done", now.grids_done, now.grids_total],
    ["campaigns.marks_done", now.marks_done, now.marks_total],
  ] as const;
  return (
    <>
      <p class="campaign-head">{t("campaigns.owner", { owner: now.owner })}<span class="caption">{t("campaigns.deadline", { day: now.deadline })}{now.over && now.closed === null && ` · ${t("campaigns.over")}`}</span></p>
      {now.note !== null && <p class="campaign-said">{now.note}</p>}
      <CampaignSteps key={`${now.id} ${now.revision}`} now={now} />
      <dl class="figures campaign-figures">
        {figures.map(([word, done, all]) => (
          <div class="figure figure-served" key={word}>
            <dt>{t(word)}</dt>
            <dd class="figure-value">{percent(all === 0 ? null : done / all)}</dd>
            <dd class="figure-share">{t("campaigns.of", { a: n(done), b: n(all) })}</dd>
          </div>
        ))}
      </dl>
      <section class="block">
        <h3>{t("campaigns.items")}</h3>
        <ul class="campaign-items">
          {now.items_done.map((item) => <li key={item.id}><span>{item.text}</span><Bar share={item.grids === 0 ? 0 : item.done / item.grids} /><small>{t("campaigns.of", { a: n(item.done), b: n(item.grids) })}</small></li>)}
        </ul>
      </section>
      <section class="block">
        <h3 class="campaign-list">{t("campaigns.list")}<button type="button" class="link" onClick={() => { step(() => undefined); zoomToAll(now.grids.map(({ code }) => code)); }}>{t("events.show")}</button></h3>
        <ul class="campaign-grids">
          {now.grids.map((grid) => (
            <li key={grid.code}>
              <button
                type="button"
                onClick={() => zoomTo(grid.code)}
                onMouseEnter={() => (hover.value = { kind: "grid", code: grid.code })}
                onMouseLeave={() => (hover.value = null)}
                onFocus={() => (hover.value = { kind: "grid", code: grid.code })}
                onBlur={() => (hover.value = null)}
              >
                <span><b>{grid.name ?? grid.code}</b><small>{grid.community?.name}</small></span>
                <Bar share={grid.share ?? 0} />
                <small>{t("campaigns.of", { a: n(grid.done), b: n(grid.items) })}</small>
              </button>
              {grid.notes.map((note) => <p key={note.item} class="caption campaign-note">{now.items.find(({ id }) => id === note.item)?.text}{lang.value === "zh" ? "：" : ": "}{note.note}</p>)}
            </li>
          ))}
        </ul>
      </section>
      <CampaignBeside now={now} />
      <CampaignHistory now={now} />
    </>
  );
}

function Bar({ share }: { share: number }) {
  return <span class="campaign-bar" aria-hidden="true"><i style={{ width: `${share * 100}%`, background: PROGRESS[Math.max(1, progressClass(share))] }} /></span>;
}
