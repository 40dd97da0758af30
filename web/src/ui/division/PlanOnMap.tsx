import { useEffect } from "preact/hooks";
import { t } from "../../i18n";
import { colouring, plan, proposal, said, session, tool } from "../../state/plan";
import { BAND_COLOURS } from "../../state/planPicture";
import { Icon } from "../Icon";
import { PlanCard } from "./PlanCard";
import { ProposalBar } from "./ProposalBar";
import { Toolbar } from "./Toolbar";
import { listenKeys } from "./keys";

/** What stands on the map while a plan is drawn. */
export function PlanOnMap() {
  useEffect(listenKeys, []);
  if (session.value === null || plan.value === null) return null;
  return (
    <>
      <Toolbar />
      {proposal.value === null && tool.value === "select" && <PlanCard />}
      <ProposalBar />
      <PlanLegend />
      <Said />
    </>
  );
}

function Said() {
  const now = said.value;
  return (
    <div class="said" role="status" aria-live="polite">
      {now !== null && <p class={now.warn ? "said-box said-box-warn" : "said-box"}>{now.warn && <Icon name="triangleAlert" />}{now.text}</p>}
    </div>
  );
}

function PlanLegend() {
  const band = plan.value!.band;
  return (
    <section class="legend plan-legend" aria-label={t("legend.title")}>
      <div class="segments segments-small" role="group" aria-label={t("plan.colour")}>
        <button type="button" aria-pressed={colouring.value === "parts"} onClick={() => (colouring.value = "parts")}>{t("plan.colour_parts")}</button>
        <button type="button" aria-pressed={colouring.value === "band"} disabled={band === null} onClick={() => (colouring.value = "band")}>{t("plan.colour_band")}</button>
      </div>
      <ul>
        {colouring.value === "band" && band !== null && (["below", "in_band", "above"] as const).map((name) => (
          <li key={name}><i class="swatch swatch-fill" style={{ background: BAND_COLOURS[name] }} /><span>{t(`plan.${name}`)}{name === "in_band" && ` ${band.min}–${band.max}`}</span></li>
        ))}
        <li><i class="swatch swatch-none" /><span>{t("plan.legend_none")}</span></li>
        <li><i class="swatch swatch-loose" /><span>{t("plan.legend_loose")}</span></li>
        {proposal.value !== null && <li><i class="swatch swatch-planned" /><span>{t("plan.legend_planned")}</span></li>}
      </ul>
    </section>
  );
}
