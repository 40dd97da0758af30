import { useEffect, useMemo, useState } from "preact/hooks";
import { GridMap } from "./GridMap";
import { Finder } from "./Finder";
import { Refused, numberOf, readCommunity, type PublicCommunity, type PublicGrid } from "./data";
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
        {data.grids.map((grid) => (
          <tr key={grid.code} class={grid.code === chosen ? "public-row-chosen" : undefined}>
            <th scope="row"><b>{numberOf(grid, data.code)}</b> {grid.name}{grid.kind === "dedicated" && <small>{say("dedicated")}</small>}</th>
            <td data-label={say("bounds")}>{boundsText(grid, say)}</td>
            <td data-label={say("worker")}>{grid.workers.length === 0 ? say("none") : grid.workers.map((worker) => <p key={worker.name}>{worker.name}{worker.post !== null && <small class="public-post">{worker.post}</small>}</p>)}</td>
            <td data-label={say("phone")} class="public-phone">{grid.workers.length === 0 ? "—" : grid.workers.map((worker) => <p key={worker.name}>{worker.phone === null ? "—" : <a href={`tel:${worker.phone}`}>{worker.phone}</a>}</p>)}</td>
          </tr>
        ))}
      </tbody>
      {data.supervision_phone !== null && (
        <tfoot><tr><th scope="row" colSpan={3}>{say("supervision")}</th><td class="public-phone"><a href={`tel:${data.supervision_phone}`}>{data.supervision_phone}</a></td></tr></tfoot>
      )}
    </table>
  );
}

/** 四至: "东至解放路 南至江滨北路 …", in the order people say it. */
export function boundsText({ bounds }: PublicGrid, say: Say): string {
  return (["east", "south", "west", "north"] as const).filter((side) => bounds[side]).map((side) => say("side", { side: say(side), name: bounds[side]! })).join(say("comma")) || "—";
}
