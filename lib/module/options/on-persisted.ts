import type { OnPersisted } from '../../database/persisted/on-persisted.js';
import { type OptionReader, wrongOption } from './option-reader.js';

/** Option `onPersisted`. */
export function readOnPersisted(options: OptionReader): OnPersisted | undefined {
  const given = options.given('onPersisted');
  if (given === undefined || typeof given === 'function') return given as OnPersisted | undefined;
  throw wrongOption(
    options.nameOf('onPersisted'),
    given,
    'must be a function (batch, manager) => …',
  );
}
