import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { t, type Word } from "../../i18n";
import { makeCampaign } from "../../state/events";
import { overview } from "../../state/store";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

/** Name, owner, day, items, area; what is missing is said in place. */
export function CampaignForm({ close }: { close: () => void }) {
  const areas = (overview.value?.divisions ?? []).filter(({ level }) => level !== "province" && level !== "city");
  const [name, setName] = useState("");
  const [owner, setOwner] = useState("");
  const [deadline, setDeadline] = useState("");
  const [items, setItems] = useState("");
  const [area, setArea] = useState(areas.find(({ level }) => level === "township")?.code ?? areas[0]?.code ?? "");
  const [tried, setTried] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const lines = items.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const fault = (word: Word, bad: boolean): string | null => (tried && bad ? t(word) : null);
  const submit = async (): Promise<void> => {
    setTried(true);
    if (name.trim() === "" || owner.trim() === "" || deadline === "" || lines.length === 0) return;
    setWorking(true);
    try {
      await makeCampaign({ name: name.trim(), owner: owner.trim(), deadline, items: lines, divisions: [area], grids: [] });
      close();
    } catch (error) {
      setFailed(asProblem(error));
      setWorking(false);
    }
  };
  const missing = fault("campaigns.fault_items", lines.length === 0);
  return (
    <Dialog
      title={t("campaigns.new")}
      size="small"
      close={close}
      foot={
        <>
          <button type="button" class="button" onClick={close}>{t("dialog.cancel")}</button>
          <button type="submit" form="campaign-form" class="button button-accent" disabled={working}>{t("campaigns.make")}</button>
        </>
      }
    >
      <form id="campaign-form" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        {failed !== null && <Notice problem={failed} kept={t("campaigns.kept")} />}
        <Field id="campaign-name" label={t("campaigns.name")} value={name} change={setName} fault={fault("campaigns.fault_name", name.trim() === "")} focus attributes={{ maxLength: 100, autocomplete: "off" }} />
        <Field id="campaign-owner" label={t("campaigns.owner_label")} value={owner} change={setOwner} fault={fault("campaigns.fault_owner", owner.trim() === "")} attributes={{ maxLength: 100, autocomplete: "off" }} />
        <Field id="campaign-deadline" label={t("campaigns.deadline_label")} value={deadline} change={setDeadline} fault={fault("campaigns.fault_deadline", deadline === "")} attributes={{ type: "date" }} />
        <div class="field">
          <label for="campaign-area">{t("campaigns.where")}</label>
          <select id="campaign-area" value={area} onChange={(event) => setArea(event.currentTarget.value)}>
            {areas.map((each) => <option key={each.code} value={each.code}>{each.level === "community" ? `　${each.name}` : each.name}</option>)}
          </select>
        </div>
        <div class={missing === null ? "field" : "field field-bad"}>
          <label for="campaign-items">{t("campaigns.items")}</label>
          <textarea id="campaign-items" rows={5} value={items} aria-describedby="campaign-items-note" onInput={(event) => setItems(event.currentTarget.value)} />
          <p class="caption" id="campaign-items-note">{t("campaigns.items_note")}</p>
          {missing !== null && <p class="field-fault" role="alert"><Icon name="circleAlert" />{missing}</p>}
        </div>
      </form>
    </Dialog>
  );
}
