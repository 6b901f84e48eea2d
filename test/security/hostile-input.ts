/** Texts of any length that are slow to match, to normalize, to encode or to show, by what they are. */
export const TEXTS: Record<string, (length: number) => string> = {
  letters: (length) => 'n'.repeat(length),
  'spaces inside': (length) => `a${' '.repeat(length)}b`,
  'white space inside': (length) => `a${'\t \u00a0\u3000\ufeff'.repeat(length / 5)}b`,
  'spaces outside': (length) => `${' '.repeat(length)}a${' '.repeat(length)}`,
  'words and spaces': (length) => 'a '.repeat(length / 2) + 'b',
  'opening braces': (length) => '{'.repeat(length),
  'braces with text': (length) => '{a'.repeat(length / 2),
  'pairs of braces': (length) => '{}'.repeat(length / 2),
  'one brace and commas': (length) => `a{${','.repeat(length)}}${','.repeat(length)}`,
  'percent signs': (length) => '%'.repeat(length),
  'broken escapes': (length) => '%e0%a'.repeat(length / 5),
  commas: (length) => ','.repeat(length),
  slashes: (length) => `1/${'/'.repeat(length)}`,
  digits: (length) => '9'.repeat(length),
  'zero bytes': (length) => '\0'.repeat(length),
  'line feeds': (length) => '\r\n'.repeat(length / 2),
  'combining marks': (length) => `e${'\u0301\u0323'.repeat(length / 2)}`,
  'not in NFC': (length) => 'e\u0301 '.repeat(length / 3),
  hangul: (length) => '\u1112\u1161\u11ab'.repeat(length / 3),
  'lone surrogates': (length) => '\ud83d'.repeat(length),
  emoji: (length) => '\u{1f468}\u200d'.repeat(length / 3),
  'changes of direction': (length) => '\u202e\u2066'.repeat(length / 2),
  'line separators': (length) => '\u2028'.repeat(length),
  quotes: (length) => '"\\'.repeat(length / 2),
};

function circle(): object {
  const self: Record<string, unknown> = {};
  self.self = self;
  return self;
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value };
  return value;
}

const throwing = (): never => {
  throw new Error('a trap');
};
const TRAPS: ProxyHandler<object> = {
  get: throwing,
  has: throwing,
  ownKeys: throwing,
  getPrototypeOf: throwing,
  getOwnPropertyDescriptor: throwing,
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Values that are none of what is asked for, large in some measure. */
export const VALUES: Record<string, (size: number) => unknown> = {
  'a long array': (size) => new Array<unknown>(size).fill('n'),
  'an array of holes': () => new Array<unknown>(2 ** 32 - 1),
  'an array of arrays': (size) => new Array<unknown>(size).fill([[[[]]]]),
  'an object of many keys': (size) =>
    Object.fromEntries(Array.from({ length: size }, (_, key) => [`k${key}`, key])),
  'an object with a long key': (size) => ({ ['n'.repeat(size)]: 1 }),
  'an object with a long text': (size) => ({ text: 'n'.repeat(size) }),
  'deep nesting': (size) => nested(size),
  'an object that holds itself': circle,
  'a large bigint': (size) => 16n ** BigInt(size),
  'a large negative bigint': (size) => -(16n ** BigInt(size)),
  'a symbol': (size) => Symbol('n'.repeat(size)),
  'a String': (size) => new String('n'.repeat(size)),
  'a Buffer': (size) => Buffer.alloc(size),
  'a typed array': (size) => new Float64Array(size),
  'a Map': (size) => new Map([[1, 'n'.repeat(size)]]),
  'a function of a long name': (size) =>
    Object.defineProperty(() => 1, 'name', { value: 'n'.repeat(size) }),
  'a toJSON that throws': () => ({ toJSON: throwing }),
  'a toJSON without end': () => {
    const value = { toJSON: (): object => ({ ...value }) };
    return value;
  },
  'a toString that throws': () => ({ toString: throwing, [Symbol.toPrimitive]: throwing }),
  'a getter that throws': () =>
    Object.defineProperty({}, 'name', { get: throwing, enumerable: true }),
  'a tag that is long': (size) => ({
    [Symbol.toStringTag]: 'n'.repeat(size),
    toJSON: () => undefined,
  }),
  'a proxy whose traps throw': () => new Proxy({}, TRAPS),
  'a proxy that was revoked': revoked,
  'an object without a prototype': () => Object.create(null) as object,
  null: () => null,
  'not a number': () => NaN,
};
