/** Above every name that begins with the prefix: no name is as long, and no character is greater. */
export const endOf = (prefix: string): string => `${prefix}${'\u{10FFFF}'.repeat(191)}`;
