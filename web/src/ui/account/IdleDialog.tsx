import { t } from "../../i18n";
import { idleLeft, stay } from "../../state/idle";
import { signOut } from "../../state/session";
import { Dialog } from "../Dialog";

/** Half-way out: says how many seconds are left, and waits for an answer. */
export function IdleDialog() {
  const left = idleLeft.value;
  if (left === null) return null;
  const go = (): void => void stay().catch(() => undefined);
  return (
    <Dialog
      title={t("idle.title")}
      size="small"
      close={go}
      foot={
        <>
          <button type="button" class="button button-quiet" onClick={() => void signOut().catch(() => undefined)}>{t("idle.out")}</button>
          <button type="button" class="button button-accent" data-focus onClick={go}>{t("idle.stay")}</button>
        </>
      }
    >
      <p>{t("idle.text", { n: left })}</p>
    </Dialog>
  );
}
