import { t } from "../../i18n";
import { board, boardBusy, boardProblem, retryBoard } from "../../state/standards";
import { Notice } from "../Notice";
import { BoardFigures } from "./BoardFigures";
import { BoardTable } from "./BoardTable";
import { RuleSetPick, RuleSetSource } from "./RuleSetPick";

/** 标准: how the communities of an area stand to the rules of a set, and why. */
export function StandardsRoom() {
  const now = board.value;
  const found = boardProblem.value;
  const busy = boardBusy.value;
  return (
    <div class="board" data-scroll>
      <div class="panel-head board-head">
        <h2>{t("board.title")}</h2>
        {busy && <span class="caption" role="status">{t("board.reading")}</span>}
      </div>
      <div class="board-top">
        <RuleSetPick />
        {found !== null && <Notice problem={found} kept={now === null ? t("error.kept_none") : t("error.kept")} retry={retryBoard} />}
        {now !== null && (
          <div class={busy || found !== null ? "dimmed" : undefined}>
            <RuleSetSource />
            <BoardFigures />
          </div>
        )}
      </div>
      {now === null ? (
        found === null && <p class="room-empty" role="status">{t("loading")}</p>
      ) : now.columns.length === 0 ? (
        <p class="room-empty">{t("board.no_rules")}</p>
      ) : now.communities.length === 0 ? (
        <p class="room-empty">{t("board.no_communities")}</p>
      ) : (
        <BoardTable />
      )}
    </div>
  );
}
