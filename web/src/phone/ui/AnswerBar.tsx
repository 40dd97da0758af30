import { windOf, type Answer } from "../answer";
import { current, ownCodes } from "../packages";
import { shortName, whomToCall, type GridRef, type Person } from "../package";
import { answer, beyond, followAgain, noLocation, position } from "../place";
import { distance, say, sayPost } from "../words";
import { Icon, type PhoneIcon } from "./icons";
import { openPlace } from "./open";

const ICONS: Record<Answer["kind"], PhoneIcon> = { mine: "circleCheck", other: "arrowRight", border: "split", outside: "navigation" };

/** The big answer: colour, word and icon; read from arm's length in the sun. */
export function AnswerBar() {
  const found = answer.value;
  const at = position.value;
  if (found === null || at === null) return <Unknown />;
  const by = at.by === "tap" ? say("answer_tap") : at.by === "building" ? say("answer_building", { name: at.name ?? "" }) : at.accuracy_m === null ? "" : say("accuracy", { m: distance(at.accuracy_m) });
  return (
    <section class={`answer answer-${found.kind}`} aria-live="polite">
      <div class="answer-line">
        <Icon name={ICONS[found.kind]} {...(found.kind === "outside" && found.bearing_deg !== null ? { turn: found.bearing_deg - 45 } : {})} />
        <h1>{headline(found)}</h1>
      </div>
      <p class="answer-more">{more(found)}{by !== "" && <small>{by}</small>}</p>
      {callable(found).map((grid) => <Call key={grid.code} grid={grid} />)}
      {at.by !== "gps" && (
        <button type="button" class="plain" onClick={followAgain}><Icon name="locate" />{say("me")}</button>
      )}
    </section>
  );
}

function headline(found: Answer): string {
  if (found.kind === "border") {
    // What touches one grid alone may lie in none.
    const named = [...found.choices.map((choice) => shortName(choice.grid)), ...(found.outside_share > 0 ? [say("answer_outside")] : [])];
    return say("answer_border", { grids: named.join(say("answer_or")) });
  }
  return say(found.kind === "mine" ? "answer_mine" : found.kind === "other" ? "answer_other" : "answer_outside");
}

function more(found: Answer): string {
  const { grid, border_m } = found;
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
  const grids = found.kind === "border" ? found.choices.map((choice) => choice.grid) : found.kind === "mine" || found.grid === null ? [] : [found.grid];
  return grids.filter((grid) => !ownCodes.value.has(grid.code)).slice(0, 2);
}

function Unknown() {
  const why = noLocation.value;
  const far = beyond.value;
  return (
    <section class="answer answer-none" aria-live="polite">
      <div class="answer-line">
        <Icon name="circleDashed" />
        <h1>{say(far ? "answer_far" : why === null && position.value === null ? "answer_waiting" : why === null ? "loading" : "answer_none")}</h1>
      </div>
      <p class="answer-more">{far ? say("answer_far_note") : why === null ? "" : say(`no_location_${why}`)}</p>
      {(why !== null || far) && (
        <p class="row">
          {current.value !== null && <button type="button" class="plain" onClick={() => openPlace({ picking: true })}><Icon name="crosshair" />{say("pick")}</button>}
          {why !== "insecure" && why !== "none" && <button type="button" class="plain" onClick={followAgain}><Icon name="locate" />{say("try_location")}</button>}
        </p>
      )}
    </section>
  );
}

/** A call button to the one who works in a grid. */
export function Call({ grid }: { grid: GridRef }) {
  const person = whomToCall(grid);
  if (person === null) return <p class="muted">{shortName(grid)}：{say(grid.workers.length === 0 ? "nobody" : "no_phone")}</p>;
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
