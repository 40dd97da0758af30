import type { ClassTotals, WhatIfAnswer } from "../../api/whatif";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { lang } from "../../state/store";
import { signed } from "./signed";

const CLASSES = ["served", "over_capacity", "out_of_reach"] as const;
/** More of these is better; of the others fewer. */
const BETTER = { served: 1, over_capacity: -1, out_of_reach: -1 } as const;

/** The three classes of households as they are and as they would be. */
export function ThreeClasses({ answer }: { answer: WhatIfAnswer }) {
  const { before, after, newly_served: newly, no_longer_served: lost } = answer;
  const n = (value: number): string => count(value, lang.value);
  return (
    <>
      <dl class="figures whatif-figures" aria-live="polite">
        {CLASSES.map((name) => {
          const change = after[name] - before[name];
          const look = change === 0 ? "even" : change * BETTER[name] > 0 ? "better" : "worse";
          return (
            <div key={name} class={`figure class-${name}`}>
              <dt>{t(`whatif.${name}`)}</dt>
              <dd class="figure-value">{n(after[name])}</dd>
              <dd class="whatif-change">
                <b class={`change-${look}`}>{change === 0 ? "±0" : signed(change)}</b>
                <span class="caption">{t("whatif.was", { n: n(before[name]) })}</span>
              </dd>
            </div>
          );
        })}
      </dl>
      <div class="class-bars">
        <Bar label={t("whatif.now")} totals={before} />
        <Bar label={t("whatif.then")} totals={after} />
      </div>
      <p class="caption">{t("whatif.total", { n: n(after.households) })}{lang.value === "zh" ? "。" : ". "}{t("whatif.inside", { unreachable: n(after.unreachable), no_network: n(after.no_network), unplaced: n(after.unplaced) })}</p>
      <dl class="whatif-moves">
        <div><dt><i class="swatch swatch-gain" />{t("whatif.newly")}</dt><dd>{n(newly)}</dd></div>
        <div><dt><i class="swatch swatch-loss" />{t("whatif.lost")}</dt><dd>{n(lost)}</dd></div>
      </dl>
    </>
  );
}

function Bar({ label, totals }: { label: string; totals: ClassTotals }) {
  return (
    <>
      <span class="caption">{label}</span>
      <span class="class-bar" aria-hidden="true">
        {CLASSES.map((name) => <span key={name} class={`fill-${name}`} style={{ flexGrow: totals[name] }} />)}
      </span>
    </>
  );
}
