import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Notice } from "./Notice";

/** A part of the page that is fetched when it is first shown, so that others come in sooner. */
export function later(fetchPart: () => Promise<FunctionComponent>): FunctionComponent {
  let part: FunctionComponent | null = null;
  return function Later() {
    const [now, setNow] = useState<{ part: FunctionComponent | null }>({ part });
    const [found, setFound] = useState<Problem | null>(null);
    useEffect(() => {
      if (part !== null) return;
      let here = true;
      fetchPart().then(
        (fetched) => {
          part = fetched;
          if (here) setNow({ part });
        },
        // Another version may stand on the server by now: the notice says to load the page again.
        (error: unknown) => here && setFound(asProblem(error)),
      );
      return () => {
        here = false;
      };
    }, []);
    const Part = now.part;
    return found !== null ? <Notice problem={found} /> : Part === null ? null : <Part />;
  };
}
