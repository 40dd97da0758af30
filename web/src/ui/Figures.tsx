import { reachOf, share } from "../geo/reach";
import { named, t } from "../i18n";
import { count, dateSpan, decimal, percent } from "../i18n/format";
import { stepText } from "../i18n/steps";
import { ask } from "../state/runs";
import { counted, lang, overview, problem, shown, work } from "../state/store";

/** "3", "0.5": kilometres of a radius without idle zeros. */
export function kilometres(metres: number): string {
  return String(+(metres / 1000).toFixed(1));
}

/** "常住户数 · 数据截至 2026-06-30" of the shown run. */
export function BasisLine() {
  const run = shown.value?.run;
  if (run === undefined) return null;
  const info = overview.value?.bases.find((b) => b.code === run.parameters.basis);
  const date = dateSpan(run.inputs.households_from, run.inputs.households_to);
  return (
    <>
      {info === undefined ? run.parameters.basis : named(info)}
      {lang.value === "zh" ? "，" : ", "}
      <span class="nowrap">{date === null ? t("coverage.asof_none") : t("coverage.asof", { date })}</span>
    </>
  );
}

export function unit(): string {
  return counted.value === "households" ? t("unit.households") : t("unit.buildings");
}

/** The three figures that answer the question. */
export function Figures() {
  const run = shown.value?.run;
  if (run === undefined) return <FiguresWaiting />;
  const reach = reachOf(run.totals, counted.value);
  const minutes = decimalMinutes(run.parameters.minutes);
  const figures = [
    { label: t("coverage.within_walk", { minutes }), value: reach.withinWalk, look: "served" },
    { label: t("coverage.within_radius", { km: kilometres(run.parameters.radius_m) }), value: reach.withinRadius, look: "radius" },
    { label: t("coverage.beyond", { minutes }), value: reach.beyond, look: "beyond" },
  ];
  return (
    <>
      <dl class="figures" aria-live="polite">
        {figures.map(({ label, value, look }) => (
          <div class={`figure figure-${look}`} key={look}>
            <dt>{label}</dt>
            <dd class="figure-value">
              {count(value, lang.value)}
              <small>{lang.value === "zh" ? unit() : ""}</small>
            </dd>
            <dd class="figure-share">{t("coverage.of", { share: percent(share(value, reach.total)) })}</dd>
          </div>
        ))}
      </dl>
      <p class="caption basis-line">
        {counted.value === "households" ? <BasisLine /> : t("coverage.buildings_mode")}
      </p>
    </>
  );
}

function decimalMinutes(minutes: number): string {
  return Number.isInteger(minutes) ? String(minutes) : decimal(minutes, 1, lang.value);
}

function FiguresWaiting() {
  return (
    <>
      <div class="figures" aria-hidden="true">
        {[0, 1, 2].map((i) => (
          <div class="figure waiting" key={i}>
            <span class="bone bone-line" />
            <span class="bone bone-figure" />
            <span class="bone bone-line" />
          </div>
        ))}
      </div>
      {work.value !== null ? <FirstWork /> : problem.value === null && (
        <p class="caption basis-line">
          {t("coverage.none")} <button type="button" class="link" onClick={() => ask({}, false)}>{t("coverage.start")}</button>
        </p>
      )}
    </>
  );
}

/** There is no old picture to keep yet: what is being done stands where the figures will be. */
function FirstWork() {
  const { percent: done, step } = work.value!;
  const doing = stepText(step ?? "", lang.value);
  return (
    <div class="first-work" role="status">
      <p>{t("coverage.first")}</p>
      <div class="first-bar" role="presentation"><i style={{ width: `${Math.max(3, Math.round(done))}%` }} /></div>
      <p class="caption">{[`${Math.round(done)}%`, doing].filter(Boolean).join(" · ")}</p>
    </div>
  );
}
