import { walkMetres } from "../../geo/walk";
import { t } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { LIMITS } from "../../state/address";
import { lang, params } from "../../state/store";
import { draft, take } from "../../state/whatif";
import { Icon } from "../Icon";

/** Minutes and speed then, and what counts. */
export function Conditions() {
  const question = params.value;
  if (question === null) return null;
  const { minutes, speed, capacities, own } = draft.value;
  const metres = count(walkMetres(minutes ?? question.minutes, speed ?? question.speed_kmh), lang.value);
  return (
    <section class="block" aria-label={t("whatif.conditions")}>
      <h3>{t("whatif.conditions")}</h3>
      <Then
        id="minutes"
        label={t("whatif.minutes")}
        limits={LIMITS.minutes}
        value={minutes}
        now={question.minutes}
        text={(value) => `${value} ${t("unit.min")}`}
        note={t("coverage.implied", { metres })}
        change={(value) => take({ ...draft.value, minutes: value }, "minutes")}
      />
      <Then
        id="speed"
        label={t("whatif.speed")}
        limits={LIMITS.speed_kmh}
        value={speed}
        now={question.speed_kmh}
        text={(value) => `${decimal(value, 1, lang.value)} km/h`}
        change={(value) => take({ ...draft.value, speed: value }, "speed")}
      />
      <Switch on={capacities} label={t("whatif.capacities")} note={t("whatif.capacities_note")} flip={() => take({ ...draft.value, capacities: !capacities })} />
      <Switch on={own} label={t("whatif.own")} flip={() => take({ ...draft.value, own: !own })} />
    </section>
  );
}

interface ThenProps {
  id: string;
  label: string;
  limits: { min: number; max: number; step: number };
  value: number | null;
  now: number;
  text: (value: number) => string;
  note?: string;
  change: (value: number | null) => void;
}

/** A slider of what would be; back at what is, it says so. */
function Then({ id, label, limits: { min, max, step }, value, now, text, note, change }: ThenProps) {
  const shown = value ?? now;
  return (
    <div class="slider">
      <label class="slider-label" for={`then-${id}`}>
        {label}
        {value !== null && <button type="button" class="link then-back" onClick={() => change(null)}>{t("whatif.back_to_now")}</button>}
      </label>
      <output class="slider-value" for={`then-${id}`}>
        {text(shown)}
        <small>{value === null ? t("whatif.as_now") : note}</small>
      </output>
      <input
        id={`then-${id}`}
        type="range"
        min={min}
        max={max}
        step={step}
        value={shown}
        aria-valuetext={text(shown)}
        style={{ "--filled": `${((shown - min) / (max - min)) * 100}%` }}
        onInput={(event) => {
          const next = +Number(event.currentTarget.value).toFixed(1);
          change(next === now ? null : next);
        }}
      />
    </div>
  );
}

function Switch({ on, label, note, flip }: { on: boolean; label: string; note?: string; flip: () => void }) {
  return (
    <label class="check then-check" title={note}>
      <input type="checkbox" checked={on} onChange={flip} />
      <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
      {label}
    </label>
  );
}
