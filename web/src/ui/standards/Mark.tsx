import { tCode } from "../../i18n";

/** How far the words of a rule are certain; what is still to be confirmed stands out. */
export function Mark({ mark }: { mark: string }) {
  return <span class={mark === "check" ? "tag mark warn" : "tag mark"}>{tCode("mark", mark)}</span>;
}
