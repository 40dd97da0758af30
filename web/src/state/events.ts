import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { asProblem, isAbort, type Problem } from "../api/problem";
import { eventsApi, type CampaignDocument, type CampaignRow, type CategoryRow, type EventCard, type EventFilter, type EventPoints, type Events, type StepAsked } from "../api/events";
import type { LonLat } from "../api/types";
import type { Address } from "./address";
import { step } from "./desk";
import { daysCrossed, NO_FILTER, type EventsTab } from "./eventFilter";
import { session } from "./session";
import { panel } from "./store";

/** What is switched on here, as the session says. */
export const features = computed(() => session.value?.features ?? { events: false, campaigns: false, phone: false });

/** The tab that was asked for, here or by the address. */
const tabAsked = signal<EventsTab>("events");
export const eventsTab = computed<EventsTab>(() => (features.value.events ? (features.value.campaigns ? tabAsked.value : "events") : "campaigns"));
export const eventsOpen = computed(() => panel.value === "events");
export const filter = signal<EventFilter>(NO_FILTER);
/** The days of the filter cannot be: nothing is asked, and what is shown answers an older question. */
export const filterFault = computed(() => daysCrossed(filter.value));
export const categories = signal<readonly CategoryRow[]>([]);
export const events = signal<Events | null>(null);
export const points = signal<EventPoints | null>(null);
export const eventsBusy = signal(false);
export const eventsProblem = signal<Problem | null>(null);

/** The event that is open, and its card once it has come. */
export const eventAt = signal<string | null>(null);
export const card = signal<EventCard | null>(null);
export const cardProblem = signal<Problem | null>(null);
export const cardBusy = signal(false);
/** The event that an address names without a view: it has yet to be shown on the map. */
export const landing = signal<string | null>(null);
/** The row that is pointed at. */
export const eventLit = signal<string | null>(null);
/** The next click on the map is where the pin goes. */
export const moving = signal(false);

export const campaigns = signal<readonly CampaignRow[] | null>(null);
export const campaignAt = signal<number | null>(null);
export const campaign = signal<CampaignDocument | null>(null);
export const campaignsProblem = signal<Problem | null>(null);
/** Why the one that is chosen cannot be shown. */
export const campaignProblem = signal<Problem | null>(null);

const again = signal(0);
/** The open event's card is read again. */
const cardAgain = signal(0);
const TYPING_MS = 250;

export function readAgain(): void {
  again.value += 1;
}

export function showTab(tab: EventsTab): void {
  step(() => {
    tabAsked.value = tab;
    showEvent(null);
  });
}

export function openEvent(id: string | null): void {
  moving.value = false;
  if (id !== eventAt.value) return step(() => showEvent(id));
  cardProblem.value = null;
  if (id !== null) cardAgain.value += 1;
}

export function openCampaign(id: number): void {
  if (id !== campaignAt.value) step(() => (campaignAt.value = id));
}

/** Show what an address names. */
export function takeEvents({ eventsTab: tab, filter: asked, event, campaign: id, view }: Address): void {
  batch(() => {
    landing.value = view === null ? event : null;
    tabAsked.value = tab;
    filter.value = asked;
    showEvent(event);
    campaignAt.value = id;
  });
}

function showEvent(id: string | null): void {
  if (id === eventAt.value) return;
  moving.value = false;
  cardProblem.value = null;
  card.value = null;
  eventAt.value = id;
}

/** Keep list, points and card in step with what is asked, while the room is open. */
export function followEvents(): void {
  let abort: AbortController | null = null;
  let timer = 0;
  let first = true;
  effect(() => {
    void again.value;
    const asked = filter.value;
    if (!eventsOpen.value || eventsTab.value !== "events") return;
    abort?.abort();
    window.clearTimeout(timer);
    untracked(() => categories.value.length === 0 && void readCategories());
    if (filterFault.value) return;
    const mine = (abort = new AbortController());
    timer = window.setTimeout(() => void readList(asked, mine.signal), first ? 0 : TYPING_MS);
    first = false;
  });
  effect(() => {
    void cardAgain.value;
    const id = eventAt.value;
    if (id === null || !eventsOpen.value || eventsTab.value !== "events") return;
    const mine = new AbortController();
    eventsApi.card(id, mine.signal).then(
      (found) => (card.value = found),
      (error: unknown) => !isAbort(error) && (cardProblem.value = asProblem(error)),
    );
    return () => mine.abort();
  });
  effect(() => {
    void again.value;
    // The list tells of each how far it is: with the one that is chosen it is read anew.
    void campaignAt.value;
    if (!eventsOpen.value || eventsTab.value !== "campaigns") return;
    const mine = new AbortController();
    eventsApi.campaigns(mine.signal).then(
      (found) => {
        campaigns.value = found.campaigns;
        campaignsProblem.value = null;
        if (campaignAt.value === null && found.campaigns.length > 0) campaignAt.value = found.campaigns[0]!.id;
      },
      (error: unknown) => !isAbort(error) && (campaignsProblem.value = asProblem(error)),
    );
    return () => mine.abort();
  });
  effect(() => {
    void again.value;
    const id = campaignAt.value;
    if (id === null || !eventsOpen.value || eventsTab.value !== "campaigns") return;
    untracked(() => {
      if (campaignProblem.value !== null && campaign.value?.id !== id) campaignProblem.value = null;
    });
    const mine = new AbortController();
    eventsApi.campaign(id, mine.signal).then(
      (found) =>
        batch(() => {
          campaign.value = found;
          campaignProblem.value = null;
        }),
      (error: unknown) => {
        if (isAbort(error)) return;
        batch(() => {
          // Under the reason stands no other inspection.
          if (campaign.value?.id !== id) campaign.value = null;
          campaignProblem.value = asProblem(error);
        });
      },
    );
    return () => mine.abort();
  });
}

async function readList(asked: EventFilter, signal: AbortSignal): Promise<void> {
  eventsBusy.value = true;
  try {
    const [list, places] = await Promise.all([eventsApi.list(asked, 0, signal), eventsApi.points(asked, signal)]);
    events.value = list;
    points.value = places;
    eventsProblem.value = null;
    eventsBusy.value = false;
  } catch (error) {
    if (isAbort(error)) return;
    eventsProblem.value = asProblem(error);
    eventsBusy.value = false;
  }
}

/** The next hundred rows. */
export async function readMore(): Promise<void> {
  const before = events.value;
  if (before === null) return;
  try {
    const more = await eventsApi.list(filter.value, before.events.length, new AbortController().signal);
    events.value = { ...more, events: [...before.events, ...more.events] };
  } catch (error) {
    eventsProblem.value = asProblem(error);
  }
}

async function readCategories(): Promise<void> {
  try {
    categories.value = (await eventsApi.categories()).categories;
  } catch (error) {
    eventsProblem.value = asProblem(error);
  }
}

/** Do something with the open event; what comes back is its card, or that of the one it went into. */
async function act(work: (id: string) => Promise<EventCard>): Promise<boolean> {
  const id = eventAt.value;
  if (id === null || cardBusy.value) return false;
  cardBusy.value = true;
  try {
    const found = await work(id);
    // Whoever has gone on meanwhile is not called back.
    if (eventAt.value === id) {
      eventAt.value = found.id;
      card.value = found;
      cardProblem.value = null;
    }
    readAgain();
    return true;
  } catch (error) {
    const found = asProblem(error);
    if (eventAt.value === id) cardProblem.value = found;
    // Somebody else was here first: what can be done now stands under the sentence that says so.
    if (found.status === 409) {
      cardAgain.value += 1;
      readAgain();
    }
    return false;
  } finally {
    cardBusy.value = false;
  }
}

export const takeStep = (asked: StepAsked): Promise<boolean> => act((id) => eventsApi.step(id, { ...asked, state: card.value?.state ?? null }));
export const mergeInto = (into: string): Promise<boolean> => act((id) => eventsApi.merge(id, into));

/** Where the map was clicked: the pin goes there, or the event there is opened. */
export function clickAt([lon, lat]: LonLat, found: string | null): void {
  if (moving.value) {
    moving.value = false;
    void act((id) => eventsApi.move(id, lon, lat));
    return;
  }
  openEvent(found);
}
