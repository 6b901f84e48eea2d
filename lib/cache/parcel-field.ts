/** Id of the parcel that gathers what left the 64-bit range. */
export const OVERFLOWED = 'overflowed';

/** A second entry of a counter in a parcel; no counter name holds a zero byte. */
export const parcelField = (name: string, tag: string | number): string => `${name}\0${tag}`;

export function counterOf(field: string): string {
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
