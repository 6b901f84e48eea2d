import type { ExecutionContext } from '@nestjs/common';
import { quote } from '../../errors.js';
import { requestOf } from '../rules/request-of.js';
import { readTemplate, type Roots } from '../rules/template.js';

/** A quota is taken before the method is called: there are no arguments and no result. */
const ROOTS: Roots<ExecutionContext> = {
  request: requestOf,
  class: (context) => context.getClass().name,
  method: (context) => context.getHandler().name,
};

/**
 * The value of a dimension that is given as a template: a constant, or a function that fills the template in for a call, and
 * throws a `PlaceholderError` where the call has no value for it.
 *
 * @throws InvalidOptionsError a placeholder is wrong
 */
export function dimensionOf(
  dimension: string,
  template: string,
): string | ((context: ExecutionContext) => string) {
  const option = `Dimension ${quote(dimension)} of @Quota()`;
  const { constant, render } = readTemplate(template, ROOTS, option);
  return constant ?? render;
}
