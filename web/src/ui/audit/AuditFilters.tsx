import type { AuditFilter } from "../../api/accounts";
import { t, tCode } from "../../i18n";
import { Icon } from "../Icon";
import { RANGES, rangeOf } from "./ranges";

interface FiltersProps {
  filter: AuditFilter;
  change: (filter: AuditFilter) => void;
  actions: readonly string[];
}

/** Period, who, what, and any text. */
export function AuditFilters({ filter, change, actions }: FiltersProps) {
  const set = (part: Partial<AuditFilter>): void => change({ ...filter, ...part });
  const today = new Date();
  return (
    <div class="filters" role="search">
      <div class="segments segments-small filter-ranges" role="group" aria-label={t("audit.ranges")}>
        {RANGES.map((range) => {
          const { from, to } = rangeOf(range, today);
          return (
            <button key={range} type="button" aria-pressed={filter.from === from && filter.to === to} onClick={() => set({ from, to })}>
              {t(`audit.${range}`)}
            </button>
          );
        })}
      </div>
      <div class="filter-span">
        <div class="filter filter-date">
          <input type="date" aria-label={t("audit.from")} title={t("audit.from")} value={filter.from} max={filter.to} onChange={(event) => set({ from: event.currentTarget.value })} />
        </div>
        <span class="filter-dash">–</span>
        <div class="filter filter-date">
          <input type="date" aria-label={t("audit.to")} title={t("audit.to")} value={filter.to} min={filter.from} onChange={(event) => set({ to: event.currentTarget.value })} />
        </div>
      </div>
      <div class="filter">
        <input type="text" aria-label={t("audit.actor")} placeholder={t("audit.actor_note")} autocomplete="off" spellcheck={false} value={filter.actor} onInput={(event) => set({ actor: event.currentTarget.value })} />
      </div>
      <div class="filter">
        <select aria-label={t("audit.action")} value={filter.action} onChange={(event) => set({ action: event.currentTarget.value })}>
          <option value="">{t("audit.action_all")}</option>
          {actions.map((action) => <option key={action} value={action}>{tCode("action", action)}</option>)}
        </select>
        <Icon name="chevronDown" />
      </div>
      <div class="filter filter-wide filter-search">
        <Icon name="search" />
        <input type="text" aria-label={t("audit.text")} placeholder={t("audit.text_note")} autocomplete="off" value={filter.q} onInput={(event) => set({ q: event.currentTarget.value })} />
      </div>
    </div>
  );
}
