import { count, entries, flush, sending } from "../outbox";
import { dismiss, retry } from "../queue";
import { say, sayRefusal } from "../words";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";

/** What waits and what was refused, with the reason; nothing disappears by itself. */
export function QueueSheet() {
  const drop = (key: number): void => void dismiss(key).then(count);
  const again = (key: number): void => void retry(key).then(count).then(flush);
  return (
    <Sheet title={say("queue_title")}>
      {entries.value.length === 0 && <p class="empty">{say("queue_empty")}</p>}
      <ul class="list">
        {entries.value.map((entry) => (
          <li key={entry.key} class="card">
            <p>{entry.label}<small>{new Date(entry.made_at).toLocaleString()}</small></p>
            {entry.state === "waiting" ? <p class="muted">{say(sending.value ? "sending" : "queue_waiting")}</p> : (
              <>
                <p class="bad"><Icon name="circleAlert" />{say("queue_refused", { why: sayRefusal(entry.refusal) })}</p>
                <p class="row">
                  <button type="button" class="plain" onClick={() => again(entry.key!)}>{say("queue_again")}</button>
                  <button type="button" class="plain" onClick={() => drop(entry.key!)}><Icon name="trash" />{say("queue_drop")}</button>
                </p>
              </>
            )}
          </li>
        ))}
      </ul>
      {entries.value.some((entry) => entry.state === "waiting") && <button type="button" class="wide" onClick={() => void flush()}>{say("retry")}</button>}
    </Sheet>
  );
}
