import { useEffect, useState } from "preact/hooks";
import { findPlaces, numberOf, type Place, type PublicCommunity } from "./data";
import { boundsText, standsIn, type Answer } from "./PublicPage";
import type { Say } from "./words";

const WAIT_MS = 300;

/** 我家属于哪个网格: by address here, by a tap on the map beside it. */
export function Finder({ data, say, answer, show }: { data: PublicCommunity; say: Say; answer: Answer | null; show: (answer: Answer | null) => void }) {
  const [text, setText] = useState("");
  const [places, setPlaces] = useState<Place[] | "failed" | null>(null);
  const q = text.trim();
  useEffect(() => {
    setPlaces(null);
    if (q === "") return;
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      findPlaces(data.code, q, abort.signal).then(
        (found) => setPlaces(found.places),
        () => !abort.signal.aborted && setPlaces("failed"),
      );
    }, WAIT_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [q]);
  const take = (place: Place): void => {
    setText("");
    show({ place: place.text, grid: data.grids.find((grid) => grid.code === place.grid) ?? null, at: [place.lon, place.lat] });
  };
  return (
    <div class="finder">
      <h2>{say("mine")}</h2>
      <form role="search" onSubmit={(event) => { event.preventDefault(); if (Array.isArray(places) && places[0] !== undefined) take(places[0]); }}>
        <label class="public-muted" for="find">{say("mine_note")}</label>
        <input id="find" type="search" autocomplete="off" placeholder={say("find")} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </form>
      {places === "failed" && <p role="alert">{say("find_failed")}</p>}
      {Array.isArray(places) && places.length === 0 && <p role="status">{say("find_none", { q })}</p>}
      {Array.isArray(places) && places.length > 0 && (
        <ul class="finder-list">
          {places.map((place, i) => <li key={i}><button type="button" onClick={() => take(place)}>{place.text}</button></li>)}
        </ul>
      )}
      {answer !== null && <Found data={data} say={say} answer={answer} close={() => show(null)} />}
    </div>
  );
}

function Found({ data, say, answer, close }: { data: PublicCommunity; say: Say; answer: Answer; close: () => void }) {
  const { grid, place } = answer;
  return (
    <div class={grid === null ? "found found-none" : "found"} role="status">
      {grid === null ? <p>{say("outside", { name: data.name })}</p> : (
        <>
          <p class="public-muted">{place === null ? say("here") : say("belongs", { place })}</p>
          <p class="found-grid"><b>{numberOf(grid, data.code)}</b> {grid.name}</p>
          <p class="public-muted">{boundsText(grid, say)}</p>
          {grid.workers.length === 0 && <p>{say("worker")}：{say("none")}</p>}
          {grid.workers.map((worker) => (
            <p key={`${worker.name} ${worker.post}`}>{say("worker")}：{worker.name} {worker.phone !== null && <a href={`tel:${worker.phone}`}>{worker.phone}</a>}{worker.substitute_for !== undefined && <small class="public-muted"> {standsIn(worker, say)}</small>}</p>
          ))}
        </>
      )}
      <button type="button" class="found-close" aria-label={say("clear")} onClick={close}>×</button>
    </div>
  );
}
