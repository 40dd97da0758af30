import { useEffect, useRef } from "preact/hooks";
import { Problem, UNREACHABLE } from "../../api/problem";
import { t } from "../../i18n";
import { reasonText } from "../../i18n/sitingProblems";
import { step } from "../../state/desk";
import { sited, sitingAt, sitingProblem, sitingWork } from "../../state/siting";
import { lang } from "../../state/store";
import { Notice } from "../Notice";
import { AreaDifferences } from "../whatif/AreaDifferences";
import { Scenarios } from "../whatif/Scenarios";
import { SitingForm } from "./SitingForm";
import { SitingResult } from "./SitingResult";

/** 选址: where the next stations would do the most. */
export function SitingPanel() {
  const top = useRef<HTMLDivElement>(null);
  const now = sited.value;
  const found = sitingProblem.value;
  const old = sitingWork.value === null ? undefined : "dimmed";
  const number = now?.scenario.scenario;
  useEffect(() => {
    // What came in stands at the top; the form that asked for it is below.
    if (number !== undefined || found !== null) top.current?.closest("[data-scroll]")?.scrollTo(0, 0);
  }, [number, found]);
  return (
    <div ref={top} class="siting">
      {found !== null && found.code !== UNREACHABLE && <Notice problem={inWords(found)} kept={t(now === null ? "error.kept_none" : "siting.kept")} />}
      {now !== null && <div class={old} aria-busy={old !== undefined}><SitingResult now={now} /></div>}
      <SitingForm again={now !== null} />
      {now !== null && <div class={old}><AreaDifferences answer={now.scenario.result} /></div>}
      <Scenarios keep={false} open={(id) => step(() => (sitingAt.value = id))} at={number ?? null} />
    </div>
  );
}

/** Reasons are the server's sentences with codes: the page has its own. */
function inWords(found: Problem): Problem {
  if (found.code !== "infeasible" && found.code !== "bad_siting") return found;
  return new Problem(found.code, found.message, found.status, found.faults.map(({ field, reason }) => ({ reason: reasonText(field ?? "", reason, lang.value) })));
}
