/** Candidates for new stations as a table says them: read in the browser, every fault named by its row. */
export interface Site {
  code: string;
  name: string | null;
  lon: number;
  lat: number;
  /** Households; null: as the question says. */
  capacity: number | null;
}

export type SiteField = "code" | "name" | "lon" | "lat" | "capacity";
export type SiteReason =
  | "no_rows" | "not_text" | "no_column" | "open_quote" | "missing" | "not_a_number" | "out_of_range" | "swapped" | "twice" | "too_long" | "not_whole" | "too_many";

export interface SiteFault {
  /** Row as spreadsheets count them, the header first. */
  row: number | null;
  field: SiteField | null;
  reason: SiteReason;
  given: string;
  /** The row it repeats. */
  other?: number;
}

export interface SiteList {
  sites: Site[];
  faults: SiteFault[];
}

export const MOST_SITES = 2000;
const MOST_TEXT = 80;
const MOST_CAPACITY = 1_000_000;

/** What users call the columns; the names under which stations are imported. */
export const COLUMNS: Record<SiteField, readonly string[]> = {
  code: ["code", "station_code", "station_id", "代码", "编码", "编号", "id"],
  name: ["name", "名称", "站点", "站点名称", "设施名称", "机构名称"],
  lon: ["lon", "longitude", "lng", "经度", "东经", "x", "x坐标", "point_x"],
  lat: ["lat", "latitude", "纬度", "北纬", "y", "y坐标", "point_y"],
  capacity: ["capacity", "服务能力", "容量", "床位", "能力"],
};
const FIELDS = Object.keys(COLUMNS) as SiteField[];

/** Text of a file: by its byte order mark, else UTF-8, else the national encoding that offices write. Null: no text. */
export function decodeTable(bytes: Uint8Array): string | null {
  const marks: readonly [readonly number[], string][] = [[[0xef, 0xbb, 0xbf], "utf-8"], [[0xff, 0xfe], "utf-16le"], [[0xfe, 0xff], "utf-16be"]];
  for (const [mark, encoding] of marks) if (mark.every((byte, i) => bytes[i] === byte)) return new TextDecoder(encoding).decode(bytes);
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    try {
      return new TextDecoder("gb18030", { fatal: true }).decode(bytes);
    } catch {
      return null;
    }
  }
}

/** Names of columns are compared without case, width, spaces, punctuation and units in brackets. */
function plain(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\([^)]*\)/g, "").replace(/[\s_\-.:·]/g, "");
}

const KNOWN = new Map<string, SiteField>();
for (const field of FIELDS) for (const name of COLUMNS[field]) KNOWN.set(plain(name), field);

interface Line {
  row: number;
  cells: string[];
}

/** Cells of every line that has any; null where a quotation mark is never closed. */
function split(text: string): Line[] | { open: number } {
  const head = text.slice(0, (text + "\n").indexOf("\n"));
  const separator = ["\t", ",", ";", "，"].map((mark) => ({ mark, n: head.split(mark).length })).sort((a, b) => b.n - a.n)[0]!.mark;
  const lines: Line[] = [];
  let row = 1;
  let line: Line = { row, cells: [] };
  let cell = "";
  let quoted: number | null = null;
  const endCell = (): void => {
    line.cells.push(cell.trim());
    cell = "";
  };
  const endLine = (): void => {
    endCell();
    if (line.cells.some((each) => each !== "")) lines.push(line);
    line = { row, cells: [] };
  };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === "\n") row += 1;
    if (quoted !== null) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = null;
    } else if (letter === '"' && cell.trim() === "") {
      quoted = row;
      cell = "";
    } else if (letter === separator) endCell();
    else if (letter === "\n") endLine();
    else cell += letter;
  }
  if (quoted !== null) return { open: quoted };
  endLine();
  return lines;
}

/** Read a table of candidates; with a fault anywhere nothing of it is taken. */
export function readSites(text: string): SiteList {
  const alone = (reason: SiteReason, row: number | null = null, field: SiteField | null = null, given = ""): SiteList => ({ sites: [], faults: [{ row, field, reason, given }] });
  const lines = split(text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n"));
  if (!Array.isArray(lines)) return alone("open_quote", lines.open);
  const [head, ...rows] = lines;
  if (head === undefined) return alone("no_rows");
  const columns = new Map<SiteField, number>();
  head.cells.forEach((name, i) => {
    const field = KNOWN.get(plain(name));
    if (field !== undefined && !columns.has(field)) columns.set(field, i);
  });
  const faults: SiteFault[] = (["lon", "lat"] as const)
    .filter((field) => !columns.has(field))
    .map((field) => ({ row: head.row, field, reason: "no_column", given: head.cells.join(" ") }));
  if (faults.length > 0) return { sites: [], faults };
  if (rows.length === 0) return alone("no_rows");
  if (rows.length > MOST_SITES) return alone("too_many", null, null, String(rows.length));
  const sites = rows.map((line) => siteOf(line, columns, faults));
  const seen = new Map<string, number>();
  sites.forEach(({ code }, i) => {
    const row = rows[i]!.row;
    const before = seen.get(code);
    if (before !== undefined) faults.push({ row, field: "code", reason: "twice", given: code, other: before });
    else seen.set(code, row);
  });
  faults.sort((a, b) => (a.row ?? 0) - (b.row ?? 0));
  return { sites: faults.length > 0 ? [] : sites, faults };
}

function siteOf({ row, cells }: Line, columns: ReadonlyMap<SiteField, number>, faults: SiteFault[]): Site {
  const given = (field: SiteField): string => (cells[columns.get(field) ?? -1] ?? "").normalize("NFKC").trim();
  const wrong = (field: SiteField, reason: SiteReason): void => void faults.push({ row, field, reason, given: given(field) });
  const [lon, lat] = (["lon", "lat"] as const).map((field) => {
    const text = given(field).replace(/[°度]$/, "");
    const value = Number(text);
    if (text === "") wrong(field, "missing");
    else if (!Number.isFinite(value)) wrong(field, "not_a_number");
    else return value;
    return NaN;
  }) as [number, number];
  if (Math.abs(lat) > 90 && Math.abs(lat) <= 180 && Math.abs(lon) <= 90) wrong("lat", "swapped");
  else {
    if (Math.abs(lon) > 180) wrong("lon", "out_of_range");
    if (Math.abs(lat) > 90) wrong("lat", "out_of_range");
  }
  for (const field of ["code", "name"] as const) if (given(field).length > MOST_TEXT) wrong(field, "too_long");
  return { code: given("code") || `row:${row}`, name: given("name") || null, lon, lat, capacity: capacityOf(given("capacity"), wrong) };
}

function capacityOf(text: string, wrong: (field: SiteField, reason: SiteReason) => void): number | null {
  if (text === "" || text === "不限") return null;
  const value = Number(text.replace(/,/g, "").replace(/户$/, ""));
  if (!Number.isFinite(value)) wrong("capacity", "not_a_number");
  else if (!Number.isInteger(value)) wrong("capacity", "not_whole");
  else if (value < 0 || value > MOST_CAPACITY) wrong("capacity", "out_of_range");
  else return value;
  return null;
}
