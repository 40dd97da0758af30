import { useState } from "preact/hooks";
import type { Building } from "../package";
import { write } from "../outbox";
import { FIGURE_WORDS, buildingName } from "../labels";
import { CHECK_FIGURES } from "../reports";
import { clockOff } from "../server";
import { say } from "../words";
import { checkDrafts } from "./draft";
import { Icon } from "./icons";
import { useOnce } from "./once";
import { tell, tellFailed, tellWritten } from "./toast";

const MOST = 100_000;
const FIRST_DAY = "2000-01-01";

/** The true day, as far as the phone knows how wrong its clock is. */
function today(): string {
  const now = new Date(Date.now() + (clockOff.value ?? 0));
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

/** A number as it was typed, in digits of full width too: nothing is made of what is none. */
export function figureOf(typed: string): number | "bad" | null {
  const text = typed.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)).trim();
  if (text === "") return null;
  return /^\d{1,6}$/.test(text) && Number(text) <= MOST ? Number(text) : "bad";
}

/** Propose the households of a building: numbers and a day, no names. */
export function CheckForm({ building }: { building: Building }) {
  const { figures, note, day: written } = checkDrafts.of(building.code).fields;
  const day = written ?? today();
  const set = (next: typeof figures): void => checkDrafts.write(building.code, { figures: next });
  const { busy, once } = useOnce();
  const [told, setTold] = useState(false);
  const isBad = (name: string): boolean => told && figureOf(figures[name] ?? "") === "bad";
  const isDayBad = told && !(day >= FIRST_DAY && day <= today());
  const change = (name: string, step: number, known: number | undefined): void => {
    const before = figureOf(figures[name] ?? "");
    const next = Math.min(MOST, Math.max(0, (typeof before === "number" ? before : (known ?? 0)) + step));
    set({ ...figures, [name]: String(next) });
  };
  const save = async (): Promise<void> => {
    const typed = CHECK_FIGURES.map((name) => [name, figureOf(figures[name] ?? "")] as const);
    const counted = Object.fromEntries(typed.filter(([, value]) => typeof value === "number"));
    setTold(true);
    const bad = typed.find(([, value]) => value === "bad")?.[0];
    if (bad !== undefined || !(day >= FIRST_DAY && day <= today())) {
      document.getElementById(bad === undefined ? "check-day" : `check-${bad}`)?.focus();
      return;
    }
    if (Object.keys(counted).length === 0) {
      tell(say("check_empty"), true);
      return;
    }
    try {
      const id = checkDrafts.idOf(building.code);
      const body = { id, building: building.code, counted_on: day, note: note.trim() || null, made_at: new Date().toISOString(), certain: written !== null || clockOff.value !== null, ...counted };
      tellWritten(await write([{ id, kind: "check", method: "POST", path: "/api/household-checks", body, label: `${say("check")} · ${buildingName(building)}` }]));
      checkDrafts.drop(building.code);
    } catch (error) {
      // What was typed stays in the form.
      tellFailed(error);
    }
  };
  return (
    <form class="card" noValidate onSubmit={(event) => { event.preventDefault(); void once(save); }}>
      <h3>{say("check")}</h3>
      <p class="muted">{say("check_note")}</p>
      {CHECK_FIGURES.map((name) => (
        <div class="stepper" key={name}>
          <label for={`check-${name}`}>{say(FIGURE_WORDS[name])}</label>
          <span class="steps">
            <button type="button" class="round" aria-label={`${say(FIGURE_WORDS[name])}: ${say("less")}`} onClick={() => change(name, -1, building[name])}><Icon name="minus" /></button>
            <input id={`check-${name}`} inputMode="numeric" autocomplete="off" maxLength={12} aria-invalid={isBad(name)} aria-describedby={isBad(name) ? `check-${name}-bad` : undefined} value={figures[name] ?? ""} placeholder={building[name] === undefined ? "–" : String(building[name])} onInput={(event) => set({ ...figures, [name]: event.currentTarget.value })} />
            <button type="button" class="round" aria-label={`${say(FIGURE_WORDS[name])}: ${say("more")}`} onClick={() => change(name, 1, building[name])}><Icon name="plus" /></button>
          </span>
          {isBad(name) && <p class="bad" id={`check-${name}-bad`} role="alert">{say("check_bad", { most: MOST.toLocaleString("en") })}</p>}
        </div>
      ))}
      <label class="field">{say("check_day")}<input id="check-day" type="date" value={day} min={FIRST_DAY} max={today()} aria-invalid={isDayBad} aria-describedby={isDayBad ? "check-day-bad" : undefined} onInput={(event) => checkDrafts.write(building.code, { day: event.currentTarget.value })} /></label>
      {isDayBad && <p class="bad" id="check-day-bad" role="alert">{say("check_day_bad")}</p>}
      <label class="field">{say("check_text")}<textarea rows={2} maxLength={500} value={note} onInput={(event) => checkDrafts.write(building.code, { note: event.currentTarget.value })} /></label>
      <button type="submit" class="primary" disabled={busy}>{say("check_save")}</button>
    </form>
  );
}
