/** How many articles were written. */
export const WRITTEN = 'articles:written';

export function viewsOf(articleId: number | '{id}'): string {
  return `article:views:${articleId}`;
}

export function likesOf(articleId: number): string {
  return `article:likes:${articleId}`;
}
