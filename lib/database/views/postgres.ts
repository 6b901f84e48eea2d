import type { NameParts } from './name-parts.js';
import { UTF8_IN_HEX } from './utf8.js';

const keys = (name: string): string => `split_part(split_part(${name}, '{', 2), '}', 1)`;
const values = (name: string): string => `split_part(${name}, '}', 2)`;

/** `''` has one part, which `string_to_array()` does not say. */
const parts = (text: string): string =>
  `CASE ${text} WHEN '' THEN ARRAY[''] ELSE string_to_array(${text}, ',') END`;

/** A run of percent-encoded bytes, what is between two of them, or a percent sign that is neither. */
const PIECES = '(?:%[0-9A-Fa-f][0-9A-Fa-f])+|[^%]+|%';

/** As it is, where it cannot be decoded: no piece may raise an error, as the whole query would fail. */
const decoded = (text: string): string => `CASE WHEN strpos(${text}, '%') = 0 THEN ${text} ELSE (
  SELECT CASE WHEN bool_and(plain IS NOT NULL) THEN string_agg(plain, '' ORDER BY place) ELSE ${text} END
    FROM (SELECT place, CASE WHEN left(found[1], 1) <> '%' THEN found[1]
              WHEN upper(replace(found[1], '%', '')) ~ '${UTF8_IN_HEX}'
              THEN convert_from(decode(replace(found[1], '%', ''), 'hex'), 'UTF8') END AS plain
            FROM regexp_matches(${text}, '${PIECES}', 'g') WITH ORDINALITY AS piece(found, place)) AS pieces
  ) END`;

export const inPostgres: NameParts = {
  create: 'VIEW',
  metered: (name) =>
    `(${name} LIKE '%{%}%' AND length(translate(${name}, '{}', '')) = length(${name}) - 2)`,
  base: (name) => `split_part(${name}, '{', 1)`,
  // of keys that come twice the last is kept
  dimensions: (name) => `(
  SELECT jsonb_object_agg(part.name, ${decoded(`coalesce(part.encoded, '')`)} ORDER BY part.place)
    FROM unnest(${parts(keys(name))}, ${parts(values(name))}) WITH ORDINALITY AS part(name, encoded, place)
   WHERE part.name IS NOT NULL)`,
  none: `'{}'::jsonb`,
};
