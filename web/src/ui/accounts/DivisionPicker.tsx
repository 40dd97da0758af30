import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n";
import { lang } from "../../state/store";
import { Icon } from "../Icon";
import { branchesWith, namesOf, tickOf, toggle, type TreeNode } from "./divisionTree";

interface PickerProps {
  roots: readonly TreeNode[];
  chosen: ReadonlySet<string>;
  change: (chosen: Set<string>) => void;
}

/** The tree of divisions with a box at each; a search shows the branches that hold the word. */
export function DivisionPicker({ roots, chosen, change }: PickerProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(roots.map((root) => root.code)));
  const shown = branchesWith(roots, text);
  const names = namesOf(roots, chosen);
  const searching = text.trim() !== "";
  const fold = (code: string): void => {
    const next = new Set(open);
    if (!next.delete(code)) next.add(code);
    setOpen(next);
  };
  return (
    <div class="picker">
      <div class="picker-search">
        <Icon name="search" />
        <input type="text" aria-label={t("form.find")} placeholder={t("form.find")} autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      <div class="picker-tree">
        {shown.length === 0 ? (
          <p class="caption">{t("form.found_none", { q: text.trim() })}</p>
        ) : (
          <Branches nodes={shown} chosen={chosen} above={false} isOpen={(code) => searching || open.has(code)} fold={fold} flip={(code) => change(toggle(roots, chosen, code))} fixed={searching} />
        )}
      </div>
      <p class="caption picker-chosen" aria-live="polite">
        {names.length === 0 ? t("form.chosen_none") : t("form.chosen", { names: names.join(lang.value === "zh" ? "、" : ", ") })}
      </p>
    </div>
  );
}

interface BranchesProps {
  nodes: readonly TreeNode[];
  chosen: ReadonlySet<string>;
  above: boolean;
  isOpen: (code: string) => boolean;
  fold: (code: string) => void;
  flip: (code: string) => void;
  fixed: boolean;
}

function Branches(props: BranchesProps) {
  const { nodes, chosen, above, isOpen, fold, flip, fixed } = props;
  return (
    <ul>
      {nodes.map((node) => {
        const tick = tickOf(node, chosen, above);
        const open = isOpen(node.code);
        return (
          <li key={node.code}>
            <div class="branch">
              {node.children.length > 0 && !fixed ? (
                <button type="button" class="branch-fold" aria-expanded={open} aria-label={t(open ? "form.close" : "form.open", { name: node.name })} onClick={() => fold(node.code)}>
                  <Icon name={open ? "chevronDown" : "chevronRight"} />
                </button>
              ) : (
                <span class="branch-fold" />
              )}
              <label class="check">
                <Box tick={tick} flip={() => flip(node.code)} />
                <span class="branch-name">{node.name}</span>
                {above && <small>{t("form.included")}</small>}
              </label>
            </div>
            {open && node.children.length > 0 && <Branches {...props} nodes={node.children} above={tick === "on"} />}
          </li>
        );
      })}
    </ul>
  );
}

function Box({ tick, flip }: { tick: "on" | "part" | "off"; flip: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = tick === "part";
  }, [tick]);
  return (
    <>
      <input ref={input} type="checkbox" checked={tick === "on"} onChange={flip} />
      <span class={tick === "part" ? "check-box part" : "check-box"} aria-hidden="true"><Icon name={tick === "part" ? "minus" : "check"} /></span>
    </>
  );
}
