import { useState } from "preact/hooks";
import { demo, door, lapsed, token } from "../session";
import { enterDemo, entryProblem, knock, signIn } from "../entry";
import { foreign } from "../outbox";
import { lang, say } from "../words";
import { setLang } from "../looks";

/** Before anybody is signed in, or when the session is over: what to do, and that nothing is lost. */
export function EnterPage() {
  const where = door.value;
  const kept = foreign.value;
  return (
    <main class="enter">
      <header class="row"><h1>网格 Wangge</h1><button type="button" class="plain" lang={lang.value === "zh" ? "en" : "zh"} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>{say("language")}</button></header>
      {where === "asking" && <p class="empty" role="status">{say("loading")}</p>}
      {where === "away" && <><p class="empty" role="alert">{say("unreachable")}</p><button type="button" class="wide" onClick={() => void knock()}>{say("retry")}</button></>}
      {where === "off" && <><p class="empty">{say("enter_off")}</p><p class="muted">{say("enter_off_note")}</p></>}
      {where === "closed" && (
        <>
          <h2>{say("enter_title")}</h2>
          {entryProblem.value === "link" && <p class="bad" role="alert">{say("enter_failed")}</p>}
          {entryProblem.value === "ended" && <p class="notice" role="alert">{say("enter_ended")}{kept > 0 && say("enter_ended_kept", { n: kept })}</p>}
          {kept > 0 && entryProblem.value !== "ended" && <p class="notice">{say("enter_again", { n: kept })}</p>}
          <p>{say("enter_link")}</p>
          {demo.value.map((name) => <button type="button" key={name} class="primary" onClick={() => void enterDemo(name)}>{say("enter_demo")}</button>)}
          {token.value === null && <SignIn />}
        </>
      )}
    </main>
  );
}

/** By name and password, where the link is not at hand. */
export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const why = entryProblem.value;
  const go = async (): Promise<void> => {
    setBusy(true);
    await signIn(name.trim(), password, code.trim());
    setBusy(false);
  };
  return (
    <form class="card" onSubmit={(event) => { event.preventDefault(); void go(); }}>
      <h3>{say("enter_password")}</h3>
      <label class="field">{say("enter_name")}<input autocomplete="username" autocapitalize="none" value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <label class="field">{say("enter_secret")}<input type="password" autocomplete="current-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} /></label>
      {why === "code" && <label class="field">{say("enter_code")}<input inputMode="numeric" autocomplete="one-time-code" value={code} onInput={(event) => setCode(event.currentTarget.value)} /></label>}
      {(why === "wrong" || why === "locked" || why === "away") && <p class="bad" role="alert">{say(why === "wrong" ? "enter_wrong" : why === "locked" ? "enter_locked" : "unreachable")}</p>}
      <button type="submit" class="primary" disabled={busy || name.trim() === "" || password === ""}>{say("enter_go")}</button>
    </form>
  );
}

/** Over what the phone keeps: the session is over, what was written waits. */
export function Lapsed({ waiting }: { waiting: number }) {
  const [open, set] = useState(false);
  if (!lapsed.value) return null;
  return (
    <section class="notice" role="alert">
      <p>{waiting === 0 ? say("enter_again_none") : say("enter_again", { n: waiting })}</p>
      {open ? <SignIn /> : <button type="button" class="plain" onClick={() => set(true)}>{say("enter_password")}</button>}
    </section>
  );
}
