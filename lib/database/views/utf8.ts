const NEXT = '[89AB][0-9A-F]';

/**
 * Matches upper-case hex digits of bytes that are well-formed UTF-8 without U+0000, as `decodeURIComponent()` wants them. Without
 * backslashes, which some settings of servers take as they are.
 */
export const UTF8_IN_HEX = `^(${[
  '0[1-9A-F]|[1-7][0-9A-F]',
  `(C[2-9A-F]|D[0-9A-F])${NEXT}`,
  `(E0[AB][0-9A-F]|E[1-9ABCEF]${NEXT}|ED[89][0-9A-F])${NEXT}`,
  `(F0[9AB][0-9A-F]|F[123]${NEXT}|F48[0-9A-F])${NEXT}${NEXT}`,
].join('|')})+$`;
