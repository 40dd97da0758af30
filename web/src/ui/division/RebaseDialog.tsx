import { useEffect, useState } from "preact/hooks";
import { plansApi, type Rebased } from "../../api/plans";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { partName, plan, whatChanged } from "../../state/plan";
import { planCamera } from "../../state/planActions";
import { renew } from "../../state/planOpen";
import { lang } from "../../state/store";
import { Notice } from "../Notice";
import { PlanForm } from "./PlanForm";

const AROUND_DEG = 0.001;
const SHOWN = 50;

/** New streets or buildings made new cells: what becomes of this plan on them, before it is done. */
export function RebaseDialog({ close }: { close: () => void }) {
  const doc = plan.value!;
  const [found, setFound] = useState<Rebased | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  useEffect(() => {
    plansApi.rebase(doc.plan, true).then(setFound, (error: unknown) => setFailed(asProblem(error)));
  }, []);
  const go = async (): Promise<void> => {
    await plansApi.rebase(doc.plan, false);
    await renew(doc.plan);
  };
  return (
    <PlanForm title={t("rebase.title")} button={t("rebase.go")} close={close} ready={found !== null} go={go}>
      <p>{t("rebase.note", { what: whatChanged(doc.stale_reasons) })}</p>
      {failed !== null && <Notice problem={failed} />}
      {found === null ? failed === null && <p class="caption" role="status">{t("loading")}</p> : (
        <>
          <dl class="proposal-figures">
            <div><dt>{t("rebase.mapped")}</dt><dd>{count(found.cells_mapped, lang.value)}</dd></div>
            <div><dt>{t("rebase.moved")}</dt><dd>{count(found.households_moved, lang.value)}</dd></div>
            <div><dt>{t("rebase.lost")}</dt><dd>{count(found.lost_households, lang.value)}</dd></div>
            <div><dt>{t("rebase.ambiguous")}</dt><dd>{count(found.ambiguous.length, lang.value)}</dd></div>
          </dl>
          {found.ambiguous.length > 0 && (
            <>
              <p class="caption">{t("rebase.ambiguous_note")}</p>
              <ul class="changes-list">
                {found.ambiguous.slice(0, SHOWN).map((item) => (
                  <li key={item.cell}>
                    {t("rebase.option", { n: count(item.households, lang.value), names: item.options.map(partName).join(" / ") })}{" "}
                    <button type="button" class="link" onClick={() => planCamera.show([item.lon - AROUND_DEG, item.lat - AROUND_DEG, item.lon + AROUND_DEG, item.lat + AROUND_DEG], [])}>{t("check.locate")}</button>
                  </li>
                ))}
              </ul>
            </>
          )}
          <p class="caption">{t("rebase.undo")}</p>
        </>
      )}
    </PlanForm>
  );
}
