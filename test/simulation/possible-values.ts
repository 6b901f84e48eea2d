import { INT64_MAX, INT64_MIN } from '../../lib/words/int64.js';

/** What one call does to a counter: adds, or replaces; `removes` its row, too. */
export interface Effect {
  adds?: bigint;
  becomes?: bigint;
  removes?: boolean;
}

interface State {
  value: bigint;
  /** Nothing came after a `delete`. */
  isDeleted: boolean;
  /** Calls of unknown outcome that may still be applied, by number. */
  open: readonly number[];
}

/**
 * All that a counter may be, as its only client knows: a call of unknown outcome is applied once at
 * any later time, or never.
 */
export class PossibleValues {
  private states: State[] = [{ value: 0n, isDeleted: true, open: [] }];
  private readonly effects: Effect[] = [];

  /** Calls of unknown outcome so far. */
  get unknown(): number {
    return this.effects.length;
  }

  /** Answers false when none of the possible values allows this. */
  applied(effect: Effect, allows: (before: bigint, after: bigint) => boolean): boolean {
    this.states = distinct(
      this.reachable().flatMap((state) => {
        const next = apply(effect, state);
        const fits = next.value >= INT64_MIN && next.value <= INT64_MAX;
        return fits && allows(state.value, next.value) ? [next] : [];
      }),
    );
    return this.states.length > 0;
  }

  /** As `applied()`, for a call that leaves everything as it is. */
  seen(allows: (value: bigint) => boolean): boolean {
    this.states = this.reachable().filter(({ value }) => allows(value));
    return this.states.length > 0;
  }

  mayBeApplied(effect: Effect): void {
    const number = this.effects.push(effect) - 1;
    this.states = this.reachable().map((state) => ({ ...state, open: [...state.open, number] }));
  }

  /** Whether a row of this value, or none, is possible when nothing is under way any more. */
  allowsRow(row: bigint | undefined): boolean {
    return this.reachable().some(({ value, isDeleted }) =>
      row === undefined ? value === 0n : value === row && !isDeleted,
    );
  }

  toString(): string {
    const values = this.reachable().map(({ value, isDeleted }) => (isDeleted ? 'none' : value));
    return [...new Set(values)].join(' or ');
  }

  /** With any of the open calls applied by now, in any order. */
  private reachable(): State[] {
    const found = [...this.states];
    // grows while it is walked
    for (const state of found) {
      for (const number of state.open) {
        const open = state.open.filter((other) => other !== number);
        found.push({ ...apply(this.effects[number] ?? {}, state), open });
      }
    }
    return distinct(found);
  }
}

function apply({ adds = 0n, becomes, removes = false }: Effect, state: State): State {
  return { ...state, value: becomes ?? state.value + adds, isDeleted: removes };
}

function distinct(states: readonly State[]): State[] {
  const byKey = new Map(
    states.map((state) => [
      `${state.value} ${String(state.isDeleted)} ${state.open.join()}`,
      state,
    ]),
  );
  return [...byKey.values()];
}
