import { current, ownCodes } from "../packages";
import { shortName, whomToCall, type GridRef } from "../package";
import { distance, say, sayPost } from "../words";
import { Call, dial } from "./AnswerBar";
import { NoGrid } from "./GridSheet";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";

/** Who answers next door, and along which street the border runs. */
export function NearSheet() {
  const one = current.value;
  const parts = one?.data.border.filter((part) => part.grid !== null) ?? [];
  return (
    <Sheet title={say("near_title")}>
      {one === null ? <NoGrid /> : parts.length === 0 ? <p class="empty">{say("near_none")}</p> : (
        <ul class="list">
          {parts.map((part) => {
            const grid = one.asked.find((item) => item.code === part.grid);
            if (grid === undefined) return null;
            return (
              <li key={grid.code} class="card">
                <h3>{shortName(grid)}{ownCodes.value.has(grid.code) && <small> {say("own")}</small>}</h3>
                <p class="muted">{[part.streets.length === 0 ? "" : say("grid_border_at", { streets: part.streets.map((street) => street.name).join(say("list_and")) }), say("grid_border_length", { m: distance(part.length_m) })].filter((text) => text !== "").join(" · ")}</p>
                <Call grid={grid} />
                <Others grid={grid} />
              </li>
            );
          })}
        </ul>
      )}
    </Sheet>
  );
}

/** Everybody else in post there, smaller. */
function Others({ grid }: { grid: GridRef }) {
  const first = whomToCall(grid);
  const others = grid.workers.filter((person) => person !== first);
  // Without a telephone the button's place has said so already.
  if (first === null || others.length === 0) return null;
  return (
    <ul class="list">
      {others.map((person) => (
        <li key={person.name + person.post} class="item">
          <span>{person.name}<small>{sayPost(person)}</small></span>
          {person.work_phone === null ? <span class="state">{say("no_phone")}</span> : <a class="number dial" href={dial(person)} aria-label={`${say("call", { name: person.name })} ${person.work_phone}`}><Icon name="phone" />{person.work_phone}</a>}
        </li>
      ))}
    </ul>
  );
}
