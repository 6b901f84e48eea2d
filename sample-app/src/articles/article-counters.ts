/** How many articles were written. */
export const WRITTEN = 'articles:written';

/** Handles: the counters of article 42 are `article:views:42` and `article:likes:42`. */
export const VIEWS = 'article:views';
export const LIKES = 'article:likes';
