import type { RunRequest } from "../api/types";
import { walkMetres } from "../geo/walk";
import { named, t } from "../i18n";
import { count, decimal } from "../i18n/format";
import { categoryIcon } from "../map/categories";
import { LIMITS } from "../state/address";
import { ask } from "../state/runs";
import { lang, overview, params, shown } from "../state/store";
import { Icon } from "./Icon";
import { WarningList, WarningMark } from "./Warnings";

/** The question: service, basis, minutes, speed, radius. Every change asks again. */
export function Controls() {
  const question = params.value;
  const facts = overview.value;
  if (question === null || facts === null) return null;
  const metres = count(walkMetres(question.minutes, question.speed_kmh), lang.value);
  const zh = lang.value === "zh";
  // The notes belong to the run that is shown.
  const answered = shown.value?.run.parameters.category;
  return (
    <section class="controls" aria-label={t("coverage.params")}>
      <fieldset class="chips">
        <legend>{t("coverage.category")}</legend>
        {facts.categories.map((category) => [
          <button
            key={category.code}
            type="button"
            class="chip"
            aria-pressed={category.code === question.category}
            disabled={category.stations === 0}
            title={category.stations === 0 ? t("coverage.category_none", { name: named(category) }) : undefined}
            onClick={() => ask({ category: category.code }, false)}
          >
            <Icon name={categoryIcon(category.code)} />
            {named(category)}
            <small>{category.stations}</small>
          </button>,
          category.code === answered && <WarningMark key="notes" />,
        ])}
      </fieldset>
      <WarningList />
      {facts.bases.some((basis) => basis.households > 0) && <fieldset class="segments">
        <legend>{t("coverage.basis")}</legend>
        {facts.bases.map((basis) => (
          <button
            key={basis.code}
            type="button"
            aria-pressed={basis.code === question.basis}
            disabled={basis.households === 0}
            title={basis.households === 0 ? t("coverage.basis_none") : undefined}
            onClick={() => ask({ basis: basis.code }, false)}
          >
            {shortBasis(named(basis))}
          </button>
        ))}
      </fieldset>}
      <Slider
        name="minutes"
        label={t("coverage.minutes")}
        value={question.minutes}
        text={`${question.minutes} ${t("unit.min")}`}
        note={t("coverage.implied", { metres })}
      />
      <Slider name="speed_kmh" label={t("coverage.speed")} value={question.speed_kmh} text={`${decimal(question.speed_kmh, 1, lang.value)} km/h`} />
      <Slider name="radius_m" label={t("coverage.radius")} value={question.radius_m} text={`${count(question.radius_m, lang.value)} ${zh ? "米" : "m"}`} />
    </section>
  );
}

/** "常住户数" → "常住": the legend says that they are households. */
export function shortBasis(name: string): string {
  return name.replace(/户数$|户$/, "").replace(/ households$/i, "");
}

interface SliderProps {
  name: "minutes" | "speed_kmh" | "radius_m";
  label: string;
  value: number;
  text: string;
  note?: string;
}

function Slider({ name, label, value, text, note }: SliderProps) {
  const { min, max, step } = LIMITS[name];
  const filled = `${((value - min) / (max - min)) * 100}%`;
  const change = (raw: string): void => {
    const change: Partial<RunRequest> = { [name]: +Number(raw).toFixed(1) };
    ask(change, true);
  };
  return (
    <div class="slider">
      <label class="slider-label" for={`slider-${name}`}>{label}</label>
      <output class="slider-value" for={`slider-${name}`}>
        {text}
        {note !== undefined && <small>{note}</small>}
      </output>
      <input
        id={`slider-${name}`}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={note === undefined ? text : `${text}, ${note}`}
        style={{ "--filled": filled }}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}
