import type { Verdict } from "../../api/standards";
import { t } from "../../i18n";
import { amount } from "../../i18n/amount";
import { percent } from "../../i18n/format";
import { lang } from "../../state/store";
import { Icon } from "../Icon";

/** ✓, what is missing in its unit, or why there is neither; never by colour alone. */
export function VerdictCell({ verdict }: { verdict: Verdict }) {
  const { state, level, shortfall, unit, reason, numerator, denominator } = verdict;
  if (state === "compliant") {
    return <span class="verdict verdict-compliant"><Icon name="check" /><span class="hidden">{t("board.compliant")}</span></span>;
  }
  if (state === "short") {
    const word = verdict.details.direction === "above" ? "board.over" : "board.lacks";
    return (
      <span class={`verdict verdict-short verdict-${level ?? "error"}`} title={level === "warning" ? t("board.warning") : undefined}>
        {level === "warning" && <Icon name="triangleAlert" />}
        {t(word, { n: amount(shortfall ?? 0, unit, lang.value) })}
      </span>
    );
  }
  if (reason === "no_target" && numerator !== null && denominator !== null && denominator > 0) {
    return <span class="verdict">{t("board.share_shown", { share: percent(numerator / denominator) })}</span>;
  }
  return <span class={`verdict verdict-${state}`}>{t(`board.${state}`)}</span>;
}
