/** Events and campaigns, as the server's OpenAPI has them. */
import { call, sending } from "./call";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type EventRow = Schemas["EventRow"];
export type EventCard = Schemas["EventCard"];
export type Events = Schemas["Events"];
export type EventPoints = Schemas["EventPoints"];
export type EventStep = Schemas["HistoryStep"];
export type CategoryRow = Schemas["CategoryRow"];
export type CampaignRow = Schemas["CampaignRow"];
export type CampaignDocument = Schemas["CampaignDocument"];
export type CampaignMade = Schemas["CampaignMade"];
export type CampaignEdited = Schemas["CampaignEdited"];
export type StepAsked = Omit<Schemas["Step"], "photos">;

export interface EventFilter {
  state: string;
  category: string;
  level: string;
  division: string;
  grid: string;
  q: string;
  from: string;
  to: string;
  overdue: boolean;
  border: boolean;
}

export function queryOf(filter: EventFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== "" && value !== false) query.set(name, String(value));
  }
  return query.toString();
}

export const eventsApi = {
  categories: (): Promise<{ categories: CategoryRow[] }> => call("/api/event-categories"),
  list: (filter: EventFilter, offset: number, signal: AbortSignal): Promise<Events> => call(`/api/events?limit=100&offset=${offset}&${queryOf(filter)}`, { signal }),
  points: (filter: EventFilter, signal: AbortSignal): Promise<EventPoints> => call(`/api/events/points?${queryOf(filter)}`, { signal }),
  card: (id: string, signal?: AbortSignal): Promise<EventCard> => call(`/api/events/${id}`, { signal: signal ?? null }),
  step: (id: string, asked: StepAsked): Promise<EventCard> => call(`/api/events/${id}/steps`, sending("POST", asked)),
  move: (id: string, lon: number, lat: number): Promise<EventCard> => call(`/api/events/${id}/move`, sending("POST", { lon, lat })),
  merge: (id: string, into: string): Promise<EventCard> => call(`/api/events/${id}/merge`, sending("POST", { into })),
  campaigns: (signal: AbortSignal): Promise<{ campaigns: CampaignRow[] }> => call("/api/campaigns", { signal }),
  campaign: (id: number, signal?: AbortSignal): Promise<CampaignDocument> => call(`/api/campaigns/${id}`, { signal: signal ?? null }),
  makeCampaign: (made: CampaignMade): Promise<CampaignDocument> => call("/api/campaigns", sending("POST", made)),
  editCampaign: (id: number, edited: Partial<CampaignEdited>): Promise<CampaignDocument> => call(`/api/campaigns/${id}`, sending("PATCH", edited)),
  closeCampaign: (id: number, asked: Schemas["CampaignClosed"]): Promise<CampaignDocument> => call(`/api/campaigns/${id}/close`, sending("POST", asked)),
  reopenCampaign: (id: number, asked: Schemas["CampaignReopened"]): Promise<CampaignDocument> => call(`/api/campaigns/${id}/reopen`, sending("POST", asked)),
};

export const photoAddress = (id: string, n: number): string => `/api/events/${id}/photos/${n}`;
export const stepPhotoAddress = (id: string, step: string, n: number): string => `/api/events/${id}/steps/${step}/photos/${n}`;
export const eventsExport = (filter: EventFilter): string => `/api/events/export.xlsx?${queryOf(filter)}`;
