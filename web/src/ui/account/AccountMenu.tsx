import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { account, signOut } from "../../state/session";
import { Icon } from "../Icon";
import type { IconName } from "../icons";
import { AccountSummary } from "./AccountSummary";
import { accountWindow } from "./AccountWindows";
import { roleIcon, roleName } from "./roles";

interface Item {
  key: string;
  icon: IconName;
  text: string;
  aside?: string;
  go: () => void;
}

/** Who is signed in; opens what an account may do with itself. */
export function AccountMenu() {
  const [open, setOpen] = useState(false);
  const [stuck, setStuck] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const first = useRef<"first" | "last">("first");
  const who = account.value;

  useLayoutEffect(() => {
    if (!open) return;
    const away = (event: Event): void => {
      if (root.current !== null && !root.current.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    const items = itemsIn(root.current);
    items[first.current === "first" ? 0 : items.length - 1]?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  if (who === null) return null;
  const name = who.demo ? roleName(who.role) : who.display_name || who.name;
  const show = (window: typeof accountWindow.value) => (): void => {
    // Back to the button first: the window gives the focus back to what had it.
    button.current?.focus();
    setOpen(false);
    accountWindow.value = window;
  };
  const items: Item[] = [
    { key: "password", icon: "lock", text: t("menu.password"), go: show("password") },
    { key: "factor", icon: "smartphone", text: t("menu.second_factor"), aside: t(who.second_factor ? "state.on" : "state.off"), go: show("factor") },
    { key: "tokens", icon: "keyRound", text: t("menu.tokens"), go: show("tokens") },
  ];
  const out: Item = {
    key: "out",
    icon: "logOut",
    text: t("menu.out"),
    go: () => {
      setStuck(false);
      signOut().catch(() => setStuck(true));
    },
  };
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const unfold = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    first.current = event.key === "ArrowDown" ? "first" : "last";
    setOpen(true);
  };

  return (
    <div class="account" ref={root}>
      <button
        ref={button}
        type="button"
        class="account-button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={`${t("menu.label")}: ${name}`}
        title={`${name} · ${roleName(who.role)}`}
        onClick={() => {
          first.current = "first";
          setOpen(!open);
        }}
        onKeyDown={unfold}
      >
        <Icon name={roleIcon(who.role)} />
        <span class="account-name">{name}</span>
        {who.failed_since_last > 0 && <i class="account-warn" />}
        <Icon name="chevronDown" />
      </button>
      {open && (
        <div class="account-menu" onKeyDown={(event) => moveIn(event, root.current, close)}>
          <AccountSummary who={who} />
          <div class="account-items" role="menu" aria-label={t("menu.label")}>
            {/* A demo account has no password, and so nothing to add to it. */}
            {[...items.filter(({ key }) => !who.demo || key === "tokens"), out].map(({ key, icon, text, aside, go }) => (
              <button key={key} type="button" role="menuitem" class="account-item" tabIndex={-1} onClick={go}>
                <Icon name={icon} />
                {text}
                {aside !== undefined && <small>{aside}</small>}
              </button>
            ))}
          </div>
          {stuck && <p class="account-stuck" role="alert">{t("menu.out_failed")}</p>}
        </div>
      )}
    </div>
  );
}

function itemsIn(root: HTMLElement | null): HTMLElement[] {
  return root === null ? [] : Array.from(root.querySelectorAll<HTMLElement>("[role=menuitem]"));
}

/** Arrows, Home and End move; Escape and Tab leave. */
function moveIn(event: KeyboardEvent, root: HTMLElement | null, close: () => void): void {
  const items = itemsIn(root);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to: Record<string, number> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at + items.length - 1) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  if (event.key in to) {
    event.preventDefault();
    items[to[event.key]!]?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}
