import { useState } from "preact/hooks";
import type { SecondFactorStart } from "../../api/accounts";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { account, adopt } from "../../state/session";
import { CodeField } from "../CodeField";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { Refusal } from "../login/SignIn";
import { Secret } from "../Secret";
import { WithPassword } from "./WithPassword";

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
  const confirm = async (digits: string): Promise<void> => {
    if (working) return;
    setWorking(true);
    setFound(null);
    try {
      const state = await sessionApi.confirmSecondFactor(digits);
      done();
      adopt(state);
    } catch (error) {
      setFound(asProblem(error));
      setCode("");
    }
    setWorking(false);
  };
  if (started === null) {
    return (
      <WithPassword
        id="factor-begin"
        label={t("factor.begin")}
        work={async (password) => setStarted(await sessionApi.startSecondFactor(password))}
      >
        <p class="dialog-lead">{t("factor.off_note")}</p>
      </WithPassword>
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
  const remove = async (password: string): Promise<void> => {
    const state = await sessionApi.removeSecondFactor(password);
    done();
    adopt(state);
  };
  return (
    <WithPassword id="factor-password" label={t("factor.remove")} bad work={remove}>
      <p class="said-good dialog-lead"><Icon name="shieldCheck" />{t("factor.on_note")}</p>
      <p class="dialog-lead">{t("factor.remove_note")}</p>
    </WithPassword>
  );
}
