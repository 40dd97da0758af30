import { t } from "../../i18n";
import { opening, plan } from "../../state/plan";
import { PlanPanel } from "./PlanPanel";
import { Start } from "./Start";

/** 划分: the plan that is open, or what there is to open. */
export function DivisionPanel() {
  if (plan.value !== null) return <PlanPanel />;
  if (!opening.value) return <Start />;
  return (
    <>
      <div class="panel-head"><h2>{t("division.title")}</h2></div>
      <div class="panel-body"><p class="caption" role="status">{t("plan.opening")}</p></div>
    </>
  );
}
