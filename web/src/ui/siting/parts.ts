export { SitingOnMap } from "./SitingOnMap";
export { SitingPanel } from "./SitingPanel";
