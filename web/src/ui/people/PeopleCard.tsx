import { useEffect } from "preact/hooks";
import type { HeldPosting, WhoAnswered } from "../../api/people";
import { named, t } from "../../i18n";
import { count } from "../../i18n/format";
import { select } from "../../state/desk";
import { gridShown, mayPost, onDay, people, peopleDialog, retryPeople, who, whoProblem } from "../../state/people";
import { shapeOf } from "../../state/shapes";
import { lang, overview, selection } from "../../state/store";
import { Frame } from "../Card";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { onEscape } from "../escape";
import { daysOf, postWord } from "./words";

/** The card of a grid: its people on the day, what can be done, who it was before. */
export function PeopleCard() {
  const chosen = selection.value;
  const dialog = peopleDialog.value;
  useEffect(() => {
    if (dialog === null) return onEscape(() => select(null));
    return undefined;
  }, [dialog]);
  if (chosen?.kind !== "grid") return null;
  const row = gridShown.value;
  const found = who.value?.grid.code === chosen.code ? who.value : null;
  const name = found?.grid.name ?? row?.name ?? shapeOf(chosen.code)?.name ?? chosen.code;
  const failed = whoProblem.value;
  return (
    <Frame title={name} kind={t("people.card_grid")} tag={found?.grid.community?.name ?? ""} code={chosen.code}>
      {onDay.value !== null && <p class="people-asof"><Icon name="history" />{t("people.as_of", { day: onDay.value })}</p>}
      {row !== null && row.households !== null && <p class="card-figure"><b>{count(row.households, lang.value)}</b> {householdsWord()}</p>}
      {failed !== null && found === null ? <Notice problem={failed} retry={retryPeople} /> : found === null ? <p class="caption" role="status">{t("loading")}</p> : <Known found={found} />}
    </Frame>
  );
}

function householdsWord(): string {
  const basis = overview.value?.bases.find(({ code }) => code === people.value?.basis);
  return basis === undefined ? "" : named(basis);
}

function Known({ found }: { found: WhoAnswered }) {
  const { code, in_force } = found.grid;
  return (
    <>
      {!in_force && <p class="tag warn">{t("people.not_in_force")}</p>}
      {in_force && !found.responsible && <p class="people-nobody"><Icon name="triangleAlert" />{t("people.card_nobody")}</p>}
      <ul class="people-holders">
        {found.holders.map((holder) => <Holding key={holder.posting} holder={holder} grid={code} />)}
      </ul>
      {mayPost.value && in_force && (
        <p class="card-buttons people-buttons">
          <button type="button" class={`button button-small${found.responsible ? "" : " button-accent"}`} onClick={() => (peopleDialog.value = { kind: "assign", grids: [code] })}><Icon name="userPlus" />{t("people.card_assign")}</button>
        </p>
      )}
      <History found={found} />
    </>
  );
}

function Holding({ holder, grid }: { holder: WhoAnswered["holders"][number]; grid: string }) {
  const { substitute, post } = holder;
  const open = (kind: "hand_over" | "substitute" | "end", posting: HeldPosting): void => {
    peopleDialog.value = { kind, posting, grid };
  };
  return (
    <li class="people-holder">
      <p class="people-post">{postWord(post)}{!post.responsible && <small>{t("people.not_responsible")}</small>}</p>
      {substitute !== null && (
        <div class="people-substitute">
          <Person person={substitute} grid={grid} />
          <p class="caption">{substitute.valid_to === null ? t("people.until_open", { name: holder.name }) : t("people.until", { name: holder.name, to: substitute.valid_to })}</p>
          {mayPost.value && <p class="people-do"><Do icon="circleX" word={t("people.end")} go={() => open("end", substitute)} /></p>}
        </div>
      )}
      <div class={substitute === null ? undefined : "people-away"}>
        <Person person={holder} grid={grid} />
        <p class="caption">{daysOf(holder)}</p>
      </div>
      {mayPost.value && (
        <p class="people-do">
          <Do icon="handOver" word={t("people.hand_over")} go={() => open("hand_over", holder)} />
          <Do icon="standIn" word={t("people.put_substitute")} go={() => open("substitute", holder)} />
          <Do icon="circleX" word={t("people.end")} go={() => open("end", holder)} />
        </p>
      )}
    </li>
  );
}

function Do({ icon, word, go }: { icon: "handOver" | "standIn" | "circleX"; word: string; go: () => void }) {
  return <button type="button" class="button button-quiet button-small" onClick={go}><Icon name={icon} />{word}</button>;
}

function Person({ person, grid }: { person: HeldPosting; grid: string }) {
  return (
    <p class="people-person">
      <b>{person.name}</b>
      {person.work_phone === null ? <span class="caption">{t("people.phone_none")}</span> : <a href={`tel:${person.work_phone}`} aria-label={t("people.call", { name: person.name })}>{person.work_phone}</a>}
      {mayPost.value && <button type="button" class="link" aria-label={t("people.edit_person", { name: person.name })} onClick={() => (peopleDialog.value = { kind: "worker", posting: person, grid })}>{t("people.edit")}</button>}
    </p>
  );
}

/** Every posting ever, the newest first. */
function History({ found }: { found: WhoAnswered }) {
  const rows = [...found.history].sort((a, b) => (a.valid_from < b.valid_from ? 1 : a.valid_from > b.valid_from ? -1 : b.posting - a.posting));
  return (
    <details class="people-history">
      <summary>{t("people.history")} <small>{rows.length}</small><Icon name="chevronDown" /></summary>
      {rows.length === 0 ? <p class="caption">{t("people.history_none")}</p> : (
        <ul>
          {rows.map((row) => (
            <li key={row.posting}>
              <span>{row.name}<small>{postWord(row.post)}{row.substitute_for !== null && ` · ${t("people.until_open", { name: row.substitute_for })}`}</small></span>
              <small>{daysOf(row)}</small>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
