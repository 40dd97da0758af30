import { render } from "preact";
import { followBuilding } from "./state/building";
import { start } from "./state/desk";
import { App } from "./ui/App";
// After the map's library, whose sheet they refine.
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/desk.css";
import "../styles/panel.css";
import "../styles/map.css";

void start();
followBuilding();
render(<App />, document.getElementById("app")!);
