import { render } from "preact";
import { PublicPage } from "./PublicPage";
import { codeFrom } from "./data";
import "../../styles/tokens.css";
import "../../styles/public.css";

const code = codeFrom(location.pathname);
render(<PublicPage code={code ?? "0"} />, document.getElementById("app")!);
