import { useEffect, useRef, useState } from "preact/hooks";
import { photoAddress, stepPhotoAddress, type EventCard as Card, type EventStep, type StepAsked } from "../../api/events";
import { t, tCode, tCount } from "../../i18n";
import { count, distance, moment, percent } from "../../i18n/format";
import { card, cardBusy, cardProblem, eventAt, mergeInto, moving, openEvent, takeStep } from "../../state/events";
import { colourOf, LEVELS } from "../../state/eventStates";
import { showPoint } from "../../state/mapLink";
import { today } from "../../state/people";
import { lang } from "../../state/store";
import { Scrolled } from "../Card";
import { Icon, IconButton } from "../Icon";
import { Notice } from "../Notice";
import { onEscape } from "../escape";
import { categoryName } from "./EventList";

const NEEDS_NOTE = new Set(["feedback", "fail", "return", "defer", "reject"]);
const DETAILED = new Set([...NEEDS_NOTE, "dispatch"]);
const MAIN = ["register", "dispatch", "handle", "feedback", "verify", "evaluate"];
const SHOW_ZOOM = 17;

/** The focus stands on nothing: what had it is gone. */
function lost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** What is open: where, whose, since when, its pictures, its history and what may be done. */
export function EventCard() {
  const id = eventAt.value;
  const now = card.value;
  const root = useRef<HTMLElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    // Whoever goes by keyboard comes back to the row the card was opened from.
    if (id !== null) opener.current = opener.current ?? document.activeElement;
    else {
      if (lost() && opener.current instanceof HTMLElement) opener.current.focus();
      opener.current = null;
    }
  }, [id]);
  // A step makes its button go: the focus stays with the card. Who came by a link has not begun anywhere yet.
  const landed = useRef(eventAt.peek() !== null);
  useEffect(() => {
    if (now === null) return;
    if (lost() && !landed.current) root.current?.focus();
    landed.current = false;
  }, [now?.state]);
  useEffect(
    () =>
      onEscape(() => {
        if (moving.value) moving.value = false;
        else openEvent(null);
      }),
    [],
  );
  if (id === null) return null;
  return (
    <aside ref={root} tabIndex={-1} class={moving.value ? "card event-card event-moved" : "card event-card"} aria-label={now === null ? t("events.title") : `${categoryName(now)} ${now.number}`}>
      <div class="card-head">
        {now === null ? (
          <h2>{cardProblem.value === null ? t("loading") : t("events.title")}</h2>
        ) : (
          <>
            <p class="card-kind"><i class="event-dot" style={{ background: colourOf(now.state) }} />{tCode("event", now.state)}{now.overdue && <span class="event-late"><Icon name="clock" />{t("events.overdue_mark")}</span>}</p>
            <h2>{categoryName(now)}</h2>
            <p class="code">{now.number}</p>
          </>
        )}
        <IconButton icon="x" label={t("events.close")} onClick={() => openEvent(null)} class="card-close" />
      </div>
      {moving.value && (
        // Where the card leaves little of the map, this stands in place of all that could be done.
        <p class="event-moving">
          <span>{t("events.move_tap")}</span>
          <button type="button" class="button button-small" onClick={() => (moving.value = false)}>{t("events.move_cancel")}</button>
        </p>
      )}
      <Scrolled key={id} dimmed={false}>
        {cardProblem.value !== null && <Notice problem={cardProblem.value} kept={now === null ? "" : t("events.kept")} />}
        {now !== null && <Body now={now} />}
      </Scrolled>
    </aside>
  );
}

function Body({ now }: { now: Card }) {
  return (
    <div aria-busy={cardBusy.value} class={cardBusy.value ? "dimmed" : undefined}>
      <p class="event-said">{now.text || <span class="caption">{t("events.text_none")}</span>}</p>
      <Photos now={now} />
      <FactsOf now={now} />
      {now.candidates.length > 0 && <Candidates now={now} />}
      {now.duplicate_of !== null && <p><button type="button" class="link" onClick={() => openEvent(now.duplicate_of!.id)}>{t("events.merged_into", { number: now.duplicate_of.number ?? "" })}</button></p>}
      {now.merged.length > 0 && <p class="caption">{t("events.merged")}{now.merged.map((item) => <button key={item.id} type="button" class="link" onClick={() => openEvent(item.id)}>{item.number} </button>)}</p>}
      {now.handled_above && <p class="band event-above"><Icon name="info" />{t("events.above", { level: tCode("elevel", now.level) })}</p>}
      {now.actions.length > 0 && <Actions key={`${now.id} ${now.state}`} now={now} />}
      {now.duplicates.length > 0 && <Duplicates now={now} />}
      <History event={now.id} steps={now.history} />
    </div>
  );
}

function Photos({ now }: { now: Card }) {
  return <Pictures of={now.pictures} missing={now.photos_missing.length} label={t("events.photos")} at={(n) => photoAddress(now.id, n)} />;
}

interface PicturesProps {
  of: Card["pictures"];
  /** How many were announced and have not come. */
  missing: number;
  label: string;
  at: (n: number) => string;
}

function Pictures({ of, missing, label, at }: PicturesProps) {
  return (
    <>
      {of.length > 0 && (
        <ul class="event-photos" aria-label={label}>
          {of.map(({ n, width, height }) => (
            <li key={n}><a href={at(n)} target="_blank" rel="noopener"><img src={at(n)} width={width} height={height} loading="lazy" alt={t("events.photo", { n: n + 1 })} /></a></li>
          ))}
        </ul>
      )}
      {missing > 0 && <p class="caption"><Icon name="image" /> {t("events.photos_missing", { n: missing })}</p>}
    </>
  );
}

function FactsOf({ now }: { now: Card }) {
  const grid = now.grid === null ? t("events.no_grid") : now.grid.name ?? now.grid.code;
  const then = now.reported_grid !== null && now.reported_grid !== now.grid?.code;
  const handler = [tCode("elevel", now.level), now.handler.office ?? (now.level === "grid" ? null : now.handler.name)].filter(Boolean).join(" · ");
  return (
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">{t("events.place")}</th>
          <td>
            {[now.community?.name, grid].filter(Boolean).join(" · ")}
            {then && <span class="caption event-line">{t("events.grid_then", { code: now.reported_grid! })}</span>}
            {now.accuracy_m !== null && <span class="caption event-line">{t("events.accuracy", { n: count(now.accuracy_m, lang.value) })}</span>}
          </td>
        </tr>
        <tr><th scope="row">{t("events.handler")}</th><td>{handler}</td></tr>
        {now.handler.workers.length > 0 && <tr><th scope="row">{t("events.workers")}</th><td>{now.handler.workers.map((who) => <span key={who.name + who.post} class="event-line">{who.name} {who.work_phone}</span>)}</td></tr>}
        <tr><th scope="row">{t("events.reported")}</th><td>{moment(now.reported_at)}{Math.abs(now.clock_error_s) > 60 && <span class="caption event-line">{t("events.clock", { n: clockError(now.clock_error_s) })}</span>}</td></tr>
        {now.due_at !== null && <tr><th scope="row">{t("events.due")}</th><td class={now.overdue ? "event-late" : undefined}>{moment(now.due_at)}{now.deadline?.calendar === "no_entry" && <span class="caption event-line">{t("events.no_calendar", { years: now.deadline.years.join(lang.value === "zh" ? "、" : ", ") })}</span>}</td></tr>}
      </tbody>
    </table>
  );
}

function clockError(seconds: number): string {
  const away = Math.abs(seconds);
  if (away >= 36 * 3600) return t("events.clock_days", { n: Math.round(away / 86400) });
  if (away >= 90 * 60) return t("events.clock_hours", { n: Math.round(away / 3600) });
  return tCount("events.clock_minutes", Math.round(away / 60));
}

function Candidates({ now }: { now: Card }) {
  const may = now.actions.includes("dispatch");
  return (
    <section class="block">
      <h3>{t("events.candidates")}</h3>
      <ul class="event-candidates">
        {now.candidates.map((grid) => (
          <li key={grid.code}>
            <span><b>{grid.name ?? grid.code}</b><small>{t("events.share", { share: percent(grid.share) })}</small></span>
            {may && <button type="button" class="button button-small" disabled={cardBusy.value} onClick={() => void takeStep({ action: "dispatch", grid: grid.code })}>{t("events.decide")}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Duplicates({ now }: { now: Card }) {
  const may = now.actions.includes("merge");
  // What is merged stays so: asked once more.
  const [asked, ask] = useState<string | null>(null);
  return (
    <section class="block">
      <h3>{t("events.duplicates")}</h3>
      <ul class="event-candidates">
        {now.duplicates.map((near) => (
          <li key={near.id}>
            <button type="button" class="link" onClick={() => openEvent(near.id)}>{near.number}</button>
            <small>{distance(near.metres, lang.value)} · {tCode("event", near.state)}</small>
            {may && asked !== near.id && <button type="button" class="button button-small" disabled={cardBusy.value} onClick={() => ask(near.id)}>{t("events.merge")}</button>}
            {may && asked === near.id && (
              <p class="event-sure" role="alert">
                <span>{t("events.merge_sure", { number: now.number, other: near.number })}</span>
                <button type="button" class="button button-small button-accent" disabled={cardBusy.value} onClick={() => void mergeInto(near.id)}>{t("events.merge_go")}</button>
                <button type="button" class="link" onClick={() => ask(null)}>{t("dialog.cancel")}</button>
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The expected step first; what asks for more opens in place. */
function Actions({ now }: { now: Card }) {
  const [open, setOpen] = useState<string | null>(null);
  const steps = now.actions.filter((action) => action !== "move" && action !== "merge");
  const ordered = [...steps].sort((a, b) => Number(b === now.next_step) - Number(a === now.next_step) || MAIN.indexOf(b) - MAIN.indexOf(a));
  const press = (action: string): void => {
    if (DETAILED.has(action)) setOpen(open === action ? null : action);
    else void takeStep({ action });
  };
  return (
    <section class="block">
      <h3>{t("events.actions")}</h3>
      <div class="event-actions">
        {ordered.map((action) => (
          <button key={action} type="button" class={action === now.next_step ? "button button-accent" : "button"} aria-expanded={DETAILED.has(action) ? open === action : undefined} disabled={cardBusy.value} onClick={() => press(action)}>
            {tCode("estep", action)}
          </button>
        ))}
        {now.actions.includes("move") && <button type="button" class="button" aria-pressed={moving.value} onClick={() => (moving.value = !moving.value)}><Icon name="move" />{t("events.move")}</button>}
        <button type="button" class="button button-quiet" onClick={() => showPoint([now.lon, now.lat], SHOW_ZOOM)}>{t("events.show")}</button>
      </div>
      {open !== null && <StepForm key={open} action={open} level={now.level} inGrid={now.grid !== null} done={() => setOpen(null)} />}
    </section>
  );
}

function StepForm({ action, level, inGrid, done }: { action: string; level: string; inGrid: boolean; done: () => void }) {
  // Outside of all grids no worker can be the one.
  const levels = inGrid ? LEVELS : LEVELS.filter((each) => each !== "grid");
  const [note, setNote] = useState("");
  const [until, setUntil] = useState("");
  const [to, setTo] = useState(levels.some((each) => each === level) ? level : levels[0]!);
  const [fault, setFault] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // On a small screen it opens below what is seen of the card.
  useEffect(() => form.current?.querySelector<HTMLElement>("select, input, textarea")?.focus(), []);
  const send = async (): Promise<void> => {
    if (NEEDS_NOTE.has(action) && note.trim() === "") return setFault(true);
    const asked: StepAsked = { action, note: note.trim() || null };
    if (action === "dispatch") asked.level = to as NonNullable<StepAsked["level"]>;
    if (action === "defer") asked.until = until || null;
    if (await takeStep(asked)) done();
  };
  return (
    <form ref={form} class="event-form" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      {action === "dispatch" && (
        <label class="field"><span class="field-label">{t("events.to_level")}</span>
          <select value={to} onChange={(event) => setTo(event.currentTarget.value)}>{levels.map((each) => <option key={each} value={each}>{tCode("elevel", each)}</option>)}</select>
        </label>
      )}
      {action === "defer" && <label class="field"><span class="field-label">{t("events.until")}</span><input type="date" required min={today()} value={until} onChange={(event) => setUntil(event.currentTarget.value)} /></label>}
      <label class={fault ? "field field-bad" : "field"}><span class="field-label">{t("events.note")}</span>
        <textarea rows={3} maxLength={1000} value={note} aria-invalid={fault || undefined} onInput={(event) => { setNote(event.currentTarget.value); setFault(false); }} />
        {fault && <span class="field-fault" role="alert"><Icon name="circleAlert" />{t("events.note_needed")}</span>}
      </label>
      <button type="submit" class="button button-accent" disabled={cardBusy.value}>{t("events.confirm")}</button>
    </form>
  );
}

function History({ event, steps }: { event: string; steps: readonly EventStep[] }) {
  return (
    <section class="block">
      <h3>{t("events.history")}</h3>
      <ol class="event-history">
        {[...steps].reverse().map((step, n) => (
          <li key={steps.length - n}>
            <b>{tCode("estep", step.action)}</b>
            <span class="caption">{moment(String(step.at))} · {step.actor.startsWith("wangge:") ? t("events.housekeeper") : step.actor}</span>
            {(step.from_level !== step.to_level && step.from_level !== null) && <span class="event-line">{t("events.went", { from: tCode("elevel", step.from_level), to: tCode("elevel", step.to_level) })}</span>}
            {step.from_grid !== step.to_grid && step.to_grid !== null && <span class="event-line code">{t("events.went", { from: step.from_grid ?? "–", to: step.to_grid })}</span>}
            {step.note !== null && <span class="event-line">{step.note}</span>}
            {step.id !== null && <Pictures of={step.pictures} missing={step.photos - step.pictures.length} label={t("events.step_photos", { step: tCode("estep", step.action) })} at={(n) => stepPhotoAddress(event, step.id!, n)} />}
          </li>
        ))}
      </ol>
    </section>
  );
}
