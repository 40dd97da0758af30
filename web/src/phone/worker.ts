import { signal } from "@preact/signals";

/** A newer page has been fetched and waits until this one is left. */
export const updateReady = signal(false);
/** The browser does not keep the page, though the address would let it: no service worker, or an untrusted certificate. */
export const isUnkept = signal(false);
/** The page itself is on the phone and opens without a network. */
export const isKept = signal(false);
let waitingWorker: ServiceWorker | null = null;

/** Keep the page on the phone, where the browser can: over https, outside frames. */
export async function keepPage(): Promise<void> {
  if (window.top !== window.self) return;
  if (!("serviceWorker" in navigator)) {
    isUnkept.value = window.isSecureContext;
    return;
  }
  void navigator.serviceWorker.ready.then(() => (isKept.value = true));
  try {
    const registration = await navigator.serviceWorker.register("/m/sw.js", { scope: "/m" });
    const noted = (): void => {
      if (registration.waiting === null || navigator.serviceWorker.controller === null) return;
      waitingWorker = registration.waiting;
      updateReady.value = true;
    };
    noted();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", noted));
  } catch {
    // Without it the page works online, and says so; without a network nothing is known of it.
    isUnkept.value = navigator.onLine;
  }
}

export function useUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  waitingWorker?.postMessage("go");
}
