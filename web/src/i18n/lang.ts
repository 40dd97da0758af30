export type Lang = "zh" | "en";
export const LANGS: readonly Lang[] = ["zh", "en"];
