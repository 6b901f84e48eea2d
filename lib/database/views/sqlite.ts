import type { NameParts } from './name-parts.js';

const keys = (name: string): string =>
  `substr(${name}, instr(${name}, '{') + 1, instr(${name}, '}') - instr(${name}, '{') - 1)`;
const values = (name: string): string => `substr(${name}, instr(${name}, '}') + 1)`;

/** The parts of a text as a JSON array. */
const parts = (text: string): string => `'[' || replace(json_quote(${text}), ',', '","') || ']'`;

const digit = (place: number): string =>
  `(instr('0123456789abcdef', lower(substr(rest, ${place}, 1))) - 1)`;
/** The byte that is encoded at the beginning of what is left; -1 where there is none. */
const BYTE = `CASE WHEN substr(rest, 1, 3) GLOB '%[0-9A-Fa-f][0-9A-Fa-f]' THEN ${digit(2)} * 16 + ${digit(3)} ELSE -1 END`;

/** Code of a character with its last byte, if that may be. */
const CODE = `code * 64 + byte - 128`;

/**
 * Reads a text piece by piece: what is left, its first byte, what is done, how many bytes the character under way lacks, the part of its
 * code so far, and the lowest code that its length may have. Nothing is left over where the text is read, and null where it cannot be
 * decoded.
 */
const read = (text: string): string => `
  WITH RECURSIVE step(rest, done, lacks, code, low) AS (
    SELECT ${text}, '', 0, 0, 0
    UNION ALL
    SELECT ${next}
      FROM step WHERE rest <> '')
  SELECT done FROM step WHERE rest = '' AND lacks = 0`;

const withByte = (expression: string): string => expression.replaceAll('byte', `(${BYTE})`);
const isPlain = `substr(rest, 1, 1) <> '%'`;
const plain = `CASE instr(rest, '%') WHEN 0 THEN rest ELSE substr(rest, 1, instr(rest, '%') - 1) END`;
const isLead = `lacks = 0 AND (byte BETWEEN 1 AND 127 OR byte BETWEEN 194 AND 244)`;
const isFurther = `byte BETWEEN 128 AND 191 AND (lacks > 1 OR (lacks = 1 AND ${CODE} >= low
  AND ${CODE} NOT BETWEEN 55296 AND 57343 AND ${CODE} <= 1114111))`;

const next = [
  `CASE WHEN ${isPlain} THEN CASE lacks WHEN 0 THEN substr(rest, length(${plain}) + 1) END
    WHEN ${isLead} OR ${isFurther} THEN substr(rest, 4) END`,
  `done || CASE WHEN ${isPlain} THEN ${plain} WHEN lacks = 0 AND byte < 128 THEN char(byte) WHEN lacks = 1 THEN char(${CODE}) ELSE '' END`,
  `CASE WHEN ${isPlain} THEN 0 WHEN lacks > 0 THEN lacks - 1 WHEN byte < 128 THEN 0 WHEN byte < 224 THEN 1 WHEN byte < 240 THEN 2 ELSE 3 END`,
  `CASE WHEN lacks > 0 THEN ${CODE} WHEN byte < 224 THEN byte - 192 WHEN byte < 240 THEN byte - 224 ELSE byte - 240 END`,
  `CASE WHEN lacks > 0 THEN low WHEN byte < 224 THEN 128 WHEN byte < 240 THEN 2048 ELSE 65536 END`,
]
  .map(withByte)
  .join(',\n      ');

/** As it is, where it cannot be decoded. */
const decoded = (text: string): string =>
  `CASE instr(${text}, '%') WHEN 0 THEN ${text} ELSE coalesce((${read(text)}), ${text}) END`;

export const inSqlite: NameParts = {
  create: 'VIEW',
  metered: (name) =>
    `(${name} LIKE '%{%}%' AND length(replace(replace(${name}, '{', ''), '}', '')) = length(${name}) - 2)`,
  base: (name) => `substr(${name}, 1, instr(${name}, '{') - 1)`,
  // of keys that come twice the last is kept
  dimensions: (name) => `(
  SELECT json_group_object(part.value, ${decoded(`coalesce(json_extract(${parts(values(name))}, '$[' || part.key || ']'), '')`)})
    FROM json_each(${parts(keys(name))}) AS part
   WHERE NOT EXISTS (SELECT 1 FROM json_each(${parts(keys(name))}) AS later
                      WHERE later.value = part.value AND later.key > part.key))`,
  none: `'{}'`,
};
