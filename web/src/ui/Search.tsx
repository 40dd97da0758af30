import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchResult } from "../api/types";
import { named, t, tCode } from "../i18n";
import { found, goTo, searchFor } from "../state/search";
import { overview } from "../state/store";
import { Icon } from "./Icon";

/** What stands below a name: a station's service in words, anything else as the server says it. */
function detailOf(result: SearchResult): string {
  const category = overview.value?.categories.find((each) => result.kind === "station" && each.code === result.detail);
  return category === undefined ? result.detail : named(category);
}

/** Search by name, address, initials or code: arrows choose, Enter goes, Escape leaves, "/" comes back. */
export function Search() {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const state = found.value;
  const results = state.kind === "found" ? state.results : [];

  useEffect(() => {
    const toSearch = (event: KeyboardEvent): void => {
      const at = event.target as HTMLElement;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", toSearch);
    return () => document.removeEventListener("keydown", toSearch);
  }, []);

  const type = (value: string): void => {
    setText(value);
    setActive(0);
    setOpen(true);
    searchFor(value);
  };
  const go = (result: SearchResult | undefined): void => {
    if (result === undefined) return;
    setOpen(false);
    input.current?.blur();
    goTo(result);
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const next = active + (event.key === "ArrowDown" ? 1 : -1);
      setActive(results.length === 0 ? 0 : (next + results.length) % results.length);
    } else if (event.key === "Enter") go(results[active]);
    else if (event.key === "Escape") {
      event.stopPropagation();
      if (open && text !== "") setOpen(false);
      else input.current?.blur();
    }
  };
  const showing = open && state.kind !== "idle";
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={t("search.label")}
        aria-expanded={showing}
        aria-controls="search-results"
        aria-autocomplete="list"
        aria-activedescendant={showing && results.length > 0 ? `search-${active}` : undefined}
        placeholder={t("search.placeholder")}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={keys}
      />
      {text === "" ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <button type="button" class="search-clear" aria-label={t("search.clear")} title={t("search.clear")} onMouseDown={(e) => e.preventDefault()} onClick={() => type("")}>
          <Icon name="x" />
        </button>
      )}
      {showing && (
        <ul class="results" id="search-results" role="listbox" aria-label={t("search.label")}>
          {state.kind === "working" && <li class="results-note">{t("loading")}</li>}
          {state.kind === "failed" && <li class="results-note">{t("search.failed")}</li>}
          {state.kind === "found" && results.length === 0 && <li class="results-note">{t("search.none", { q: state.query })}</li>}
          {results.map((result, i) => (
            <li
              key={`${result.kind}:${result.code ?? result.name}:${i}`}
              id={`search-${i}`}
              role="option"
              aria-selected={i === active}
              class={i === active ? "result active" : "result"}
              onMouseEnter={() => setActive(i)}
              onMouseDown={(event) => {
                // Before the field loses its focus, which closes the list.
                event.preventDefault();
                go(result);
              }}
            >
              <span class="result-name">{result.name}</span>
              <span class="result-kind">{tCode("kind", result.kind)}</span>
              <span class="result-detail">{[detailOf(result), result.code].filter(Boolean).join(" · ")}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
