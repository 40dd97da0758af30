import { render } from "preact";
import { offerBridge } from "./bridge";
import { dress } from "./looks";
import { enter } from "./entry";
import { watchNetwork } from "./outbox";
import { follow, watchPlace } from "./place";
import { keepPage } from "./worker";
import { PhoneApp } from "./ui/PhoneApp";
import "../../styles/phone.css";

dress();
render(<PhoneApp />, document.getElementById("app")!);
watchPlace();
offerBridge();
watchNetwork();
void enter().then(follow);
void keepPage();
