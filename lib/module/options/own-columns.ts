import type { OwnColumn } from '../../database/columns/own-column.js';
import { overlap, readTemplate, type Template } from '../../database/columns/template.js';
import { InvalidOptionsError, quote } from '../../errors.js';
import { whyInvalidName } from '../../input/counter-name.js';
import { type OptionReader, wrongOption } from './option-reader.js';

/** Option `columns`. Whether entities and columns fit is known when the data source is. */
export function readColumns(options: OptionReader): readonly OwnColumn[] {
  const read = options.records('columns').map(readColumn);
  for (const [place, { template, column }] of read.entries()) {
    const other = read.slice(0, place).findIndex((before) => overlap(before.template, template));
    if (other === -1) continue;
    throw new InvalidOptionsError(
      `Options "columns[${other}].counters" and "columns[${place}].counters" (given: ${quote(read[other]?.column.counters)} and ` +
        `${quote(column.counters)}) can fit the same counter: its counts would have two columns. Let one begin or end in another way`,
    );
  }
  return read.map(({ column }) => column);
}

function readColumn(rule: OptionReader): { template: Template; column: OwnColumn } {
  for (const key of ['counters', 'entity', 'column']) rule.required(key);
  const counters = rule.text('counters', /^/, 'a text such as "views:{id}"') ?? '';
  const template = readTemplate(counters);
  if ('wrong' in template) throw wrongOption(rule.nameOf('counters'), counters, template.wrong);
  const reason = whyInvalidName(`${template.prefix}1${template.suffix}`);
  if (reason !== undefined) {
    throw wrongOption(rule.nameOf('counters'), counters, `makes no counter name: it ${reason}`);
  }
  const entity = rule.given('entity');
  if (typeof entity !== 'function' || isClass(entity)) {
    const rightly = 'must be a function that answers the entity, as () => Article';
    throw wrongOption(rule.nameOf('entity'), entity, rightly);
  }
  const column = rule.text('column', /./, 'the name of a property of the entity') ?? '';
  rule.refuseOthers();
  return { template, column: { counters, entity: entity as OwnColumn['entity'], column } };
}

const isClass = (value: object): boolean =>
  Function.prototype.toString.call(value).startsWith('class');
