import { useRef, useState } from "preact/hooks";

/** Run one thing at a time: a second tap before the first is through does nothing. */
export function useOnce(): { busy: boolean; once: (work: () => Promise<void>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  // The state is shown a moment later than it is set; a quick thumb is quicker.
  const running = useRef(false);
  const once = async (work: () => Promise<void>): Promise<void> => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    try {
      await work();
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, once };
}
