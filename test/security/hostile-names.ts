/** Valid names of counters that want to be something else. */
export const HOSTILE = [
  `Robert'); DROP TABLE fast_counter;--`,
  `" OR ""="`,
  '$1::text || pg_sleep(10)',
  ':name',
  '/* comment */ -- line',
  '\\x00\\u0000\\',
  '}::state',
  '{default:0}::state',
  'fastcounter:{default:0}::state',
  '*?[a-z]*[^x]\\',
  '%s %d %o %j _%',
  '%0d%0aSet-Cookie: a=b',
  '\\r\\n*3\\r\\n$8\\r\\nFLUSHALL',
  'delete:nonce',
  '__proto__',
  'constructor.prototype',
  'hasOwnProperty',
  '<script>alert(document.cookie)</script>',
  '"><img src=x onerror=alert(1)>',
  '${process.exit(1)}',
  '#{7*7}{{7*7}}',
  'a\u202egnp.exe',
  'line\u2028[FastCounter] forged\u2029line',
  'zero\u200bwidth\u2066\u2069',
  '👩‍👩‍👧‍👦'.repeat(10),
  '"\'`'.repeat(60),
  '\u{10ffff}'.repeat(191),
];

/** Such as are refused: a control character, or nothing that could be a name. */
export const REFUSED = [
  'a\0b',
  'a\nb',
  '\r\nINCR x',
  '\u001b[2J\u001b]0;owned\u0007',
  'a\u0085b',
  'a\u009b31m',
  '\ud800',
  'x'.repeat(192),
  'x'.repeat(1_000_000),
];

/** What terminals and viewers of logs obey, or take for the end of a line. */
export const DANGEROUS = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;
