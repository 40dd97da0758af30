import { useEffect, useState } from "preact/hooks";
import type { Account, PhoneDevice, PhoneLink } from "../../api/accounts";
import { accountsApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { Secret } from "../Secret";

/** The phones of a grid worker's account: let one in by a link, shut a lost one out. */
export function PhoneWindow({ account, changed, close }: { account: Account; changed: (account: Account) => void; close: () => void }) {
  const [devices, setDevices] = useState<readonly PhoneDevice[] | null>(null);
  const [made, setMade] = useState<PhoneLink | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const run = (work: Promise<unknown>): void => void work.then(() => setFailed(null), (error: unknown) => setFailed(asProblem(error)));
  const take = ({ devices: found }: { devices: PhoneDevice[] }): void => {
    setDevices(found);
    changed({ ...account, devices: found.length });
  };
  useEffect(() => run(accountsApi.devices(account.name).then(({ devices: found }) => setDevices(found))), [account.name]);
  return (
    <Dialog title={t("phone.title", { name: account.worker?.name ?? account.name })} close={close} foot={<button type="button" class="button" onClick={close}>{t("dialog.done")}</button>}>
      {failed !== null && <Notice problem={failed} />}
      {account.worker === null && <p class="said-warn"><Icon name="triangleAlert" />{t("phone.no_worker")}</p>}
      {made === null ? (
        <p><button type="button" class="button button-accent" data-focus onClick={() => run(accountsApi.phoneLink(account.name).then(setMade))}>{t("phone.make")}</button></p>
      ) : (
        <>
          <div class="phone-code" role="img" aria-label={t("phone.code")} dangerouslySetInnerHTML={{ __html: made.svg }} />
          <Secret text={made.link} label={t("phone.link")} focus />
          <p class="said-warn"><Icon name="triangleAlert" />{t("phone.note", { at: moment(made.expires_at) })}</p>
        </>
      )}
      <h3>{t("phone.devices")}</h3>
      {devices !== null && devices.length === 0 && <p class="caption">{t("phone.none")}</p>}
      <ul class="plain-list phone-devices">
        {(devices ?? []).map((device) => (
          <li key={device.id}>
            <span>{device.name}<small class="caption">{t("phone.seen", { at: moment(device.seen_at) })}</small></span>
            <button type="button" class="link" aria-label={`${t("phone.end")} ${device.name}`} onClick={() => run(accountsApi.endDevice(account.name, device.id).then(take))}>{t("phone.end")}</button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
