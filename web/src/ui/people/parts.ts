export { PeopleCard } from "./PeopleCard";
export { PeopleOnMap } from "./PeopleOnMap";
export { PeoplePanel } from "./PeoplePanel";
