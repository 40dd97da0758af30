import type { AreaDivision, Role } from "../../api/accounts";
import { t, tCode } from "../../i18n";
import { lang } from "../../state/store";
import type { IconName } from "../icons";

const ICONS: Record<Role, IconName> = {
  planner: "waypoints",
  reviewer: "stamp",
  analyst: "chartLine",
  grid_worker: "mapPinned",
  system_administrator: "serverCog",
  security_administrator: "shieldUser",
  auditor: "fileSearch",
};

export function roleIcon(role: string): IconName {
  return ICONS[role as Role] ?? "user";
}

export function roleName(role: string): string {
  return tCode("role", role);
}

/** What a role may do, in one line. */
export function roleMay(role: Role): string {
  return t(`role.${role}.may`);
}

/** The three that must be three people. */
export function isAdministrator(role: Role): boolean {
  return role === "system_administrator" || role === "security_administrator" || role === "auditor";
}

interface Area {
  everywhere: boolean;
  divisions: readonly AreaDivision[];
}

/** Where an account works, in a few words. */
export function areaText({ everywhere, divisions }: Area, most = 2): string {
  if (everywhere) return t("area.everywhere");
  if (divisions.length === 0) return t("area.none");
  const names = divisions.map((division) => division.name);
  const mark = lang.value === "zh" ? "、" : ", ";
  if (names.length <= most) return names.join(mark);
  return t("area.more", { first: names.slice(0, most).join(mark), n: names.length });
}
