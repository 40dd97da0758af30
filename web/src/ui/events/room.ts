import { later } from "../Later";

/** Both parts come in one file. */
export const EventsPanel = later(() => import("./parts").then((parts) => parts.EventsPanel));
export const EventsOnMap = later(() => import("./parts").then((parts) => parts.EventsOnMap));
