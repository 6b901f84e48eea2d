/** A pattern of `LIKE … ESCAPE '!'` for names that consist of these texts, with anything between each two. */
export const likePattern = (pieces: readonly string[]): string =>
  pieces.map((piece) => piece.replace(/[!%_]/g, '!$&')).join('%');
