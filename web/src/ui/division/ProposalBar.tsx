import { t, tCode } from "../../i18n";
import { count, percent } from "../../i18n/format";
import { proposal } from "../../state/plan";
import { planCamera, showCells, takeProposal } from "../../state/planActions";
import { session } from "../../state/plan";
import type { SuggestReason } from "../../api/plans";
import { lang } from "../../state/store";
import { Icon } from "../Icon";

const AROUND_DEG = 0.001;

/** A proposal that lies on the map: its figures and reasons, to be taken or dropped. */
export function ProposalBar() {
  const found = proposal.value;
  if (found === null) return null;
  const { answer, cells } = found;
  return (
    <section class="proposal" role="region" aria-label={t("suggest.proposal")}>
      <h2><Icon name="wand" />{t(`suggest.outcome_${answer.outcome}`)}</h2>
      <dl class="proposal-figures">
        <div><dt>{t("suggest.in_band")}</dt><dd>{count(answer.in_band, lang.value)} / {count(answer.in_band + answer.out_of_band, lang.value)}</dd></div>
        <div><dt>{t("suggest.moved")}</dt><dd>{count(answer.households_moved, lang.value)}</dd></div>
        <div><dt>{t("suggest.cells")}</dt><dd>{count(cells.size, lang.value)}</dd></div>
        <div><dt>{t("suggest.barrier")}</dt><dd>{percent(answer.border_on_barrier_share)}</dd></div>
      </dl>
      {answer.reasons.length > 0 && (
        <ul class="proposal-reasons">
          {answer.reasons.slice(0, 6).map((reason, i) => <Reason key={i} reason={reason} />)}
        </ul>
      )}
      <p class="button-row">
        {cells.size > 0 && <button type="button" class="button button-accent" onClick={takeProposal}>{t("suggest.take")}</button>}
        <button type="button" class="button" onClick={() => (proposal.value = null)}>{t(cells.size > 0 ? "suggest.drop" : "dialog.close")}</button>
        <span class="caption">{t("suggest.seconds", { s: answer.seconds.toFixed(1) })}</span>
      </p>
    </section>
  );
}

function Reason({ reason }: { reason: SuggestReason }) {
  const word = tCode("reason", reason.code);
  const text = lang.value === "en" && reason.text !== "" ? reason.text : word === reason.code ? reason.text : word;
  const go = (): void => {
    const topology = session.value?.topology;
    const known = reason.cells.map((id) => topology?.indexOf.get(id)).filter((cell): cell is number => cell !== undefined);
    if (known.length > 0) showCells(known);
    else if (reason.lon !== null && reason.lat !== null) {
      planCamera.show([reason.lon - AROUND_DEG, reason.lat - AROUND_DEG, reason.lon + AROUND_DEG, reason.lat + AROUND_DEG], []);
    }
  };
  return (
    <li>
      {text}{reason.households !== null && ` (${count(reason.households, lang.value)})`}{" "}
      {(reason.cells.length > 0 || reason.lon !== null) && <button type="button" class="link" onClick={go}>{t("check.locate")}</button>}
    </li>
  );
}
