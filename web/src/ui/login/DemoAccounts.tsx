import { useEffect, useRef, useState } from "preact/hooks";
import { ROLES, type DemoAccount } from "../../api/accounts";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { adopt } from "../../state/session";
import { roleIcon, roleMay, roleName } from "../account/roles";
import { Icon } from "../Icon";
import { Refusal } from "./SignIn";

/** One button per account of the demo, the planner first. */
export function DemoAccounts({ accounts }: { accounts: readonly DemoAccount[] }) {
  const [working, setWorking] = useState<string | null>(null);
  const [found, setFound] = useState<Problem | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => list.current?.querySelector("button")?.focus(), []);
  const sorted = [...accounts].sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  const come = async (name: string): Promise<void> => {
    if (working !== null) return;
    setWorking(name);
    setFound(null);
    try {
      adopt(await sessionApi.demo(name));
    } catch (error) {
      setFound(asProblem(error));
    }
    setWorking(null);
  };
  return (
    <>
      <p class="demo-note"><Icon name="info" />{t("demo.note")}</p>
      <Refusal problem={found} />
      <ul class="demo-list" ref={list}>
        {sorted.map(({ name, role, area }, i) => (
          <li key={name} class={i === 0 ? "demo-first" : undefined}>
            <button
              type="button"
              class={i === 0 ? "demo-card demo-card-first" : "demo-card"}
              disabled={working !== null}
              aria-label={`${t("demo.as", { role: roleName(role) })} · ${area}`}
              onClick={() => void come(name)}
            >
              <Icon name={roleIcon(role)} />
              <span class="demo-text">
                <b>{i === 0 ? t("demo.as", { role: roleName(role) }) : roleName(role)}</b>
                <span class="demo-may">{roleMay(role)}</span>
                <span class="demo-area"><Icon name="mapPin" />{area}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
