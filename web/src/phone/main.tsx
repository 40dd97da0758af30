import { effect } from "@preact/signals";
import { render } from "preact";
import { offerBridge } from "./bridge";
import { dress } from "./looks";
import { watchClock } from "./clock";
import { enter, watchServer } from "./entry";
import { watchNetwork } from "./outbox";
import { follow, watchPlace } from "./place";
import { account, locked } from "./session";
import { keepPage } from "./worker";
import { PhoneApp } from "./ui/PhoneApp";
import { watchDrafts } from "./ui/draft";
import { watchHistory } from "./ui/open";
import "../../styles/phone.css";

dress();
render(<PhoneApp />, document.getElementById("app")!);
watchPlace();
offerBridge();
watchNetwork();
watchServer();
watchClock();
watchHistory();
watchDrafts();
void enter();
let asked = false;
effect(() => {
  // Nobody is asked for a position before it is of use to them.
  if (account.value === null || locked.value || asked) return;
  asked = true;
  follow();
});
void keepPage();
