import type { Building } from "../package";
import { write } from "../outbox";
import { FIGURE_WORDS, buildingName } from "../labels";
import { CHECK_FIGURES } from "../reports";
import { say } from "../words";
import { checkDrafts } from "./draft";
import { Icon } from "./icons";
import { useOnce } from "./once";
import { tell, tellFailed, tellWritten } from "./toast";

const MOST = 100_000;

function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

/** Propose the households of a building: numbers and a day, no names. */
export function CheckForm({ building }: { building: Building }) {
  const { figures, note, day: written } = checkDrafts.of(building.code).fields;
  const day = written ?? today();
  const set = (next: typeof figures): void => checkDrafts.write(building.code, { figures: next });
  const { busy, once } = useOnce();
  const change = (name: string, step: number, known: number | undefined): void => {
    const before = Number.parseInt(figures[name] ?? "", 10);
    const next = Math.min(MOST, Math.max(0, (Number.isNaN(before) ? (known ?? 0) : before) + step));
    set({ ...figures, [name]: String(next) });
  };
  const save = async (): Promise<void> => {
    const counted = Object.fromEntries(CHECK_FIGURES.flatMap((name) => {
      const text = (figures[name] ?? "").trim();
      return text === "" ? [] : [[name, Math.min(MOST, Number.parseInt(text, 10))]];
    }));
    if (Object.keys(counted).length === 0) {
      tell(say("check_empty"), true);
      return;
    }
    try {
      const id = checkDrafts.idOf(building.code);
      const body = { id, building: building.code, counted_on: day, note: note.trim() || null, made_at: new Date().toISOString(), ...counted };
      tellWritten(await write([{ id, kind: "check", method: "POST", path: "/api/household-checks", body, label: `${say("check")} · ${buildingName(building)}` }]));
      checkDrafts.drop(building.code);
    } catch (error) {
      // What was typed stays in the form.
      tellFailed(error);
    }
  };
  return (
    <form class="card" onSubmit={(event) => { event.preventDefault(); void once(save); }}>
      <h3>{say("check")}</h3>
      <p class="muted">{say("check_note")}</p>
      {CHECK_FIGURES.map((name) => (
        <div class="stepper" key={name}>
          <label for={`check-${name}`}>{say(FIGURE_WORDS[name])}</label>
          <span class="steps">
            <button type="button" class="round" aria-label={`${say(FIGURE_WORDS[name])}: ${say("less")}`} onClick={() => change(name, -1, building[name])}><Icon name="minus" /></button>
            <input id={`check-${name}`} inputMode="numeric" pattern="[0-9]*" autocomplete="off" value={figures[name] ?? ""} placeholder={building[name] === undefined ? "–" : String(building[name])} onInput={(event) => set({ ...figures, [name]: event.currentTarget.value.replace(/\D/g, "").slice(0, 6) })} />
            <button type="button" class="round" aria-label={`${say(FIGURE_WORDS[name])}: ${say("more")}`} onClick={() => change(name, 1, building[name])}><Icon name="plus" /></button>
          </span>
        </div>
      ))}
      <label class="field">{say("check_day")}<input type="date" value={day} max={today()} required onInput={(event) => checkDrafts.write(building.code, { day: event.currentTarget.value })} /></label>
      <label class="field">{say("check_text")}<textarea rows={2} maxLength={500} value={note} onInput={(event) => checkDrafts.write(building.code, { note: event.currentTarget.value })} /></label>
      <button type="submit" class="primary" disabled={busy}>{say("check_save")}</button>
    </form>
  );
}
