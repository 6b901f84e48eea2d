import { Injectable } from '@nestjs/common';
import { CounterService } from 'nestjs-fastcounter';
import type { ImportedIncrementDto } from './dto/import.dto.js';

@Injectable()
export class ImportService {
  constructor(private readonly counters: CounterService) {}

  /** A key counts once per counter, so what is for the same counter goes as one increment. */
  async import(increments: ImportedIncrementDto[], idempotencyKey?: string): Promise<void> {
    const sums = new Map<string, bigint>();
    for (const { name, delta } of increments) {
      sums.set(name, (sums.get(name) ?? 0n) + BigInt(delta ?? 1));
    }
    // An increment is never 0.
    for (const [name, sum] of sums) if (sum === 0n) sums.delete(name);
    await this.counters.incrMany(
      Array.from(sums, ([name, delta]) => ({ name, delta, idempotencyKey })),
    );
  }
}
