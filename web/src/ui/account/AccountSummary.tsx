import type { SessionAccount } from "../../api/accounts";
import { t, tCount } from "../../i18n";
import { moment } from "../../i18n/format";
import { lang } from "../../state/store";
import { Icon } from "../Icon";
import { areaText, roleName } from "./roles";

/** Name, role, area, and how the account was used before now. */
export function AccountSummary({ who }: { who: SessionAccount }) {
  const last = who.last_login;
  return (
    <div class="account-who">
      <b>{who.display_name || who.name}</b>
      {who.demo && <span class="tag tag-demo">{t("demo.short")}</span>}
      <dl>
        {who.display_name && <div><dt>{t("login.name")}</dt><dd>{who.name}</dd></div>}
        <div><dt>{t("accounts.role")}</dt><dd>{roleName(who.role)}</dd></div>
        <div><dt>{t("menu.area")}</dt><dd>{areaText(who, 4)}</dd></div>
        <div>
          <dt>{t("menu.last")}</dt>
          <dd>
            {last === null
              ? t("menu.never")
              : last.address === null
                ? moment(last.at)
                : t("menu.last_at", { at: moment(last.at), address: last.address })}
          </dd>
        </div>
      </dl>
      {who.failed_since_last > 0 && (
        <div class="said-warn" role="note">
          <Icon name="triangleAlert" />
          <p>
            {tCount("menu.failed", who.failed_since_last)}
            {lang.value === "zh" ? "" : " "}
            {t("menu.failed.todo")}
          </p>
        </div>
      )}
    </div>
  );
}
