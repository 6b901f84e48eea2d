import { Delta } from '../delta.decorator.js';

export class IncrementDto {
  @Delta()
  delta?: number | bigint;
}
