import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../../api/problem";
import { t } from "../../i18n";

/** Seconds a refusal asks to wait: named in its faults, else by Retry-After. */
export function retrySeconds(problem: Problem): number {
  const named = problem.faults.find((fault) => fault.field === "retry_s")?.reason;
  const seconds = Math.ceil(Number(named ?? problem.retryS));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** "4 分 05 秒": a waiting time. */
export function waitText(seconds: number): string {
  if (seconds < 60) return t("time.seconds", { n: seconds });
  return t("time.minutes", { m: Math.floor(seconds / 60), s: `${seconds % 60}`.padStart(2, "0") });
}

/** Count down to 0 from the moment it is set. */
export function useCountdown(): [left: number, start: (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (until === 0) return;
    const look = (): void => {
      const now = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      setLeft(now);
      if (now === 0) setUntil(0);
    };
    look();
    const timer = window.setInterval(look, 250);
    return () => window.clearInterval(timer);
  }, [until]);
  return [left, (seconds) => {
    setLeft(seconds);
    setUntil(Date.now() + seconds * 1000);
  }];
}
