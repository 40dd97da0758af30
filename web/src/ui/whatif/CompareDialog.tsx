import type { ScenarioRow } from "../../api/whatif";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { lang } from "../../state/store";
import { scenarios } from "../../state/whatif";
import { Dialog } from "../Dialog";
import { ScenarioTag } from "./Scenarios";
import { signed } from "./signed";

/** Kept scenarios side by side. */
export function CompareDialog({ open, close }: { open: (id: number) => void; close: () => void }) {
  const rows = scenarios.value ?? [];
  const n = (value: number): string => count(value, lang.value);
  const best = Math.max(...rows.map((row) => row.newly_served - row.no_longer_served));
  return (
    <Dialog title={t("whatif.compare_title")} size="wide" close={close}>
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
          <tbody>
            {rows.map((row) => <Row key={row.scenario} row={row} best={row.newly_served - row.no_longer_served === best && rows.length > 1} n={n} open={() => { close(); open(row.scenario); }} />)}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}

function Row({ row, best, n, open }: { row: ScenarioRow; best: boolean; n: (value: number) => string; open: () => void }) {
  const { before, after } = row;
  return (
    <tr>
      <th scope="row"><button type="button" class="link" title={t("whatif.open")} onClick={open}>{row.name}</button> <ScenarioTag state={row.state} /></th>
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
