import { windOf, type Answer } from "../answer";
import { clock } from "../clock";
import { current, ownCodes, ownKnown } from "../packages";
import { shortName, whomToCall, type GridRef, type Person } from "../package";
import { answer, beyond, followAgain, noLocation, position, scanProblem, staleSince, type Position } from "../place";
import { distance, say, sayPost } from "../words";
import { Icon, type PhoneIcon } from "./icons";
import { openPlace } from "./open";

/** More grids than this within the circle of error say that the position is of no use. */
const MOST_NAMED = 4;
/** From further away nobody is the one to be called. */
const CALLED_WITHIN_M = 5000;

const ICONS: Record<Answer["kind"], PhoneIcon> = { mine: "circleCheck", other: "arrowRight", border: "split", outside: "navigation" };

/** The big answer: colour, word and icon; read from arm's length in the sun. */
export function AnswerBar() {
  const found = answer.value;
  const at = position.value;
  if (found === null || at === null) return <Unknown />;
  const by = howKnown(at);
  // Whoever has no grid today is in the wrong one nowhere.
  const isNobodys = found.kind === "other" && ownCodes.value.size === 0;
  const away = isAway(found) ? found.home : null;
  const turn = isNobodys ? null : away !== null ? away.bearing : found.kind === "outside" ? found.bearing_deg : null;
  return (
    <section class={`answer answer-${isNobodys ? "none" : found.kind}`} aria-live="polite">
      <Scanned />
      <div class="answer-line">
        <Icon name={isNobodys ? "crosshair" : turn === null ? ICONS[found.kind] : "navigation"} {...(turn === null ? {} : { turn: turn - 45 })} />
        <h1>{isNobodys ? more(found) : headline(found)}</h1>
      </div>
      {away !== null && <p class="answer-home">{say("answer_home", { wind: say(`wind_${windOf(away.bearing)}`), m: distance(away.m) })}</p>}
      <p class="answer-more">{!isNobodys && more(found)}{by !== "" && <small>{by}</small>}</p>
      {callable(found).map((grid) => <Call key={grid.code} grid={grid} />)}
      {at.by !== "gps" && (
        <button type="button" class="plain" onClick={followAgain}><Icon name="locate" />{say("me")}</button>
      )}
    </section>
  );
}

/** By what a position is known, and since when if that is a while ago. */
export function howKnown(at: Position): string {
  if (at.by === "tap") return say("answer_tap");
  if (at.by === "building") return say("answer_building", { name: at.name ?? "" });
  const minutes = staleSince.value === null ? 0 : Math.floor((clock.value - staleSince.value) / 60_000);
  const error = at.accuracy_m === null || at.accuracy_m === 0 ? "" : say("accuracy", { m: distance(at.accuracy_m) });
  return [error, minutes > 0 ? say("minutes_ago", { n: minutes }) : ""].filter((text) => text !== "").join(" · ");
}

/** Why the building that was scanned is not the place: stays until it was read. */
function Scanned() {
  const why = scanProblem.value;
  if (why === null) return null;
  return <p class="scanned" role="alert">{say(`no_location_${why}`)} <button type="button" class="plain" onClick={() => (scanProblem.value = null)}>{say("understood")}</button></p>;
}

function headline(found: Answer): string {
  if (isCoarse(found)) return say("answer_coarse");
  if (found.kind === "border") {
    // What touches one grid alone may lie in none.
    const named = [...found.choices.map((choice) => shortName(choice.grid)), ...(found.outside_share > 0 ? [say("answer_outside")] : [])];
    return say("answer_border", { grids: named.join(say("answer_or")) });
  }
  return say(found.kind === "mine" ? "answer_mine" : found.kind === "other" ? "answer_other" : "answer_outside");
}

/** Wholly out of the own grids: the way back is told, unless the nearest grid that is named is one of them. */
function isAway(found: Answer): boolean {
  if (found.kind === "outside") return found.grid !== null && !ownCodes.value.has(found.grid.code);
  return found.kind === "other" || (found.kind === "border" && found.own_share === 0);
}

/** Who might be meant is too many to be an answer. */
function isCoarse(found: Answer): boolean {
  return found.choices.length > MOST_NAMED;
}

function more(found: Answer): string {
  const { grid, border_m } = found;
  if (isCoarse(found)) return say("answer_coarse_some", { grids: found.choices.slice(0, MOST_NAMED).map((choice) => shortName(choice.grid)).join(say("list_and")), n: found.choices.length });
  if (grid === null) {
    return found.kind === "border" && found.choices.length > 0 ? say("answer_border_m", { m: distance(Math.min(...found.choices.map((choice) => choice.border_m))) }) : "";
  }
  if (found.kind === "outside") return say("answer_nearest", { wind: say(`wind_${windOf(found.bearing_deg ?? 0)}`), m: distance(border_m ?? 0), grid: shortName(grid) });
  if (found.kind === "other") return say("answer_other_is", { grid: shortName(grid) });
  if (found.kind === "border") return say("answer_border_m", { m: distance(border_m ?? 0) });
  return shortName(grid);
}

/** Whom to call: whoever answers for the other grid that may be meant. */
function callable(found: Answer): GridRef[] {
  if (isCoarse(found) || (found.kind === "outside" && (found.border_m ?? 0) > CALLED_WITHIN_M)) return [];
  const grids = found.kind === "border" ? found.choices.map((choice) => choice.grid) : found.kind === "mine" || found.grid === null ? [] : [found.grid];
  return grids.filter((grid) => !ownCodes.value.has(grid.code)).slice(0, 2);
}

function Unknown() {
  const why = noLocation.value;
  const far = beyond.value;
  // Whose the grids are has not been read: "not yours" would be a guess.
  const unknown = !ownKnown.value && position.value !== null;
  return (
    <section class="answer answer-none" aria-live="polite">
      <Scanned />
      <div class="answer-line">
        <Icon name="circleDashed" />
        <h1>{say(far ? "answer_far" : unknown ? "answer_unknown" : why === null && position.value === null ? "answer_waiting" : why === null ? "loading" : "answer_none")}</h1>
      </div>
      <p class="answer-more">{far ? say("answer_far_note") : unknown || why === null ? "" : say(`no_location_${why}`)}</p>
      {(why !== null || far) && (
        <p class="row">
          {current.value !== null && <button type="button" class="plain" onClick={() => openPlace({ picking: "here" })}><Icon name="crosshair" />{say("pick")}</button>}
          {why !== "insecure" && why !== "none" && <button type="button" class="plain" onClick={followAgain}><Icon name="locate" />{say("try_location")}</button>}
        </p>
      )}
    </section>
  );
}

/** A call button to the one who works in a grid. */
export function Call({ grid }: { grid: GridRef }) {
  const person = whomToCall(grid);
  if (person === null) return <p class="muted">{shortName(grid)}{say("colon")}{say(grid.workers.length === 0 ? "nobody" : "no_phone")}</p>;
  return (
    <a class="call" href={dial(person)}>
      <Icon name="phone" />
      <span>{say("call", { name: person.name })}<small>{shortName(grid)} · {sayPost(person)}</small></span>
    </a>
  );
}

export function dial(person: Person): string {
  return `tel:${(person.work_phone ?? "").replace(/[^\d+]/g, "")}`;
}
