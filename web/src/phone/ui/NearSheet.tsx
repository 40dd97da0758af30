import { current, ownCodes } from "../packages";
import { shortName } from "../package";
import { distance, say } from "../words";
import { Call } from "./AnswerBar";
import { Sheet } from "./Sheet";

/** Who answers next door, and along which street the border runs. */
export function NearSheet({ close }: { close: () => void }) {
  const one = current.value;
  const parts = one?.data.border.filter((part) => part.grid !== null) ?? [];
  return (
    <Sheet title={say("near_title")} close={close}>
      {one === null || parts.length === 0 ? <p class="empty">{say("near_none")}</p> : (
        <ul class="list">
          {parts.map((part) => {
            const grid = one.asked.find((item) => item.code === part.grid);
            if (grid === undefined) return null;
            return (
              <li key={grid.code} class="card">
                <h3>{shortName(grid)}{ownCodes.value.has(grid.code) && <small> {say("own")}</small>}</h3>
                <p class="muted">{[part.streets.length === 0 ? "" : say("grid_border_at", { streets: part.streets.map((street) => street.name).join("、") }), say("grid_border_length", { m: distance(part.length_m) })].filter((text) => text !== "").join(" · ")}</p>
                <Call grid={grid} />
              </li>
            );
          })}
        </ul>
      )}
    </Sheet>
  );
}
