import type { HeldPosting, PostWord } from "../../api/people";
import { named, t } from "../../i18n";

/** How a post is called in the language of the page. */
export function postWord(post: PostWord): string {
  return named(post);
}

/** "2026-05-01 至 2026-05-08": from when until when somebody holds a post. */
export function daysOf({ valid_from: from, valid_to: to }: Pick<HeldPosting, "valid_from" | "valid_to">): string {
  return to === null ? t("people.since", { from }) : t("people.since_to", { from, to });
}
