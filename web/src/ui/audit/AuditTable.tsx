import { useState } from "preact/hooks";
import type { AuditRow } from "../../api/accounts";
import { t, tCode } from "../../i18n";
import { moment } from "../../i18n/format";
import { roleName } from "../account/roles";
import { Icon } from "../Icon";
import { Changes } from "./Changes";

/** The records; a row opens what it says of before and after. */
export function AuditTable({ rows }: { rows: readonly AuditRow[] }) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <table class="table audit-table">
      <thead>
        <tr>
          <th scope="col">{t("audit.time")}</th>
          <th scope="col">{t("audit.actor")}</th>
          <th scope="col">{t("audit.role")}</th>
          <th scope="col">{t("audit.action")}</th>
          <th scope="col">{t("audit.object")}</th>
          <th scope="col">{t("audit.outcome")}</th>
          <th scope="col">{t("audit.address")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} open={open === row.id} flip={() => setOpen(open === row.id ? null : row.id)} />
        ))}
      </tbody>
    </table>
  );
}

/** Who it was: an account, the machine's own command line, or nobody yet. */
function actorText(actor: string): string {
  if (actor === "") return t("audit.nobody");
  return actor.startsWith("os:") ? t("audit.system", { name: actor.slice(3) }) : actor;
}

function Row({ row, open, flip }: { row: AuditRow; open: boolean; flip: () => void }) {
  const at = moment(row.at, true);
  const action = tCode("action", row.action);
  const refused = row.outcome === "refused";
  return (
    <>
      <tr class={open ? "audit-row audit-open" : "audit-row"} onClick={flip}>
        <th scope="row" class="cell-time">
          <button
            type="button"
            class="audit-flip"
            aria-expanded={open}
            aria-controls={open ? `audit-${row.id}` : undefined}
            aria-label={t("audit.open", { at, action })}
            onClick={(event) => {
              event.stopPropagation();
              flip();
            }}
          >
            <Icon name={open ? "chevronDown" : "chevronRight"} />
          </button>
          {at}
        </th>
        <td data-label={t("audit.actor")} class={row.actor === "" ? "faint" : undefined}>{actorText(row.actor)}</td>
        <td data-label={t("audit.role")}>{row.role === null ? "—" : roleName(row.role)}</td>
        <td data-label={t("audit.action")}>{action}</td>
        <td data-label={t("audit.object")} class="cell-long">{row.object ?? "—"}</td>
        <td data-label={t("audit.outcome")}>
          <span class={refused ? "with-icon outcome-refused" : "with-icon outcome-done"}>
            <Icon name={refused ? "circleX" : "circleCheck"} />
            {t(refused ? "audit.refused" : "audit.done")}
          </span>
        </td>
        <td data-label={t("audit.address")} class="cell-long">{row.address ?? "—"}</td>
      </tr>
      {open && (
        <tr class="audit-detail" id={`audit-${row.id}`}>
          <td colSpan={7}><Changes row={row} /></td>
        </tr>
      )}
    </>
  );
}
