import type { Board, Community, Verdict } from "../../api/standards";
import { inBrackets, named, t } from "../../i18n";
import { lang } from "../../state/store";
import { Icon, IconButton } from "../Icon";

/** Why a community stands as it does to each rule: rule, source, basis and date, numbers, what is missing. */
export function Reasons({ board, community, close }: { board: Board; community: Community; close: () => void }) {
  return (
    <section class="reasons" aria-label={community.name ?? community.code ?? ""}>
      <div class="card-head">
        <p class="card-kind">{community.code}</p>
        <h2>{community.name}</h2>
        <IconButton icon="x" label={t("card.close")} onClick={close} class="card-close" />
      </div>
      <ul>
        {board.columns.map((column) => {
          const verdict = community.verdicts[column.column];
          return verdict === undefined ? null : (
            <li key={column.column} class={`reason-${verdict.state}`}>
              <h3><Icon name={verdict.state === "compliant" ? "check" : verdict.state === "short" ? "triangleAlert" : "circleAlert"} />{named(column.label)}</h3>
              <p>{named(verdict.text)}</p>
              <p class="caption">{sourceOf(verdict)}</p>
              {verdict.quotation !== null && <blockquote>{verdict.quotation}</blockquote>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function sourceOf(verdict: Verdict): string {
  const said = (both: { zh: string; en: string } | null): string => (both === null ? "" : lang.value === "zh" ? both.zh : both.en);
  const days = verdict.counted_to === null ? "" : t("standards.counted", { date: verdict.counted_from === verdict.counted_to || verdict.counted_from === null ? verdict.counted_to : `${verdict.counted_from} – ${verdict.counted_to}` });
  const check = verdict.marks.includes("check") ? inBrackets(t("standards.to_check")) : "";
  return [said(verdict.place), verdict.year, said(verdict.source) + check, days].filter(Boolean).join(" · ");
}
