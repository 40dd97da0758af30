import { later } from "../Later";

/** All parts come in one file. */
export const PeoplePanel = later(() => import("./parts").then((parts) => parts.PeoplePanel));
export const PeopleCard = later(() => import("./parts").then((parts) => parts.PeopleCard));
export const PeopleOnMap = later(() => import("./parts").then((parts) => parts.PeopleOnMap));
