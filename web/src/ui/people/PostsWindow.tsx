import { useEffect, useState } from "preact/hooks";
import { peopleApi, type Post } from "../../api/people";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { peopleChanged, posts, postsOf, readPosts } from "../../state/people";
import { shownPosts } from "../../state/peopleRows";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

type Draft = Pick<Post, "name" | "zh" | "en" | "responsible" | "ordinal"> & { fresh: boolean };

const NEW: Draft = { name: "", zh: "", en: "", responsible: true, ordinal: 500, fresh: true };

/** The catalogue of posts: how each is called, whether its holder answers for the grid. */
export function PostsWindow({ close }: { close: () => void }) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const [found, setFound] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  useEffect(() => void readPosts(true).catch((error: unknown) => setFound(asProblem(error))), []);
  const known = shownPosts(posts.value);
  const ready = draft !== null && draft.name.trim() !== "" && draft.zh.trim() !== "" && draft.en.trim() !== "";
  const save = async (): Promise<void> => {
    if (draft === null || !ready || working) return;
    setWorking(true);
    setFound(null);
    try {
      const { fresh: _fresh, ...post } = draft;
      await peopleApi.setPost({ ...post, division: postsOf.value ?? null });
      await readPosts(true);
      setDraft(null);
      peopleChanged(t("people.done_post", { name: draft.zh }));
    } catch (error) {
      setFound(asProblem(error));
    } finally {
      setWorking(false);
    }
  };
  return (
    <Dialog
      title={t("people.posts_title")}
      close={close}
      foot={
        <>
          <button type="button" class="button button-quiet" onClick={draft === null ? close : () => setDraft(null)}>{t(draft === null ? "dialog.close" : "dialog.cancel")}</button>
          {draft !== null && <button type="button" class="button button-accent" disabled={!ready || working} onClick={() => void save()}>{t("people.posts_save")}</button>}
        </>
      }
    >
      <p>{t("people.posts_note")}</p>
      {found !== null && <Notice problem={found} />}
      {draft === null ? (
        <>
          <ul class="people-posts">
            {known.map((post) => (
              <li key={post.name}>
                <span><b lang="zh-CN">{post.zh}</b> {post.en}{post.zh !== post.name && <small lang="zh-CN"> ({post.name})</small>}{post.division !== null && <small> · {t("people.posts_own")}</small>}</span>
                {post.responsible && <small class="people-answers"><Icon name="check" />{t("people.posts_responsible")}</small>}
                <button type="button" class="link" aria-label={`${t("people.posts_change")} ${post.zh}`} onClick={() => setDraft({ name: post.name, zh: post.zh, en: post.en, responsible: post.responsible, ordinal: post.ordinal, fresh: false })}>{t("people.posts_change")}</button>
              </li>
            ))}
          </ul>
          <p class="button-row"><button type="button" class="button button-small" onClick={() => setDraft(NEW)}><Icon name="plusCircle" />{t("people.posts_add")}</button></p>
        </>
      ) : (
        <form class="plan-form" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
          {draft.fresh && <Field id="post-name" label={t("people.posts_name")} value={draft.name} change={(name) => setDraft({ ...draft, name, zh: draft.zh === draft.name ? name : draft.zh })} attributes={{ maxLength: 30 }} focus="now" />}
          <div class="form-pair">
            <Field id="post-zh" label={t("people.posts_zh")} value={draft.zh} change={(zh) => setDraft({ ...draft, zh })} attributes={{ maxLength: 30 }} focus={draft.fresh ? false : "now"} />
            <Field id="post-en" label={t("people.posts_en")} value={draft.en} change={(en) => setDraft({ ...draft, en })} attributes={{ maxLength: 30 }} />
          </div>
          <label class="check">
            <input type="checkbox" checked={draft.responsible} onChange={(event) => setDraft({ ...draft, responsible: event.currentTarget.checked })} />
            <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
            {t("people.posts_responsible")}
          </label>
        </form>
      )}
    </Dialog>
  );
}
