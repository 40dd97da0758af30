import { useEffect, useState } from "preact/hooks";
import type { ApiToken, NewToken } from "../../api/accounts";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { account } from "../../state/session";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { PasswordField } from "../login/PasswordField";
import { Refusal } from "../login/SignIn";
import { Notice } from "../Notice";
import { Secret } from "../Secret";

const MOST_DAYS = 365;
const USUAL_DAYS = "90";

/** Tokens of programs: list, make one, revoke. */
export function TokensDialog({ close }: { close: () => void }) {
  const [tokens, setTokens] = useState<ApiToken[] | null>(null);
  const [fresh, setFresh] = useState<NewToken | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const load = async (): Promise<void> => {
    setFailed(null);
    try {
      setTokens((await sessionApi.tokens()).tokens);
    } catch (error) {
      setFailed(asProblem(error));
    }
  };
  useEffect(() => void load(), []);
  return (
    <Dialog title={t("tokens.title")} close={close}>
      <p class="caption">{t("tokens.note")}</p>
      {fresh !== null && (
        <div class="tokens-fresh" role="status">
          <h3>{t("tokens.new", { name: fresh.name })}</h3>
          <Secret text={fresh.token} label={t("tokens.title")} />
          <p class="said-warn"><Icon name="triangleAlert" />{t("tokens.once")}</p>
        </div>
      )}
      {failed !== null ? (
        <Notice problem={failed} retry={() => void load()} />
      ) : tokens === null ? (
        <p class="caption" role="status">{t("loading")}</p>
      ) : tokens.length === 0 ? (
        <p>{t("tokens.none")}</p>
      ) : (
        <ul>
          {tokens.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              revoked={(rest) => {
                setTokens(rest);
                if (fresh?.id === token.id) setFresh(null);
              }}
            />
          ))}
        </ul>
      )}
      <NewTokenForm
        made={(token) => {
          setFresh(token);
          void load();
        }}
      />
    </Dialog>
  );
}

function TokenRow({ token, revoked }: { token: ApiToken; revoked: (rest: ApiToken[]) => void }) {
  const [sure, setSure] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const revoke = async (): Promise<void> => {
    try {
      revoked((await sessionApi.revokeToken(token.id)).tokens);
    } catch (error) {
      setFound(asProblem(error));
    }
  };
  return (
    <li class="token-row">
      <div>
        <b>{token.name}</b>
        <p class="caption">
          {t("tokens.expires")} {moment(token.expires_at)} · {token.last_used_at === null ? t("tokens.unused") : `${t("tokens.used")} ${moment(token.last_used_at)}`}
        </p>
        {sure && <p role="alert">{t("tokens.revoke_sure", { name: token.name })}</p>}
        <Refusal problem={found} />
      </div>
      {sure ? (
        <>
          <button type="button" class="button button-quiet" onClick={() => setSure(false)}>{t("dialog.cancel")}</button>
          <button type="button" class="button button-bad" onClick={() => void revoke()}>{t("tokens.revoke")}</button>
        </>
      ) : (
        <button type="button" class="button" aria-label={`${t("tokens.revoke")} ${token.name}`} onClick={() => setSure(true)}>{t("tokens.revoke")}</button>
      )}
    </li>
  );
}

function NewTokenForm({ made }: { made: (token: NewToken) => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(USUAL_DAYS);
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState(false);
  // Accounts of the sample county have no password.
  const asks = account.value?.demo !== true;
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const number = Number(days);
  const ready = name.trim() !== "" && Number.isInteger(number) && number >= 1 && number <= MOST_DAYS && (password !== "" || !asks);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!ready || working) return;
    setWorking(true);
    setFound(null);
    setWrong(false);
    try {
      made(await sessionApi.addToken(name.trim(), number, password));
      setName("");
      setPassword("");
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "bad_credentials") setWrong(true);
      else setFound(problem);
    }
    setWorking(false);
  };
  return (
    <form class="tokens-new" onSubmit={(event) => void submit(event)} noValidate>
      <Field id="token-name" label={t("tokens.name")} value={name} change={setName} attributes={{ maxLength: 60, autocomplete: "off" }} />
      <Field id="token-days" label={t("tokens.days")} value={days} change={setDays} attributes={{ type: "number", min: 1, max: MOST_DAYS }} />
      {asks && (
        <PasswordField
          id="token-password"
          label={t("login.password")}
          value={password}
          change={setPassword}
          autocomplete="current-password"
          fault={wrong ? t("password.old_wrong") : null}
        />
      )}
      <button type="submit" class="button button-accent" disabled={!ready || working}>{t("tokens.add")}</button>
      <Refusal problem={found} />
    </form>
  );
}
