import type { Asked, ScenarioRow } from "../../api/whatif";
import { inBrackets, named, t } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { lang, overview } from "../../state/store";
import { scenarios } from "../../state/whatif";
import { Dialog } from "../Dialog";
import { ScenarioTag } from "./ScenarioTag";
import { signed } from "./signed";

/** Kept scenarios side by side, those of one question together. */
export function CompareDialog({ open, close }: { open: (id: number) => void; close: () => void }) {
  const groups = grouped(scenarios.value ?? []);
  return (
    <Dialog title={t("whatif.compare_title")} size="wide" close={close}>
      {groups.length > 1 && <p class="caption compare-note">{t("whatif.several_questions")}</p>}
      <div class="matrix compare" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("whatif.scenario")}</th>
              <th scope="col">{t("whatif.served_now")}</th>
              <th scope="col">{t("whatif.served_then")}</th>
              <th scope="col">{t("whatif.difference")}</th>
              <th scope="col">{t("whatif.newly")}</th>
              <th scope="col">{t("whatif.lost")}</th>
              <th scope="col">{t("whatif.over_capacity")}</th>
              <th scope="col">{t("whatif.out_of_reach")}</th>
            </tr>
          </thead>
          {groups.map((rows) => <Group key={rows[0]!.scenario} rows={rows} open={(id) => { close(); open(id); }} />)}
        </table>
      </div>
    </Dialog>
  );
}

/** What scenarios must have in common so that their figures can be ranked: all but minutes and speed then. */
export function questionKey({ category, basis, minutes, speed_kmh, capacities, own_community }: Asked): string {
  return JSON.stringify([category, basis, minutes, speed_kmh, capacities, own_community]);
}

function grouped(rows: readonly ScenarioRow[]): ScenarioRow[][] {
  const groups = new Map<string, ScenarioRow[]>();
  for (const row of rows) {
    const key = questionKey(row.asked);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function Group({ rows, open }: { rows: readonly ScenarioRow[]; open: (id: number) => void }) {
  const best = Math.max(...rows.map((row) => row.newly_served - row.no_longer_served));
  return (
    <tbody>
      <tr class="compare-question"><th scope="rowgroup" colSpan={8}>{t("whatif.asked")}: {questionText(rows[0]!.asked)}</th></tr>
      {rows.map((row) => (
        <Row
          key={row.scenario}
          row={row}
          best={row.newly_served - row.no_longer_served === best && rows.length > 1}
          open={() => open(row.scenario)}
        />
      ))}
    </tbody>
  );
}

/** What a scenario was asked, in a line. */
export function questionText({ category, basis, minutes, speed_kmh, capacities, own_community }: Asked): string {
  const facts = overview.value;
  const service = facts?.categories.find(({ code }) => code === category);
  const counted = facts?.bases.find(({ code }) => code === basis);
  return [
    service === undefined ? category : named(service),
    limitText(minutes, speed_kmh),
    counted === undefined ? basis : named(counted),
    ...(capacities ? [t("whatif.asked_places")] : []),
    ...(own_community ? [t("whatif.asked_own")] : []),
  ].join(" · ");
}

function limitText(minutes: number, speed: number): string {
  return `${minutes} ${t("unit.min")}, ${decimal(speed, 1, lang.value)} km/h`;
}

function Row({ row, best, open }: { row: ScenarioRow; best: boolean; open: () => void }) {
  const { before, after, asked } = row;
  const n = (value: number): string => count(value, lang.value);
  const limitChanged = asked.minutes !== asked.minutes_after || asked.speed_kmh !== asked.speed_after_kmh;
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link" title={t("whatif.open")} onClick={open}>{row.name}</button> <ScenarioTag state={row.state} />
        {limitChanged && <small class="compare-limit">{inBrackets(limitText(asked.minutes_after, asked.speed_after_kmh))}</small>}
      </th>
      <td>{n(before.served)}</td>
      <td>{n(after.served)}</td>
      <td class={best ? "matrix-main" : undefined}>{signed(after.served - before.served)}{best && <small class="best"> {t("whatif.best")}</small>}</td>
      <td>{n(row.newly_served)}</td>
      <td>{n(row.no_longer_served)}</td>
      <td>{n(after.over_capacity)} <small>{signed(after.over_capacity - before.over_capacity)}</small></td>
      <td>{n(after.out_of_reach)} <small>{signed(after.out_of_reach - before.out_of_reach)}</small></td>
    </tr>
  );
}
