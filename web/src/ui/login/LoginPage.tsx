import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { account, leftIdle, session } from "../../state/session";
import { Icon } from "../Icon";
import { Cover } from "./Cover";
import { DemoAccounts } from "./DemoAccounts";
import { SignIn } from "./SignIn";

/** Instead of the desk while nobody is signed in; over it when the session ended in the middle of work. */
export function LoginPage({ over = false }: { over?: boolean }) {
  const [idle] = useState(leftIdle);
  const demo = session.value?.demo ?? [];
  const was = over ? account.value : null;
  const [byName, setByName] = useState(demo.length === 0 || was?.demo === false);
  return (
    <Cover title={t("login.title")} wide={!byName} over={over}>
      {over && <p class="entry-said" role="status"><Icon name="clock" />{t("login.again")}</p>}
      {idle && !over && <p class="entry-said" role="status"><Icon name="clock" />{t("login.idle")}</p>}
      {session.value?.encrypted === false && <p class="entry-said entry-warn" role="note"><Icon name="triangleAlert" />{t("login.plain")}</p>}
      {byName ? <SignIn key="name" known={was?.demo === false ? was.name : ""} /> : <DemoAccounts accounts={demo} />}
      {demo.length > 0 && (
        <p class="entry-other">
          <button type="button" class="link" onClick={() => setByName(!byName)}>{t(byName ? "login.to_demo" : "login.other")}</button>
        </p>
      )}
    </Cover>
  );
}
