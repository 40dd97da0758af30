import { later } from "../Later";

/** Both parts come in one file. */
export const SitingPanel = later(() => import("./parts").then((parts) => parts.SitingPanel));
export const SitingOnMap = later(() => import("./parts").then((parts) => parts.SitingOnMap));
