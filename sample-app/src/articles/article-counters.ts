/** The id comes last, so that a list by prefix ranks all articles. */
export const viewsPrefix = 'article:views:';

export function viewsOf(articleId: number): string {
  return `${viewsPrefix}${articleId}`;
}

export function likesOf(articleId: number): string {
  return `article:likes:${articleId}`;
}

/** Undefined for a counter that only looks like one of ours: any name can be counted by hand. */
export function articleIdOf(viewsCounter: string): number | undefined {
  const id = viewsCounter.slice(viewsPrefix.length);
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : undefined;
}
