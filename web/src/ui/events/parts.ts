export { EventsOnMap } from "./EventsOnMap";
export { EventsPanel } from "./EventsPanel";
