import { useState } from "preact/hooks";
import { knock } from "../entry";
import { LEAST, gone, left, unlock } from "../pin";
import { say } from "../words";

export function PinPage() {
  const [pin, type] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    if (await unlock(pin)) void knock();
    type("");
    setBusy(false);
  };
  if (gone.value) return <main class="enter"><p class="empty" role="alert">{say("pin_gone")}</p><button type="button" class="primary" onClick={() => location.replace("/m")}>{say("enter_title")}</button></main>;
  return (
    <main class="enter">
      <h1>网格 Wangge</h1>
      <form class="card" onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <label class="field">{say("pin_enter")}<input type="password" inputMode="numeric" autocomplete="off" autofocus value={pin} onInput={(event) => type(event.currentTarget.value.replace(/\D/g, "").slice(0, 12))} /></label>
        {left.value !== null && <p class="bad" role="alert">{say("pin_wrong", { n: left.value })}</p>}
        <button type="submit" class="primary" disabled={busy || pin.length < LEAST}>{say("pin_open")}</button>
      </form>
    </main>
  );
}
