import { t } from "../../i18n";
import { dialog, plan } from "../../state/plan";
import { can } from "../../state/session";
import { Icon } from "../Icon";

/** Documents, and objections with what was answered. */
export function Papers() {
  const { papers } = plan.value!;
  const writes = can("plan");
  if (papers.length === 0 && !writes) return null;
  const open = papers.filter((paper) => paper.kind === "objection" && !paper.answer).length;
  return (
    <section class="block">
      <h3>{t("papers.title")}{open > 0 && <small class="papers-open">{t("papers.open", { n: open })}</small>}</h3>
      <ul class="papers">
        {papers.map((paper) => (
          <li key={paper.paper}>
            <Icon name={paper.kind === "document" ? "fileText" : "circleAlert"} />
            <div>
              <b>{[paper.number, paper.title].filter(Boolean).join(" ") || t(paper.kind === "document" ? "papers.document" : "papers.objection")}</b>
              <span class="caption"> {paper.date}</span>
              {paper.text && <p class="paper-text">{paper.text}</p>}
              {paper.answer && <p class="caption">{t("papers.answered", { text: paper.answer })}</p>}
              {paper.kind === "objection" && !paper.answer && writes && (
                <button type="button" class="link" onClick={() => (dialog.value = { kind: "answer", paper: paper.paper })}>{t("papers.answer")}</button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {writes && <p><button type="button" class="link" onClick={() => (dialog.value = { kind: "paper" })}>{t("papers.add")}</button></p>}
    </section>
  );
}
