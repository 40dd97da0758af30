import type { TreeDivision } from "../../api/accounts";

export interface TreeNode extends TreeDivision {
  children: TreeNode[];
}

/** "on": chosen itself or by a division above it; "part": something below it is chosen. */
export type Tick = "on" | "part" | "off";

/** The divisions as a tree; one whose parent is not in the list (outside one's own area) stands at the top. */
export function treeOf(divisions: readonly TreeDivision[]): TreeNode[] {
  const nodes = new Map(divisions.map((division): [string, TreeNode] => [division.code, { ...division, children: [] }]));
  const roots: TreeNode[] = [];
  for (const node of nodes.values()) {
    const above = node.parent === null ? undefined : nodes.get(node.parent);
    (above?.children ?? roots).push(node);
  }
  return roots;
}

/** The way from a root down to a division, itself last; empty when it is not in the tree. */
export function pathTo(roots: readonly TreeNode[], code: string): TreeNode[] {
  for (const node of roots) {
    if (node.code === code) return [node];
    const below = pathTo(node.children, code);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}

export function tickOf(node: TreeNode, chosen: ReadonlySet<string>, above: boolean): Tick {
  if (above || chosen.has(node.code)) return "on";
  return holds(node, chosen) ? "part" : "off";
}

function holds(node: TreeNode, chosen: ReadonlySet<string>): boolean {
  return node.children.some((child) => chosen.has(child.code) || holds(child, chosen));
}

function without(node: TreeNode, chosen: Set<string>): void {
  for (const child of node.children) {
    chosen.delete(child.code);
    without(child, chosen);
  }
}

/**
 * Choose a division or take it out. Choosing one includes everything below it, so that what was chosen there is
 * dropped; taking one out of a chosen division above leaves that one's other parts chosen, each by itself.
 */
export function toggle(roots: readonly TreeNode[], chosen: ReadonlySet<string>, code: string): Set<string> {
  const next = new Set(chosen);
  const path = pathTo(roots, code);
  const node = path[path.length - 1];
  if (node === undefined) return next;
  const top = path.findIndex((each) => next.has(each.code));
  if (top === -1) {
    without(node, next);
    next.add(code);
    return next;
  }
  next.delete(path[top]!.code);
  // From the chosen one down to this: everything beside the way stays.
  for (let i = top; i < path.length - 1; i++) {
    for (const child of path[i]!.children) {
      if (child !== path[i + 1]) next.add(child.code);
    }
  }
  return next;
}

/** The branches with a division whose name or code holds the text; whole below a hit. */
export function branchesWith(roots: readonly TreeNode[], text: string): TreeNode[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [...roots];
  const found: TreeNode[] = [];
  for (const node of roots) {
    const hit = node.name.toLowerCase().includes(wanted) || node.code.startsWith(wanted);
    if (hit) {
      found.push(node);
      continue;
    }
    const children = branchesWith(node.children, wanted);
    if (children.length > 0) found.push({ ...node, children });
  }
  return found;
}

/** The chosen divisions in the order of the tree. */
export function namesOf(roots: readonly TreeNode[], chosen: ReadonlySet<string>): string[] {
  return roots.reduce<string[]>(
    (names, node) => (chosen.has(node.code) ? [...names, node.name] : [...names, ...namesOf(node.children, chosen)]),
    [],
  );
}
