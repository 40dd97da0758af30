import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { followBuilding } from "./state/building";
import { followGridCard } from "./state/gridCard";
import { followWhy } from "./state/why";
import { begin, openPage } from "./state/desk";
import { renewTiles } from "./state/inputs";
import { calledServer, watchIdle } from "./state/idle";
import { account, begun, can, enter, link, signInAgain, takeLink, wireDoor } from "./state/session";
import { Gate } from "./ui/login/Gate";
// After the map's library, whose sheet they refine.
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/desk.css";
import "../styles/panel.css";
import "../styles/map.css";
import "../styles/standards.css";
import "../styles/why.css";
import "../styles/gridcard.css";
import "../styles/account.css";
import "../styles/room.css";
import "../styles/division.css";
import "../styles/whatif.css";
import "../styles/siting.css";
import "../styles/people.css";
import "../styles/events.css";

takeLink();
openPage();
wireDoor(calledServer);
effect(() => {
  const who = account.value;
  if (begun.value || who === null || who.password_expired || link.value !== null) return;
  untracked(() => {
    begun.value = true;
    begin();
    if (can("read")) {
      followBuilding();
      followGridCard();
    }
    if (can("compute")) followWhy();
  });
});
let wasAway = false;
effect(() => {
  // Tiles that were refused meanwhile are asked for again.
  const away = signInAgain.value;
  if (wasAway && !away) renewTiles();
  wasAway = away;
});
watchIdle();
void enter();
render(<Gate />, document.getElementById("app")!);
