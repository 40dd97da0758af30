import { useState } from "preact/hooks";
import type { SecondFactorStart } from "../../api/accounts";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { account, adopt } from "../../state/session";
import { CodeField } from "../CodeField";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { PasswordField } from "../login/PasswordField";
import { Refusal } from "../login/SignIn";
import { Secret } from "../Secret";

/** Turn the second factor on (picture or key, then the first code) or off (the password). */
export function FactorDialog({ close }: { close: () => void }) {
  const [said, setSaid] = useState<"added" | "removed" | null>(null);
  const on = account.value?.second_factor === true;
  return (
    <Dialog title={t("factor.title")} close={close}>
      <div class="factor">
        {said !== null ? (
          <p class="said-good" role="status"><Icon name="circleCheck" />{t(`factor.${said}`)}</p>
        ) : on ? (
          <TurnOff done={() => setSaid("removed")} />
        ) : (
          <TurnOn done={() => setSaid("added")} />
        )}
      </div>
    </Dialog>
  );
}

function TurnOn({ done }: { done: () => void }) {
  const [started, setStarted] = useState<SecondFactorStart | null>(null);
  const [code, setCode] = useState("");
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (working) return;
    setWorking(true);
    setFound(null);
    try {
      await work();
    } catch (error) {
      setFound(asProblem(error));
      setCode("");
    }
    setWorking(false);
  };
  const begin = (): Promise<void> => attempt(async () => setStarted(await sessionApi.startSecondFactor()));
  const confirm = (digits: string): Promise<void> =>
    attempt(async () => {
      const state = await sessionApi.confirmSecondFactor(digits);
      done();
      adopt(state);
    });
  if (started === null) {
    return (
      <>
        <p class="dialog-lead">{t("factor.off_note")}</p>
        <Refusal problem={found} />
        <button type="button" class="button button-accent button-big" data-focus disabled={working} onClick={() => void begin()}>{t("factor.begin")}</button>
      </>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === 6) void confirm(code);
      }}
    >
      <h3>{t("factor.scan")}</h3>
      <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(started.svg)}`} alt={t("factor.qr")} />
      <p class="caption">{t("factor.type")}</p>
      <Secret text={grouped(started.secret)} label={t("factor.type")} />
      <h3>{t("factor.confirm")}</h3>
      <CodeField id="factor-code" value={code} change={setCode} full={(digits) => void confirm(digits)} />
      <Refusal problem={found} />
      <button type="submit" class="button button-accent button-big" disabled={working || code.length !== 6}>{t("factor.save")}</button>
    </form>
  );
}

/** In fours, to be typed. */
function grouped(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}

function TurnOff({ done }: { done: () => void }) {
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState(false);
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (working || password === "") return;
    setWorking(true);
    setWrong(false);
    setFound(null);
    try {
      const state = await sessionApi.removeSecondFactor(password);
      done();
      adopt(state);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "bad_credentials") setWrong(true);
      else setFound(problem);
    }
    setWorking(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <p class="said-good dialog-lead"><Icon name="shieldCheck" />{t("factor.on_note")}</p>
      <p class="dialog-lead">{t("factor.remove_note")}</p>
      <PasswordField
        id="factor-password"
        label={t("login.password")}
        value={password}
        change={(text) => {
          setPassword(text);
          setWrong(false);
        }}
        autocomplete="current-password"
        fault={wrong ? t("password.old_wrong") : null}
        focus
      />
      <Refusal problem={found} />
      <button type="submit" class="button button-bad button-big" disabled={working || password === ""}>{t("factor.remove")}</button>
    </form>
  );
}
