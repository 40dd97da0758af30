import { render } from "preact";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/desk.css";
import "../styles/panel.css";
import "../styles/map.css";
import { followBuilding } from "./state/building";
import { start } from "./state/desk";
import { App } from "./ui/App";

void start();
followBuilding();
render(<App />, document.getElementById("app")!);
