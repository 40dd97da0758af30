import { useEffect } from "preact/hooks";
import type { Finding, FindingLevel } from "../../api/plans";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { findingText } from "../../i18n/findings";
import { chosen, editable, partName, plan, session } from "../../state/plan";
import { locate, repair, review, reviewProblem, reviewing, runCheck, suggesting } from "../../state/planReview";
import { lang } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

const LEVELS: readonly { level: FindingLevel; icon: "circleX" | "triangleAlert" | "lightbulb"; word: Word }[] = [
  { level: "error", icon: "circleX", word: "check.errors" },
  { level: "warning", icon: "triangleAlert", word: "check.warnings" },
  { level: "advice", icon: "lightbulb", word: "check.advice" },
];
/** What moving cells can mend. */
const REPAIRED = /^R(1|4|5|10)$/;
const MOST = 200;

/** 检查: what stands in the way of publishing, where, and what would help. */
export function CheckTab() {
  const now = review.value?.plan === plan.value!.plan ? review.value : null;
  const revision = session.value?.revision ?? 0;
  useEffect(() => {
    if (now === null && !reviewing.value) void runCheck();
  }, []);
  const old = now !== null && now.revision !== revision;
  return (
    <>
      <p class="button-row">
        <button type="button" class="button" disabled={reviewing.value} onClick={() => void runCheck()}>
          <Icon name="refresh" />{t(reviewing.value ? "check.running" : now === null ? "check.run" : "check.again")}
        </button>
        {editable.value && <button type="button" class="button" disabled={suggesting.value !== null} onClick={() => void repair("all")}><Icon name="wand" />{t("check.repair_all")}</button>}
      </p>
      {suggesting.value !== null && <p class="caption" role="status">{t("suggest.working")}</p>}
      {reviewProblem.value !== null && <Notice problem={reviewProblem.value} retry={() => void runCheck()} />}
      {old && <p class="warnings">{t("check.old")}</p>}
      {now !== null && now.check.findings.length === 0 && (
        <p class="check-clean"><Icon name="circleCheck" />{t("check.clean")}</p>
      )}
      {now !== null && LEVELS.map(({ level, icon, word }) => {
        const found = now.check.findings.filter((each) => each.level === level);
        if (found.length === 0) return null;
        return (
          <section key={level} class={`findings findings-${level}`}>
            <h3><Icon name={icon} />{t(word)}<small>{count(found.length, lang.value)}</small></h3>
            <ul>{found.slice(0, MOST).map((each, i) => <Row key={i} finding={each} />)}</ul>
            {found.length > MOST && <p class="caption">{t("check.more", { n: found.length - MOST })}</p>}
          </section>
        );
      })}
    </>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { rule, households } = finding;
  // 0 is what lies in no part, or concerns all.
  const grid = finding.grid || null;
  const placed = (finding.cells?.length ?? 0) > 0 || finding.bbox != null || finding.lon !== null;
  const zh = lang.value === "zh";
  return (
    <li class="finding">
      <p class="finding-head">
        <span class="tag finding-rule">{rule}</span>
        {grid !== null && <button type="button" class="link" onClick={() => (chosen.value = grid)}>{partName(grid)}</button>}
        {households !== null && households > 0 && <b>{count(households, lang.value)}{zh ? " 户" : " hh"}</b>}
      </p>
      <p>{findingText(finding, lang.value, partName)}</p>
      <p class="finding-actions">
        {placed && <button type="button" class="link" onClick={() => { if (grid !== null) chosen.value = grid; locate(finding); }}><Icon name="crosshair" />{t("check.locate")}</button>}
        {editable.value && REPAIRED.test(rule) && (
          <button type="button" class="link" disabled={suggesting.value !== null} onClick={() => void repair(grid === null ? "unassigned" : [grid])}><Icon name="wand" />{t("check.repair")}</button>
        )}
      </p>
    </li>
  );
}
