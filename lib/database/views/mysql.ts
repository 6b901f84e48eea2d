import type { NameParts } from './name-parts.js';
import { UTF8_IN_HEX } from './utf8.js';

const TEXT = 'VARCHAR(191) CHARACTER SET utf8mb4';

const keys = (name: string): string => `SUBSTRING_INDEX(SUBSTRING_INDEX(${name}, '{', -1), '}', 1)`;
const values = (name: string): string => `SUBSTRING_INDEX(${name}, '}', -1)`;

/** The parts of a text as a table: a JSON array of them is written, and read. */
const parts = (text: string, separator: string, as: string): string =>
  `JSON_TABLE(CONCAT('[', REPLACE(JSON_QUOTE(${text}), '${separator}', '","'), ']'), '$[*]'
     COLUMNS (place FOR ORDINALITY, part ${TEXT} PATH '$')) AS ${as}`;

/** The bytes of what is between two percent signs: two hex digits, and text; null where there are none. */
const bytes = `CASE WHEN piece.place = 1 THEN CAST(piece.part AS BINARY)
    WHEN CHAR_LENGTH(piece.part) > 1
    THEN CONCAT(UNHEX(LEFT(piece.part, 2)), CAST(SUBSTR(piece.part, 3) AS BINARY)) END`;

/** As it is, where it cannot be decoded. */
const decoded = (text: string): string => `CASE WHEN LOCATE('%', ${text}) = 0 THEN ${text} ELSE (
  SELECT CASE WHEN COUNT(*) = COUNT(${bytes})
      AND HEX(GROUP_CONCAT(${bytes} ORDER BY piece.place SEPARATOR '')) REGEXP '${UTF8_IN_HEX}'
    THEN CONVERT(GROUP_CONCAT(${bytes} ORDER BY piece.place SEPARATOR '') USING utf8mb4) ELSE ${text} END
    FROM ${parts(text, '%', 'piece')}) END`;

/** Names behind the one at a place, each with a sign in front that tells nothing from an empty name. */
const behind = (name: string): string =>
  `SUBSTRING_INDEX(CONCAT(',=', REPLACE(${keys(name)}, ',', ',=')), ',', key_part.place
     - 1 - CHAR_LENGTH(${keys(name)}) + CHAR_LENGTH(REPLACE(${keys(name)}, ',', '')))`;

export const inMysql: NameParts = {
  // who reads it has the rights that he has for the table: otherwise it is of no use when the user who made it is gone
  create: 'SQL SECURITY INVOKER VIEW',
  metered: (name) =>
    `(${name} LIKE '%{%}%' AND CHAR_LENGTH(REPLACE(REPLACE(${name}, '{', ''), '}', '')) = CHAR_LENGTH(${name}) - 2)`,
  base: (name) => `SUBSTRING_INDEX(${name}, '{', 1)`,
  // of keys that come twice the last is kept
  dimensions: (name) => `(
  SELECT JSON_OBJECTAGG(key_part.part, ${decoded(`COALESCE(value_part.part, '')`)})
    FROM ${parts(keys(name), ',', 'key_part')} LEFT JOIN ${parts(values(name), ',', 'value_part')}
      ON value_part.place = key_part.place
   WHERE FIND_IN_SET(CONCAT('=', key_part.part), ${behind(name)}) = 0)`,
  none: 'JSON_OBJECT()',
};
