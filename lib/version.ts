/** Of this package; `package.json` has the same. */
export const VERSION = '0.2.0';
