/** Names that one caller asks for. */
interface Asked {
  names: readonly string[];
}

/** Callers in the order in which they came, in groups with at most `most` names, unless one asks for more alone. */
export function groupsOf<One extends Asked>(
  asked: readonly One[],
  most: number,
): [One, ...One[]][] {
  const groups: [One, ...One[]][] = [];
  let size = 0;
  for (const one of asked) {
    const group = groups.at(-1);
    if (group === undefined || size + one.names.length > most) {
      groups.push([one]);
      size = 0;
    } else group.push(one);
    size += one.names.length;
  }
  return groups;
}

/** Each name once, with its place among them. */
export function placesOf(asked: readonly Asked[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const { names } of asked) {
    for (const name of names) if (!places.has(name)) places.set(name, places.size);
  }
  return places;
}
