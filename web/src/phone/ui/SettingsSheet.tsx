import { useEffect, useState } from "preact/hooks";
import { leave } from "../entry";
import { told } from "../outbox";
import { LEAST, hasPin, possible, setPin } from "../pin";
import { gridsHere } from "../packages";
import { stocked } from "../reports";
import { account, home, token } from "../session";
import { isLarge, setLang, setLarge, setTheme, theme, type Theme } from "../looks";
import { lang, say, sayMoment } from "../words";
import { isKept, isUnkept } from "../worker";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";
import { tell } from "./toast";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function SettingsSheet() {
  return (
    <Sheet title={say("settings")}>
      <p>{home.value?.worker?.name ?? ""} <span class="muted">{say("account", { name: account.value ?? "" })}</span></p>
      {token.value !== null && <p class="muted">{say("embedded")}</p>}
      <label class="item switch"><span>{say("large")}</span><input type="checkbox" checked={isLarge.value} onChange={(event) => setLarge(event.currentTarget.checked)} /></label>
      <div class="chips" role="group" aria-label={say("theme")}>
        {THEMES.map((name) => <button type="button" key={name} class="chip" aria-pressed={theme.value === name} onClick={() => setTheme(name)}>{say(`theme_${name}`)}</button>)}
      </div>
      <button type="button" class="wide" lang={lang.value === "zh" ? "en" : "zh"} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>{say("language")}</button>
      {token.value === null && window.isSecureContext && !isUnkept.value && <Stock />}
      {token.value === null && <Pin />}
      <Leave />
    </Sheet>
  );
}

/** Whether one may go where there is no network; where a browser keeps nothing the page says so above its map. */
function Stock() {
  if (gridsHere.value === null) return null;
  const all = isKept.value && gridsHere.value && stocked.value !== null;
  return (
    <section class="card stock">
      <h3>{say("stock")}</h3>
      <p class="muted" aria-live="polite">{all ? say("stock_all", { at: sayMoment(stocked.value!) }) : say("stock_part")}</p>
    </section>
  );
}

function Pin() {
  const [has, setHas] = useState<boolean | null>(null);
  const [pin, type] = useState("");
  useEffect(() => void hasPin().then(setHas), []);
  const save = async (value: string | null): Promise<void> => {
    if (!(await setPin(value))) {
      tell(say("not_saved", { why: say("why_no_store") }), true);
      return;
    }
    setHas(value !== null);
    type("");
    tell(say("saved"));
  };
  return (
    <section class="card">
      <h3>{say("pin")}</h3>
      {!possible() ? <p class="muted">{say("pin_insecure")}</p> : has === true ? (
        <button type="button" class="wide" onClick={() => void save(null)}>{say("pin_off")}</button>
      ) : (
        <form class="row" onSubmit={(event) => { event.preventDefault(); void save(pin); }}>
          <label class="field">{say("pin_set")}<input type="password" inputMode="numeric" autocomplete="new-password" aria-label={say("pin_new")} value={pin} onInput={(event) => type(event.currentTarget.value.replace(/\D/g, "").slice(0, 12))} /></label>
          <button type="submit" class="plain" disabled={pin.length < LEAST}>{say("pin_save")}</button>
        </form>
      )}
    </section>
  );
}

function Leave() {
  const [sure, ask] = useState(false);
  return (
    <section class="card">
      <button type="button" class="wide" onClick={() => ask(true)}><Icon name="logOut" />{say("leave")}</button>
      {sure && (
        <>
          <p class="muted">{told.value.all === 0 ? say("leave_note_none") : say("leave_note", { n: told.value.all })}</p>
          <button type="button" class="primary bad" onClick={() => void leave().catch(() => tell(say("unreachable"), true))}>{say("leave_sure")}{told.value.waiting > 0 ? ` (${told.value.waiting})` : ""}</button>
        </>
      )}
    </section>
  );
}
