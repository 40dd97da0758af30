import { t } from "../i18n";
import { step, select, switchLang, switchLarge } from "../state/desk";
import { theMap, wholeCounty, zoomTo } from "../state/mapLink";
import { shapeOf } from "../state/shapes";
import { lang, large, overview, selection } from "../state/store";
import type { Division } from "../api/types";
import { account } from "../state/session";
import { AccountMenu } from "./account/AccountMenu";
import { Icon } from "./Icon";
import { Search } from "./Search";

export function Header() {
  const facts = overview.value;
  return (
    <header class="header">
      <div class="brand">
        <img src="/favicon.svg" width="24" height="24" alt="" />
        <strong>网格</strong>
        <span>Wangge</span>
      </div>
      {facts !== null && facts.divisions.length > 0 && <Crumbs divisions={facts.divisions} />}
      <Badge sample={facts?.sample === true} />
      <div class="header-space" />
      {facts !== null && !facts.empty && <Search />}
      <button type="button" class="button button-quiet" aria-pressed={large.value} aria-label={t("large.switch")} title={t("large.title")} onClick={switchLarge}>
        <Icon name="type" />
        <span class="button-text">{t("large.switch")}</span>
      </button>
      <button type="button" class="button button-quiet" title={t("lang.title")} onClick={switchLang} lang={lang.value === "zh" ? "en" : "zh"}>
        {t("lang.switch")}
      </button>
      <AccountMenu />
    </header>
  );
}

/** What is not real here: the county, or the account as well. */
function Badge({ sample }: { sample: boolean }) {
  const demo = account.value?.demo === true;
  if (!sample && !demo) return null;
  return (
    <span class="badge" title={t(demo ? "demo.note" : "sample.title")}>
      <Icon name="info" />
      <span class="badge-text">{t(demo ? "demo.badge" : "sample")}</span>
    </span>
  );
}

/** County ▸ township ▸ community: choosing one zooms to it. */
function Crumbs({ divisions }: { divisions: readonly Division[] }) {
  const county = divisions.find((d) => d.level === "county");
  const townships = divisions.filter((d) => d.level === "township");
  const { township, community } = chosenOf(divisions);
  const communities = divisions.filter((d) => d.level === "community" && (township === null || d.parent === township));
  const zoom = (division: Division | undefined): void => {
    if (division === undefined) return;
    if (shapeOf(division.code) !== undefined) zoomTo(division.code);
    else if (division.bbox !== null) theMap()?.fit(division.bbox);
  };
  const choose = (kind: "township" | "community", code: string): void => {
    if (code === "") {
      if (kind === "community" && township !== null) choose("township", township);
      else toCounty();
      return;
    }
    select({ kind, code });
    zoom(divisions.find((d) => d.code === code));
  };
  const given = account.value?.divisions ?? [];
  const onlyBelow = (levels: readonly string[]): string | null =>
    given.length > 0 && given.every((division) => levels.includes(division.level)) ? given.map((division) => division.name).join("、") : null;
  const toCounty = (): void => {
    step(() => (selection.value = null));
    wholeCounty();
  };
  return (
    <nav class="crumbs" aria-label={t("crumb.label")}>
      <button type="button" class="crumb" onClick={toCounty}>{county?.name ?? t("crumb.county")}</button>
      {townships.length > 0 && <Icon name="chevronRight" class="crumb-mark" />}
      {townships.length > 0 && (
        <Pick label={t("kind.township")} all={onlyBelow(["township", "community"]) ?? t("crumb.townships")} options={townships} value={township ?? ""} choose={(code) => choose("township", code)} />
      )}
      <Icon name="chevronRight" class="crumb-mark" />
      <Pick label={t("kind.community")} all={onlyBelow(["community"]) ?? t("crumb.communities")} options={communities} value={community ?? ""} choose={(code) => choose("community", code)} />
    </nav>
  );
}

interface PickProps {
  label: string;
  all: string;
  options: readonly Division[];
  value: string;
  choose: (code: string) => void;
}

function Pick({ label, all, options, value, choose }: PickProps) {
  return (
    <span class="pick">
      <select aria-label={label} title={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{all}</option>
        {options.map((division) => (
          <option key={division.code} value={division.code}>{division.name}</option>
        ))}
      </select>
      <Icon name="chevronDown" />
    </span>
  );
}

/** Where the selection lies in the tree; a grid's code begins with its community's. */
function chosenOf(divisions: readonly Division[]): { township: string | null; community: string | null } {
  const chosen = selection.value;
  if (chosen === null || (chosen.kind !== "township" && chosen.kind !== "community" && chosen.kind !== "grid")) {
    return { township: null, community: null };
  }
  const found = divisions.find((d) => d.code === (chosen.kind === "grid" ? chosen.code.slice(0, 12) : chosen.code));
  if (found === undefined) return { township: null, community: null };
  return found.level === "township" ? { township: found.code, community: null } : { township: found.parent, community: found.code };
}
