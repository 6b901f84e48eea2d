import { type Dimensions, encodeDimension, groupPrefix, parseMeteredName } from '../dimensions.js';

/** Which parts of metered names are meant, by what the names of their counters consist of. */
export interface PartsWith {
  prefix: string;
  pieces: string[];
  isMeant: (counter: string) => boolean;
}

/** Parts with these values, wherever these stand: of one name, or of all. */
export function partsWith(name: string | undefined, dimensions: Dimensions): PartsWith {
  const keys = Object.keys(dimensions).sort();
  groupPrefix(name ?? '', keys);
  const values = keys.map((key) => encodeDimension(key, dimensions[key]));
  const prefix = name === undefined ? '' : `${name}{`;
  // dimensions are in the order of their names, and values in the same order
  const first = name === undefined ? ['', '{'] : [prefix];
  const pieces = [...first, ...(keys.length === 0 ? [] : [...keys, '}', ...values]), ''];
  const wanted = keys.map((key) => [key, String(dimensions[key])] as const);
  const isMeant = (counter: string): boolean => {
    const parsed = parseMeteredName(counter);
    if (parsed.name === counter || (name !== undefined && parsed.name !== name)) return false;
    return wanted.every(
      ([key, value]) => Object.hasOwn(parsed.dimensions, key) && parsed.dimensions[key] === value,
    );
  };
  return { prefix, pieces, isMeant };
}
