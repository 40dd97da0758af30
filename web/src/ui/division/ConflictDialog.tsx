import type { Difference, Part } from "../../api/plans";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { conflict, partName, session } from "../../state/plan";
import { showCells } from "../../state/planActions";
import { Dialog } from "../Dialog";

const SHOWN = 12;

/** Two people changed the same cells: who, what, and which of both is to stay. */
export function ConflictDialog() {
  const found = conflict.value;
  const now = session.value;
  if (found === null || now === null) return null;
  const cells = found.items.map((item) => (item.cell === undefined ? undefined : now.topology.indexOf.get(item.cell))).filter((cell): cell is number => cell !== undefined);
  const who = [...new Set(found.items.map((item) => item.actor).filter(Boolean))].join("、");
  return (
    <Dialog
      title={t("conflict.title", { n: found.items.length })}
      close={() => now.takeTheirs()}
      foot={
        <>
          <button type="button" class="button" onClick={() => now.takeTheirs()}>{t("conflict.theirs")}</button>
          <button type="button" class="button button-accent" onClick={() => now.sendMine()}>{t("conflict.mine")}</button>
        </>
      }
    >
      <p>{t("conflict.text", { who: who || t("conflict.somebody") })}</p>
      <table class="table conflict-table">
        <thead><tr><th>{t("conflict.what")}</th><th>{t("conflict.theirs_now")}</th><th>{t("conflict.mine_now")}</th><th>{t("conflict.who")}</th></tr></thead>
        <tbody>
          {found.items.slice(0, SHOWN).map((item) => (
            <tr key={`${item.cell}/${item.part}`}>
              <td>{item.cell !== undefined ? t("conflict.cell", { n: item.cell }) : t("conflict.part", { name: partName(item.part ?? 0) })}</td>
              <td>{sideText(item.theirs)}</td>
              <td>{sideText(item.mine ?? null)}</td>
              <td>{who1(item)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.items.length > SHOWN && <p class="caption">{t("check.more", { n: found.items.length - SHOWN })}</p>}
      {cells.length > 0 && <p><button type="button" class="link" onClick={() => showCells(cells)}>{t("conflict.show")}</button></p>}
    </Dialog>
  );
}

function sideText(side: number | Part | null): string {
  if (side === null) return "—";
  return typeof side === "number" ? partName(side) : (side.name ?? partName(side.no));
}

function who1({ actor, at }: Difference): string {
  return [actor, at === undefined ? "" : moment(at)].filter(Boolean).join(" ") || "—";
}
