/** Characters of the random part of an id, where they tell parcels apart. */
const SHORTEST = 4;

/**
 * Names of parcels that a person can read and type, such as `p0-7fb4`: the partition, and as much of the id as tells it from the others
 * of its partition. Parcels that gather what overflowed or was refused are `p0-overflowed` and `p0-refused`.
 */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    ids.map((id) => {
      const others = ids.filter((it) => it !== id);
      for (let length = SHORTEST; ; length++) {
        const short = shortId(id, length);
        if (length >= id.length || !others.some((it) => shortId(it, length) === short))
          return [id, short];
      }
    }),
  );
}

function shortId(id: string, length: number): string {
  const [, partition = '', rest = ''] = /^(\d+)\/(.*)$/.exec(id) ?? [];
  return `p${partition}-${/^[a-z]+$/.test(rest) ? rest : rest.slice(0, length)}`;
}
