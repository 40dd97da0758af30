import type { ComponentChildren } from "preact";
import type { BoardColumn, BoardRow, Verdict } from "../../api/standards";
import { named, t } from "../../i18n";
import { amount } from "../../i18n/amount";
import { dateSpan } from "../../i18n/format";
import { zoomTo } from "../../state/mapLink";
import { board, pressed } from "../../state/standards";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";
import { Mark } from "./Mark";
import { VerdictCell } from "./VerdictCell";

/** Why a community stands as it does: each rule with its source, its counts and its sum. */
export function Reasoning({ row }: { row: BoardRow }) {
  const { columns } = board.value!;
  return (
    <div class="reasoning">
      <p class="reasoning-head">
        <b>{row.name ?? row.code}</b>
        <span class="caption">{[row.code, ...row.sources].filter(Boolean).join(" · ")}</span>
        {row.kind_assumed && <span class="tag warn">{t("board.assumed")}</span>}
        {row.code !== null && <button type="button" class="link" onClick={() => zoomTo(row.code!)}><Icon name="crosshair" />{t("board.zoom")}</button>}
      </p>
      <div class="reasons">
        {columns.map((column) => {
          const verdict = row.verdicts[column.column];
          return verdict === undefined ? null : <Reason key={column.column} column={column} verdict={verdict} />;
        })}
      </div>
    </div>
  );
}

/** A rule's own summary, where its file has one. */
export function ruleSummary(rule: Record<string, unknown>): string {
  const text = rule[`summary_${lang.value}`];
  return typeof text === "string" ? text : "";
}

function Reason({ column, verdict }: { column: BoardColumn; verdict: Verdict }) {
  const { state, unit, details } = verdict;
  const rule = column.rules.find((each) => each.id === verdict.rule);
  const above = details.direction === "above";
  const of = (value: number | null, measure: string | null): string => (value === null ? "—" : amount(value, measure, lang.value));
  const judged = state === "compliant" || state === "short";
  const basis = board.value!.basis_label;
  return (
    <section class={`reason reason-${state}${pressed.value === column.column ? " pressed" : ""}`} aria-label={named(column.label)}>
      <h3>{named(column.label)}<VerdictCell verdict={verdict} /></h3>
      <p class="reason-text">{sentence(verdict)}</p>
      {verdict.rule !== null && (
        <>
          <dl class="reason-sum">
            {judged && <div><dt>{t(above ? "board.at_most" : "board.required")}</dt><dd>{of(verdict.required, unit)}</dd></div>}
            {judged && <div><dt>{t("board.actual")}</dt><dd>{of(verdict.actual, unit)}</dd></div>}
            {state === "short" && <div class="reason-short"><dt>{t(above ? "board.excess" : "board.shortfall")}</dt><dd>{of(verdict.shortfall, unit)}</dd></div>}
            {verdict.numerator !== null && <div><dt>{t("board.numerator")}</dt><dd>{of(verdict.numerator, verdict.numerator_unit)}</dd></div>}
            {verdict.denominator !== null && <div><dt>{t("board.denominator")}</dt><dd>{of(verdict.denominator, verdict.denominator_unit)}</dd></div>}
          </dl>
          <Details verdict={verdict} />
          <dl class="reason-facts">
            <Fact label={t("board.rule")}>{(rule && ruleSummary(rule)) || <>{ruleNumbers(rule)}<span class="code">{verdict.rule}</span></>}</Fact>
            <Fact label={t("board.source")}>
              {[verdict.place && named(verdict.place), verdict.year, verdict.source && named(verdict.source)].filter(Boolean).join(" · ")}
            </Fact>
            <Fact label={t("board.quotation")}>{verdict.quotation === null ? <span class="faint">{t("board.quotation_none")}</span> : <q lang="zh-CN">{verdict.quotation}</q>}</Fact>
            <Fact label={t("board.mark")}>{verdict.marks.length === 0 ? "—" : verdict.marks.map((mark) => <Mark key={mark} mark={mark} />)}</Fact>
            <Fact label={t("board.counted")}>
              {named(basis)}
              {lang.value === "zh" ? "，" : ", "}
              {asOf(verdict)}
            </Fact>
          </dl>
        </>
      )}
      {verdict.note !== null && named(verdict.note) !== "" && <p class="caption reason-note">{named(verdict.note)}</p>}
    </section>
  );
}

function sentence({ text }: Verdict): string {
  const said = named(text);
  return lang.value === "zh" ? said.replace(/(\d)([^\d\s，,.%])/g, "$1 $2").replace(/([需有缺多至])(\d)/g, "$1 $2") : said;
}

function asOf({ counted_from: from, counted_to: to }: Verdict): string {
  const date = dateSpan(from, to);
  return date === null ? t("coverage.asof_none") : t("coverage.asof", { date });
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return <div><dt>{label}</dt><dd>{children}</dd></div>;
}

/** The measures of a rule whose file has no summary of its own: "30 m² / 100 households". */
function ruleNumbers(rule: Record<string, unknown> | undefined): string {
  if (rule === undefined) return "";
  const zh = lang.value === "zh";
  const said = (key: string, zhText: string, enText: string): string[] => (typeof rule[key] === "number" ? [(zh ? zhText : enText).replace("{n}", String(rule[key]))] : []);
  const parts = [
    ...said("rate_m2_per_100_households", "每百户 {n} m²", "{n} m² for 100 households"),
    ...said("minimum_m2", "不少于 {n} m²", "at least {n} m²"),
    ...said("households_per_worker", "每 {n} 户 1 人", "1 worker for {n} households"),
    ...said("workers_per_10000_residents", "每万人 {n} 人", "{n} workers for 10,000 residents"),
    ...said("workers_per_grid", "每网格 {n} 人", "{n} worker for each grid"),
    ...said("min_households", "不少于 {n} 户", "at least {n} households"),
    ...said("max_households", "不多于 {n} 户", "at most {n} households"),
    ...said("minutes", "{n} 分钟", "{n} minutes"),
    ...said("radius_m", "半径 {n} m", "radius {n} m"),
    ...said("target_percent", "目标 {n}%", "target {n}%"),
    ...said("min_years", "不少于 {n} 年", "at least {n} years"),
  ];
  return parts.length === 0 ? "" : `${parts.join(zh ? "，" : ", ")} `;
}

interface GridOut {
  grid: string;
  name: string | null;
  households: number;
  verdict: string;
}

/** What the sum is made of. */
function Details({ verdict: { details } }: { verdict: Verdict }) {
  const number = (key: string): number | null => (typeof details[key] === "number" ? (details[key] as number) : null);
  const parts = [
    ["board.by_rate", number("by_rate_m2"), "m2"],
    ["board.minimum", number("minimum_m2"), "m2"],
    ["board.per_100", number("m2_per_100_households"), "m2"],
    ["board.population", number("population"), null],
  ] as const;
  const sums = parts.flatMap(([word, value, unit]) => (value === null ? [] : [t(word, { n: amount(value, unit, lang.value) })]));
  const missing = Array.isArray(details.missing) ? (details.missing as string[]) : [];
  const grids = Array.isArray(details.grids) ? (details.grids as GridOut[]) : [];
  return (
    <>
      {sums.length > 0 && <p class="caption">{sums.join(" · ")}</p>}
      {missing.length > 0 && <p class="caption">{t("board.missing", { names: missing.map(categoryName).join(lang.value === "zh" ? "、" : ", ") })}</p>}
      {grids.length > 0 && (
        <p class="caption">
          {t("board.grids_out")}
          {lang.value === "zh" ? "：" : ": "}
          {grids.map(({ grid, name, households }) => `${name ?? grid} ${amount(households, "households", lang.value)}`).join(lang.value === "zh" ? "、" : ", ")}
        </p>
      )}
    </>
  );
}

function categoryName(code: string): string {
  const found = overview.value?.categories.find((category) => category.code === code);
  return found === undefined ? code : named(found);
}
