import { useEffect } from "preact/hooks";
import { UNREACHABLE } from "../../api/problem";
import { t } from "../../i18n";
import { mayPost, onDay, people, peopleBusy, peopleDialog, peopleFilter, peopleProblem, peopleRows, peopleSaid, personWords, postsOf, retryPeople } from "../../state/people";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { PeopleControls } from "./PeopleControls";
import { PeopleFigures } from "./PeopleFigures";
import { PeopleList } from "./PeopleList";
import { PeopleWindows } from "./PeopleWindows";
import { Picked } from "./Picked";

const SAID_MS = 6000;

/** 人员: who answers for which grid on a day, what is wrong, and changing it. */
export function PeoplePanel() {
  const now = people.value;
  const found = peopleProblem.value;
  const busy = peopleBusy.value;
  return (
    <>
      <div class="panel-head">
        <h2>{t("people.title")}</h2>
        {busy && <span class="progress caption" role="status"><span class="progress-text">{t("people.reading")}</span></span>}
      </div>
      <div class="panel-body people" data-scroll>
        {found !== null && found.code !== UNREACHABLE && <Notice problem={found} kept={t(now === null ? "error.kept_none" : "error.kept")} retry={retryPeople} {...(onDay.value === null ? {} : { back: () => (onDay.value = null) })} />}
        <Said />
        {now === null ? (
          found === null && <Bones />
        ) : (
          <div class={found !== null ? "dimmed" : undefined}>
            <PeopleFigures now={now} />
            <PeopleControls now={now} />
            {mayPost.value && (
              <p class="button-row people-actions">
                <button type="button" class="button button-small" onClick={() => (peopleDialog.value = { kind: "ledger" })}><Icon name="fileText" />{t("people.ledger")}</button>
                {postsOf.value !== undefined && <button type="button" class="button button-small" onClick={() => (peopleDialog.value = { kind: "posts" })}><Icon name="contact" />{t("people.posts")}</button>}
              </p>
            )}
            <Picked />
            {now.grids.length === 0 ? (
              <p class="empty-line">{t("people.none")}</p>
            ) : peopleRows.value.length === 0 ? (
              <p class="empty-line">
                {t("people.none_fit")}{" "}
                <button type="button" class="link" onClick={() => { peopleFilter.value = null; personWords.value = ""; }}>{t("people.clear_filter")}</button>
              </p>
            ) : (
              <PeopleList />
            )}
          </div>
        )}
      </div>
      <PeopleWindows />
    </>
  );
}

function Said() {
  const said = peopleSaid.value;
  useEffect(() => {
    if (said === null) return;
    const timer = window.setTimeout(() => (peopleSaid.value = null), SAID_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  return <div role="status" aria-live="polite">{said !== null && <p class="people-said"><Icon name="circleCheck" />{said}</p>}</div>;
}

function Bones() {
  return (
    <div role="status" aria-label={t("loading")}>
      <div class="figures">{[0, 1, 2].map((n) => <div key={n} class="figure"><span class="bone bone-line" /><span class="bone bone-figure" /></div>)}</div>
      {[0, 1, 2, 3].map((n) => <span key={n} class="bone people-bone" />)}
    </div>
  );
}
