/** Types of script-texts.mjs, for the tests. */
export function readScriptTexts(): Record<string, string>;
export function writeScriptTexts(texts: Record<string, string>, built: string): void;
