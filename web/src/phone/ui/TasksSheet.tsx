import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { workName } from "../labels";
import { newId } from "../queue";
import { entries, settled, taken, write } from "../outbox";
import { campaigns, known, loadCampaigns, loadWork, work, type Campaign, type WorkEvent } from "../reports";
import { reached } from "../server";
import { standing } from "../steps";
import { account, features } from "../session";
import { say } from "../words";
import { Icon } from "./icons";
import { atEvent, up } from "./open";
import { Sheet } from "./Sheet";
import { tellFailed, tellWritten } from "./toast";
import { WorkEventPart, WorkPart } from "./WorkPart";

/** Events of the own grids, and today's checklists. */
export function TasksSheet() {
  const who = account.value;
  const version = taken.value;
  const lists = features.value.includes("campaigns");
  useEffect(() => { if (who !== null && lists) void loadCampaigns(who); }, [who, version, lists]);
  const events = features.value.includes("events");
  useEffect(() => { if (who !== null && events) void loadWork(who); }, [who, version, events]);
  const event = useOpenEvent();
  if (event !== null) {
    return (
      <Sheet title={workName(event)} up={() => up({ sheet: "tasks" })}>
        <WorkEventPart key={event.id} event={event} />
      </Sheet>
    );
  }
  return (
    <Sheet title={say("task_title")}>
      {!reached.value && <p class="muted">{say("tasks_offline")}</p>}
      {events && <WorkPart />}
      {lists && <h3>{say("task_lists")}</h3>}
      {lists && campaigns.value.length === 0 && <p class="muted">{say(known.value.has("campaigns") ? "task_none" : "not_read")}</p>}
      {campaigns.value.map((campaign) => <List key={`${campaign.id} ${gridOf(campaign)}`} campaign={campaign} />)}
    </Sheet>
  );
}

/** The event that is open; one that has left the list stays as its worker last saw it, until it is closed. */
function useOpenEvent(): WorkEvent | null {
  const last = useRef<WorkEvent | null>(null);
  const listed = work.value.find((item) => item.id === atEvent.value);
  if (listed !== undefined) {
    last.current = { ...listed, state: standing(listed).state };
    return listed;
  }
  if (last.current === null || last.current.id !== atEvent.value) return null;
  return { ...last.current, work: [] };
}

/** Ticks by list, grid and line that are on their way into the phone's store. */
const ticking = signal<ReadonlyMap<string, { done: boolean }>>(new Map());

function gridOf(campaign: Campaign): string {
  return typeof campaign.grid === "string" ? campaign.grid : campaign.grid.code;
}

function List({ campaign }: { campaign: Campaign }) {
  // What was ticked counts as ticked, sent or not, until the list is read again.
  const pending = new Map([...settled.value, ...entries.value].filter((entry) => entry.kind === "mark" && entry.state === "waiting" && entry.body?.["grid"] === gridOf(campaign)).map((entry) => [String(entry.body?.["item"]), entry.body?.["done"] === true] as const));
  const keyOf = (item: Campaign["items"][number]): string => JSON.stringify([campaign.id, gridOf(campaign), item.id]);
  const isDone = (item: Campaign["items"][number]): boolean => ticking.value.get(keyOf(item))?.done ?? pending.get(String(item.id)) ?? item.done;
  const done = campaign.items.filter(isDone).length;
  const mark = async (item: Campaign["items"][number]): Promise<void> => {
    // Counted before it is written: a second tap is meant against what the first one shows.
    const tick = { done: !isDone(item) };
    ticking.value = new Map(ticking.value).set(keyOf(item), tick);
    try {
      const id = newId();
      const body = { id, item: item.id, grid: gridOf(campaign), done: tick.done, note: item.note ?? null, at: new Date().toISOString() };
      tellWritten(await write([{ id, kind: "mark", method: "POST", path: "/api/campaign-marks", body, label: `${campaign.name} · ${item.text}` }]));
    } catch (error) {
      tellFailed(error);
    } finally {
      const left = new Map(ticking.value);
      if (left.get(keyOf(item)) === tick) left.delete(keyOf(item));
      ticking.value = left;
    }
  };
  return (
    <section class="card">
      <h3>{campaign.name}</h3>
      <p class="muted">{[say("task_done", { done, all: campaign.items.length }), campaign.deadline === null ? "" : say("task_deadline", { date: campaign.deadline.slice(0, 10) }), campaign.owner === null ? "" : say("task_by", { name: campaign.owner })].filter((text) => text !== "").join(" · ")}</p>
      {campaign.note && <p>{campaign.note}</p>}
      <ul class="list">
        {campaign.items.map((item) => (
          <li key={item.id}>
            <button type="button" class="item" role="checkbox" aria-checked={isDone(item)} onClick={() => void mark(item)}>
              <Icon name={isDone(item) ? "circleCheck" : "circleDashed"} />
              <span>{item.text}{item.note && <small>{item.note}</small>}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
