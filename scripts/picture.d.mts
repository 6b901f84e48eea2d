/** Types of picture.mjs, for the tests. */
export function draw(text: string): string;
export function pictures(): { path: string; svg: string }[];
