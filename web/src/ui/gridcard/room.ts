import { later } from "../Later";

/** Fetched with the first grid that is selected. */
export const FiveElements = later(() => import("./FiveElements").then((parts) => parts.FiveElements));
