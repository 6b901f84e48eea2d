import { VERSION } from '../version.js';

const COPIES = Symbol.for('nestjs-fastcounter:copies');

/**
 * Warns once where this process has loaded another copy of this package: as ES modules and as CommonJS, say, or from two folders.
 * Tokens that are symbols are the same in all copies; a class such as `CounterService` is another one in each, and Nest finds no
 * provider for it. A copy that is evaluated again, as by a test runner, stands at the same place.
 */
export function tellOtherCopies(place = placeOf(new Error())): void {
  const all = globalThis as { [COPIES]?: Set<string> };
  const copies = (all[COPIES] ??= new Set());
  if (place === undefined || copies.has(place)) return;
  copies.add(place);
  if (copies.size !== 2) return;
  process.emitWarning(
    `This process has loaded nestjs-fastcounter more than once: ${[...copies].join(' and ')}. ` +
      'Classes such as CounterService are others in each copy, so Nest does not inject those of one where those of another are ' +
      'asked for. Import the package either by import or by require() everywhere, and install it once ("npm ls nestjs-fastcounter")',
    { type: 'FastCounterWarning', code: 'FASTCOUNTER_COPIES' },
  );
}

/** Where the error was made, with the version; undefined where the engine does not tell. */
function placeOf({ stack }: Error): string | undefined {
  const file = /((?:file:\/\/)?\/[^\s()]+|[A-Za-z]:[^\s()]+?)(?::\d+)?:\d+\)?$/m.exec(
    stack ?? '',
  )?.[1];
  return file && `${VERSION} at ${file}`;
}
