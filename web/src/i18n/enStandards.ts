import type { zhStandards } from "./zhStandards";

/** English words of the standards board. */
export const enStandards: Record<keyof typeof zhStandards, string> = {
  "rail.standards": "Rules",
  "standards.title": "Standards board",
  "standards.note": "Communities against each rule; open a row for the reasons. What is unknown never counts as compliant.",
  "standards.rules": "Rule set",
  "standards.where": "Area",
  "standards.everywhere": "Everywhere",
  "standards.basis": "Households",
  "standards.community": "Community",
  "standards.compliant": "compliant",
  "standards.short": "short",
  "standards.no_data": "no data",
  "standards.unknown_n": "{n} unknown",
  "standards.counted": "counted {date}",
  "standards.to_check": "to be checked",
  "unit.m2": "m²",
  "unit.workers": "workers",
  "unit.grids": "grids",
  "unit.categories": "kinds",
  "unit.rooms": "rooms",
  "unit.years": "years",
  "unit.stations": "stations",
};
