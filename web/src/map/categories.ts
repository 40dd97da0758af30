import type { IconName } from "../ui/icons";

const ICONS: Record<string, IconName> = {
  service_station: "landmark",
  clinic: "cross",
  elderly_care: "armchair",
  kindergarten: "baby",
  market: "shoppingBasket",
  police: "shield",
};

/** Icon of a service category; a plain pin for categories that the page does not know. */
export function categoryIcon(category: string): IconName {
  return ICONS[category] ?? "mapPin";
}
