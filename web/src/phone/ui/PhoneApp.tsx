import { useEffect, useRef, useState } from "preact/hooks";
import { effect, untracked } from "@preact/signals";
import { PhoneMap } from "../../map/phoneMap";
import { colours } from "../looks";
import { freshen } from "../entry";
import { count, foreign, told } from "../outbox";
import { current } from "../packages";
import { followAgain, pointAt, position } from "../place";
import { reached } from "../server";
import { account, demo, door, features, home, locked } from "../session";
import { openStore } from "../store";
import { lang, say, type PhoneWord } from "../words";
import { isUnkept, updateReady, useUpdate } from "../worker";
import { AnswerBar } from "./AnswerBar";
import { EnterPage, Lapsed } from "./EnterPage";
import { GridSheet } from "./GridSheet";
import { Icon, type PhoneIcon } from "./icons";
import { NearSheet } from "./NearSheet";
import { PinPage } from "./PinPage";
import { QueueSheet } from "./QueueSheet";
import { ReportSheet, reportPlace } from "./ReportSheet";
import { SettingsSheet } from "./SettingsSheet";
import { TasksSheet } from "./TasksSheet";
import { back, openPlace, picking, sheet, type SheetName } from "./open";
import { REPORT, reportDrafts } from "./draft";
import { toast } from "./toast";

const SHEETS = { grid: GridSheet, report: ReportSheet, tasks: TasksSheet, near: NearSheet, settings: SettingsSheet, queue: QueueSheet } as const;

export function PhoneApp() {
  if (locked.value) return <PinPage />;
  if (account.value === null) return <EnterPage />;
  const name = sheet.value;
  const Open = name === null ? null : SHEETS[name];
  return (
    <div class="phone">
      {/* Covered by a sheet, nothing below is reached by keys or readers. */}
      <div class={picking.value === null ? "below" : "below picking"} inert={Open !== null}>
        <div class="told">
          <Top />
          <Lapsed waiting={told.value.all} />
          <Foreign />
          <AnswerBar />
          <Limits />
        </div>
        <MapPart />
        <Nav />
      </div>
      {Open !== null && <Open key={account.value} />}
      <Toast />
    </div>
  );
}

/** Who and where, quietly; being offline is normal here. */
function Top() {
  const one = current.value;
  const away = !reached.value || door.value === "away";
  const { waiting, refused } = told.value;
  const parts = [away ? say("offline") : "", waiting > 0 ? say("queued", { n: waiting }) : "", refused > 0 ? say("refused_n", { n: refused }) : ""].filter((text) => text !== "");
  return (
    <header class="top">
      <p class="who">{home.value?.worker?.name ?? account.value}<small>{[one?.data.community?.name, home.value?.sample === true || demo.value.length > 0 ? say("sample") : ""].filter(Boolean).join(" · ")}</small></p>
      {parts.length > 0 && <button type="button" class={refused > 0 ? "state-pill bad" : "state-pill"} onClick={() => openPlace({ sheet: "queue" })}>{away && <Icon name="wifiOff" />}{parts.join(" · ")}</button>}
      <button type="button" class="round" aria-label={say("settings")} onClick={() => openPlace({ sheet: "settings" })}><Icon name="settings" /></button>
    </header>
  );
}

function Foreign() {
  if (foreign.value === 0) return null;
  return <p class="notice">{say("enter_other", { name: account.value ?? "", n: foreign.value })}</p>;
}

/** What this browser cannot do, in a sentence. */
function Limits() {
  const [word, set] = useState<PhoneWord | null>(null);
  useEffect(() => {
    void openStore().then((db) => set(db === null ? "no_store" : window.isSecureContext ? null : "no_worker"));
  }, []);
  return (
    <>
      {word !== null ? <p class="limits">{say(word)}</p> : isUnkept.value && <p class="limits">{say("no_keeping")}</p>}
      {updateReady.value && <p class="limits">{say("update")} <button type="button" class="plain" onClick={useUpdate}>{say("update_go")}</button></p>}
    </>
  );
}

function MapPart() {
  const box = useRef<HTMLDivElement>(null);
  const made = useRef<PhoneMap | null>(null);
  useEffect(() => {
    const map = new PhoneMap(box.current!, {
      reducedMotion: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      onTap: (lon, lat, building) => {
        if (picking.value !== null) {
          if (picking.value === "here") pointAt(lon, lat);
          else reportDrafts.write(REPORT, { place: { lon, lat, accuracy_m: null, by: "tap" } });
          back();
        } else if (building !== null) openPlace({ sheet: "grid", building: building.code });
        else if (position.value === null) pointAt(lon, lat);
      },
    });
    made.current = map;
    const stop = effect(() => {
      const one = current.value;
      void colours.value;
      void lang.value;
      untracked(() => map.show(one));
    });
    const stopDot = effect(() => {
      const at = picking.value === "report" ? reportPlace() : position.value;
      void colours.value;
      map.place(at === null ? null : { lon: at.lon, lat: at.lat, accuracy_m: at.accuracy_m, pinned: at.by !== "gps" });
    });
    let size: ResizeObserver | undefined;
    if (typeof ResizeObserver !== "undefined") {
      size = new ResizeObserver(() => map.resized());
      size.observe(box.current!);
    }
    return () => {
      stop();
      stopDot();
      size?.disconnect();
      map.destroy();
    };
  }, []);
  const at = position.value;
  return (
    <div class="map-part">
      <div class="phone-map" role="application" aria-label={say("map")} ref={box} />
      {picking.value !== null && <p class="pick-note"><span>{say(picking.value === "here" ? "pick_note" : "pick_report")}</span><button type="button" class="plain" onClick={back}>{say("pick_leave")}</button></p>}
      <div class="map-buttons">
        <button type="button" class="round" aria-label={say("pick")} aria-pressed={picking.value !== null} disabled={current.value === null} onClick={() => (picking.value !== null ? back() : openPlace({ picking: "here" }))}><Icon name="crosshair" /></button>
        <button type="button" class="round" aria-label={say("whole")} onClick={() => made.current?.whole()}><Icon name="map" /></button>
        <button type="button" class="round" aria-label={say("me")} onClick={() => { if (at === null) followAgain(); else made.current?.centre(at.lon, at.lat); }}><Icon name="locate" /></button>
      </div>
      {current.value === null ? <Nothing /> : <Credit />}
    </div>
  );
}

/** What a map has to name: its review number and where it comes from. */
function Credit() {
  const facts = home.value;
  // What was kept before it was told knows neither.
  const named = [facts?.map_review_number ? say("map_review", { n: facts.map_review_number }) : "", ...(facts?.attribution ?? [])].filter((text) => text !== "");
  return named.length === 0 ? null : <p class="map-credit">{named.join(" · ")}</p>;
}

/** Why there is no map yet: nothing can be pointed at on it. */
function Nothing() {
  if (door.value === "asking") return <p class="map-empty">{say("loading")}</p>;
  if (door.value === "away") return <p class="map-empty">{say("grid_away")}<small>{say("grid_away_note")}</small></p>;
  return door.value === "open" ? <p class="map-empty">{say("grid_none")}<small>{say("grid_none_note")}</small></p> : null;
}

function Nav() {
  const on = features.value;
  const tabs: { name: SheetName; icon: PhoneIcon; word: PhoneWord }[] = [{ name: "grid", icon: "map", word: "nav_grid" }];
  if (on.includes("events")) tabs.push({ name: "report", icon: "camera", word: "nav_report" });
  if (on.includes("campaigns") || on.includes("events")) tabs.push({ name: "tasks", icon: "listChecks", word: "nav_tasks" });
  tabs.push({ name: "near", icon: "users", word: "nav_near" });
  return (
    <nav class="tabs" aria-label={say("title")}>
      {tabs.map(({ name, icon, word }) => (
        <button type="button" key={name} aria-expanded={sheet.value === name} onClick={() => { openPlace({ sheet: name }); void count(); freshen(); }}><Icon name={icon} />{say(word)}{name === "report" && reportDrafts.has(REPORT) && <span class="begun" role="img" aria-label={say("report_begun")} />}</button>
      ))}
    </nav>
  );
}

function Toast() {
  const shown = toast.value;
  return <div class="toast-place" role="status" aria-live="polite">{shown !== null && <p class={shown.bad ? "toast bad" : "toast"}><Icon name={shown.bad ? "circleAlert" : "circleCheck"} />{shown.text}</p>}</div>;
}
