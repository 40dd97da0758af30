import { useEffect, useMemo, useState } from "preact/hooks";
import { GridMap } from "./GridMap";
import { Finder } from "./Finder";
import { Refused, numberOf, readCommunity, type PublicCommunity, type PublicGrid, type PublicWorker } from "./data";
import { projectionOf } from "./layout";
import { sayIn, type PublicLang, type Say } from "./words";

/** What somebody has pointed at or looked up. */
export interface Answer {
  place: string | null;
  grid: PublicGrid | null;
  at: [number, number];
}

function langFrom(): PublicLang {
  return new URLSearchParams(location.search).get("lang") === "en" ? "en" : "zh";
}

/** 公布: the grids in force of one community, for everybody. */
export function PublicPage({ code }: { code: string }) {
  const [lang, setLang] = useState<PublicLang>(langFrom);
  const [data, setData] = useState<PublicCommunity | null>(null);
  const [failed, setFailed] = useState<"missing" | "failed" | null>(null);
  const say = sayIn(lang);
  const load = (): void => {
    setFailed(null);
    readCommunity(code).then(setData, (error: unknown) => setFailed(error instanceof Refused && error.status < 500 ? "missing" : "failed"));
  };
  useEffect(load, [code]);
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    if (data !== null) document.title = say("title", { name: data.name });
    const query = lang === "en" ? "?lang=en" : "";
    if (location.search !== query) history.replaceState(null, "", location.pathname + query);
  }, [lang, data]);
  if (failed !== null || data === null) {
    return (
      <div class="public-wait" role={failed === null ? "status" : "alert"}>
        <p>{failed === null ? say("loading") : say(failed)}</p>
        {failed === "missing" && <p class="public-muted">{say("missing_todo")}</p>}
        {failed === "failed" && <p><button type="button" class="public-button" onClick={load}>{say("retry")}</button></p>}
      </div>
    );
  }
  return <Sheet data={data} say={say} switchLang={() => setLang(lang === "zh" ? "en" : "zh")} />;
}

function Sheet({ data, say, switchLang }: { data: PublicCommunity; say: Say; switchLang: () => void }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const projection = useMemo(() => projectionOf(data), [data]);
  const crowd = data.grids.length > 14 ? " public-crowded" : "";
  return (
    <div class={`public-sheet${crowd}`}>
      <header class="public-head">
        <div>
          <p class="public-muted">{[data.county, data.township].filter(Boolean).join(" · ")}{data.sample && <span class="public-sample">{say("sample")}</span>}</p>
          <h1>{say("title", { name: data.name })}</h1>
          <p class="public-muted">
            {[say("published"), data.effective_on === null ? "" : say("effective", { date: data.effective_on }), say("as_of", { date: data.as_of })].filter(Boolean).join(" · ")}
          </p>
        </div>
        {data.supervision_phone !== null && <p class="public-supervision"><span>{say("supervision")}</span><a href={`tel:${data.supervision_phone}`}>{data.supervision_phone}</a></p>}
        <p class="public-tools">
          <button type="button" class="public-button" onClick={switchLang}>{say("other")}</button>
          <button type="button" class="public-button public-print" onClick={() => window.print()}>{say("print")}</button>
        </p>
      </header>
      {data.grids.length === 0 || projection === null ? <p class="public-wait">{say("no_grids")}</p> : (
        <div class="public-body">
          <section class="public-left">
            <Finder data={data} say={say} answer={answer} show={setAnswer} />
            <GridMap data={data} projection={projection} chosen={answer?.grid?.code ?? null} mark={answer?.at ?? null} choose={(grid, at) => setAnswer({ place: null, grid, at })} say={say} />
          </section>
          <Table data={data} say={say} chosen={answer?.grid?.code ?? null} />
        </div>
      )}
      <footer class="public-foot">
        {[data.map_review_number === null ? "" : say("review", { n: data.map_review_number }), ...([] as (string | null)[]).concat(data.attribution)].filter(Boolean).join(" · ")}
      </footer>
    </div>
  );
}

function Table({ data, say, chosen }: { data: PublicCommunity; say: Say; chosen: string | null }) {
  return (
    <table class="public-table">
      <thead>
        <tr><th scope="col">{say("grid")}</th><th scope="col">{say("bounds")}</th><th scope="col">{say("worker")}</th><th scope="col">{say("phone")}</th></tr>
      </thead>
      <tbody>
        {data.grids.map((grid) => <Rows key={grid.code} grid={grid} data={data} say={say} chosen={grid.code === chosen} />)}
      </tbody>
      {data.supervision_phone !== null && (
        <tfoot><tr><th scope="row" colSpan={3}>{say("supervision")}</th><td class="public-phone"><a href={`tel:${data.supervision_phone}`}>{data.supervision_phone}</a></td></tr></tfoot>
      )}
    </table>
  );
}

/** A line per person, so that nobody has to guess whose number it is. */
function Rows({ grid, data, say, chosen }: { grid: PublicGrid; data: PublicCommunity; say: Say; chosen: boolean }) {
  const people: readonly (PublicWorker | null)[] = grid.workers.length === 0 ? [null] : grid.workers;
  return (
    <>
      {people.map((worker, i) => (
        <tr key={i} class={[chosen && "public-row-chosen", i > 0 && "public-row-more", i < people.length - 1 && "public-row-open"].filter(Boolean).join(" ") || undefined}>
          {i === 0 && <th scope="row" rowSpan={people.length}><b>{numberOf(grid, data.code)}</b> {grid.name}{grid.kind === "dedicated" && <small>{say("dedicated")}</small>}</th>}
          {i === 0 && <td data-label={say("bounds")} rowSpan={people.length}>{boundsText(grid, say)}</td>}
          <td data-label={say("worker")}>{worker === null ? say("none") : <Person worker={worker} say={say} />}</td>
          <td data-label={say("phone")} class="public-phone">{worker === null || worker.phone === null ? "—" : <a href={`tel:${worker.phone}`}>{worker.phone}</a>}</td>
        </tr>
      ))}
    </>
  );
}

function Person({ worker, say }: { worker: PublicWorker; say: Say }) {
  return (
    <p>
      {worker.name}{worker.post !== null && <small class="public-post">{postOf(worker, say)}</small>}
      {worker.substitute_for !== undefined && <small class="public-standin">{standsIn(worker, say)}</small>}
    </p>
  );
}

/** A post in the language of the page. */
export function postOf({ post, post_en: english }: PublicWorker, say: Say): string {
  return (say("lang") === "en" ? english : post) ?? post ?? "";
}

/** For whom somebody stands in, and until when. */
export function standsIn({ substitute_for: name = "", until }: PublicWorker, say: Say): string {
  return until ? say("stands_in", { name, until }) : say("stands_in_open", { name });
}

/** 四至: "东至解放路 南至江滨北路 …", in the order people say it. */
export function boundsText({ bounds }: PublicGrid, say: Say): string {
  return (["east", "south", "west", "north"] as const).filter((side) => bounds[side]).map((side) => say("side", { side: say(side), name: bounds[side]! })).join(say("comma")) || "—";
}
