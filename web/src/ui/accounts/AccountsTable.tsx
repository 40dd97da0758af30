import { useState } from "preact/hooks";
import type { Account, AccountState } from "../../api/accounts";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { account as signedIn } from "../../state/session";
import { areaText, roleIcon, roleName } from "../account/roles";
import { Icon } from "../Icon";
import type { IconName } from "../icons";
import type { Open } from "./AccountWindow";

const STATE_ICONS: Record<AccountState, IconName> = {
  active: "circleCheck",
  invited: "clock",
  locked: "lock",
  disabled: "ban",
};

/** Rows in the page at once; the rest comes by a button. */
const STEP = 100;

export function AccountsTable({ rows, open }: { rows: readonly Account[]; open: (window: Open) => void }) {
  const [most, setMost] = useState(STEP);
  const rest = Math.min(STEP, rows.length - most);
  return (
    <>
      <table class="table accounts-table">
        <thead>
          <tr>
            <th scope="col">{t("accounts.name")}</th>
            <th scope="col">{t("accounts.display_name")}</th>
            <th scope="col">{t("accounts.role")}</th>
            <th scope="col">{t("accounts.area")}</th>
            <th scope="col">{t("accounts.state")}</th>
            <th scope="col">{t("accounts.second_factor")}</th>
            <th scope="col">{t("accounts.last_login")}</th>
            <th scope="col"><span class="unseen">{t("accounts.actions")}</span></th>
          </tr>
        </thead>
        <tbody>{rows.slice(0, most).map((row) => <Row key={row.name} row={row} open={open} />)}</tbody>
      </table>
      {rest > 0 && (
        <p class="room-more"><button type="button" class="button" onClick={() => setMost(most + STEP)}>{t("accounts.more", { n: rest })}</button></p>
      )}
    </>
  );
}

function Row({ row, open }: { row: Account; open: (window: Open) => void }) {
  const own = row.name === signedIn.value?.name;
  return (
    <tr class={row.state === "disabled" ? "row-off" : undefined}>
      <th scope="row" class="cell-name">
        <b>{row.name}</b>
        {row.demo && <span class="tag tag-demo">{t("demo.tag")}</span>}
        {own && <span class="tag tag-own">{t("accounts.own")}</span>}
      </th>
      <td data-label={t("accounts.display_name")}>{row.display_name || "—"}</td>
      <td data-label={t("accounts.role")}><span class="with-icon"><Icon name={roleIcon(row.role)} />{roleName(row.role)}</span></td>
      <td data-label={t("accounts.area")} class="cell-area" title={areaText(row, 99)}>{areaText(row)}</td>
      <td data-label={t("accounts.state")}><span class={`with-icon state-${row.state}`}><Icon name={STATE_ICONS[row.state]} />{t(`state.${row.state}`)}</span></td>
      <td data-label={t("accounts.second_factor")}>
        {row.second_factor ? <span class="with-icon state-active"><Icon name="shieldCheck" />{t("state.on")}</span> : <span class="faint">{t("state.off")}</span>}
      </td>
      <td data-label={t("accounts.last_login")} class="cell-time">{row.last_login_at === null ? <span class="faint">{t("accounts.never")}</span> : moment(row.last_login_at)}</td>
      <td class="cell-actions">
        {/* One's own account is another administrator's business; a demo account has no password to be reset. */}
        {!own && (
          <>
            <Action text={t("accounts.edit")} name={row.name} go={() => open({ kind: "edit", account: row })} />
            {row.role === "grid_worker" && row.state !== "disabled" && <Action text={row.devices > 0 ? t("accounts.phones", { n: row.devices }) : t("accounts.phone")} name={row.name} go={() => open({ kind: "phone", account: row })} />}
            {!row.demo && <Action text={t("accounts.reset")} name={row.name} go={() => open({ kind: "reset", account: row })} />}
            <Action
              text={t(row.state === "disabled" ? "accounts.enable" : "accounts.disable")}
              name={row.name}
              go={() => open({ kind: row.state === "disabled" ? "enable" : "disable", account: row })}
            />
          </>
        )}
      </td>
    </tr>
  );
}

function Action({ text, name, go }: { text: string; name: string; go: () => void }) {
  return <button type="button" class="link" aria-label={`${text} ${name}`} onClick={go}>{text}</button>;
}
