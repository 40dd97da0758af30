import { signal } from "@preact/signals";
import { FactorDialog } from "./FactorDialog";
import { PasswordDialog } from "./PasswordDialog";
import { TokensDialog } from "./TokensDialog";

/** The window of one's own account that is open, chosen in the account menu. */
export const accountWindow = signal<"password" | "factor" | "tokens" | null>(null);

const close = (): void => {
  accountWindow.value = null;
};

export function AccountWindows() {
  switch (accountWindow.value) {
    case "password":
      return <PasswordDialog close={close} />;
    case "factor":
      return <FactorDialog close={close} />;
    case "tokens":
      return <TokensDialog close={close} />;
    default:
      return null;
  }
}
