const CHUNK = 0x8000;

/** A file's bytes as base64. */
export async function contentOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await new Response(file).arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return btoa(text);
}

/** A cell of a table: quoted, and never read as a formula by a spreadsheet. */
export function cell(text: string): string {
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
}

/** Hand the refused rows over as a table that spreadsheets open. */
export function refusedRows(name: string, lines: readonly (readonly string[])[]): void {
  const table = lines.map((line) => line.map(cell).join(",")).join("\r\n");
  handOver(new Blob([`\ufeff${table}\r\n`], { type: "text/csv;charset=utf-8" }), `${stem(name)}-refused.csv`);
}

/** Hand over the ledger as a workbook with what is wrong marked in it. */
export function markedLedger(name: string, content: Blob): void {
  handOver(content, `${stem(name)}-refused.xlsx`);
}

function stem(name: string): string {
  return name.replace(/\.\w+$/, "");
}

function handOver(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
