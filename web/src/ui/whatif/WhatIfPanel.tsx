import { named, t } from "../../i18n";
import { decimal } from "../../i18n/format";
import { UNREACHABLE } from "../../api/problem";
import { lang, overview, params } from "../../state/store";
import { answered, retryWhatIf, whatIfBusy, whatIfProblem, whatIfStale } from "../../state/whatif";
import { Notice } from "../Notice";
import { AreaDifferences } from "./AreaDifferences";
import { BeforeAfter } from "./BeforeAfter";
import { ChangeList } from "./ChangeList";
import { Conditions } from "./Conditions";
import { Scenarios } from "./Scenarios";
import { StationLoads } from "./StationLoads";
import { ThreeClasses } from "./ThreeClasses";

/** 假设: what would change, and what that would bring. */
export function WhatIfPanel() {
  const found = whatIfProblem.value;
  const now = answered.value;
  const old = whatIfStale.value || found !== null ? "dimmed" : undefined;
  return (
    <>
      {found !== null && found.code !== UNREACHABLE && <Notice problem={found} kept={t("whatif.kept")} retry={retryWhatIf} />}
      <QuestionLine />
      {now === null ? (
        found === null && <p class="caption" role="status">{t("whatif.reading")}</p>
      ) : (
        <div class={old} aria-busy={whatIfBusy.value}><ThreeClasses answer={now.answer} /></div>
      )}
      <ChangeList />
      <Conditions />
      {now !== null && (
        <div class={old}>
          <BeforeAfter answer={now.answer} />
          <AreaDifferences answer={now.answer} />
          <StationLoads answer={now.answer} />
        </div>
      )}
      <Scenarios />
    </>
  );
}

/** What the difference is taken from. */
export function QuestionLine() {
  const question = params.value;
  const facts = overview.value;
  if (question === null || facts === null) return null;
  const category = facts.categories.find(({ code }) => code === question.category);
  const basis = facts.bases.find(({ code }) => code === question.basis);
  return (
    <p class="caption whatif-question">
      {t("whatif.question", {
        category: category === undefined ? question.category : named(category),
        minutes: question.minutes,
        speed: decimal(question.speed_kmh, 1, lang.value),
        basis: basis === undefined ? question.basis : named(basis),
      })}
    </p>
  );
}
