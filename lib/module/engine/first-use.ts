import type { CountingParts } from '../../counting/counting-parts.js';

type Asked = Pick<
  CountingParts,
  | 'reader'
  | 'top'
  | 'usage'
  | 'changes'
  | 'refresher'
  | 'families'
  | 'flusher'
  | 'reporter'
  | 'lateWindows'
  | 'store'
>;

/** Wraps the parts that are asked and write nothing, and remembers whether one of them was used. */
export class FirstUse {
  readonly parts: Asked;
  private used = false;

  constructor({
    reader,
    top,
    usage,
    changes,
    refresher,
    families,
    flusher,
    reporter,
    lateWindows,
    store,
  }: Asked) {
    this.parts = {
      reader: {
        read: this.noting((names) => reader.read(names)),
        readSettled: this.noting((names) => reader.readSettled(names)),
        warm: this.noting((names) => reader.warm(names)),
      },
      top: { read: this.noting((asked) => top.read(asked)) },
      usage: { read: this.noting((asked) => usage.read(asked)) },
      changes: { read: this.noting((after) => changes.read(after)) },
      refresher: { refresh: this.noting((names) => refresher.refresh(names)) },
      families: { withPrefix: this.noting((prefix) => families.withPrefix(prefix)) },
      flusher: { flush: this.noting((names) => flusher.flush(names)) },
      lateWindows: { take: this.noting((closed) => lateWindows.take(closed)) },
      reporter: { status: this.noting((anew?: boolean) => reporter.status(anew)) },
      store: {
        list: this.noting((query) => store.list(query)),
        aggregate: this.noting((what, prefix) => store.aggregate(what, prefix)),
      },
    };
  }

  get isUsed(): boolean {
    return this.used;
  }

  private noting<Given extends unknown[], Answer>(
    call: (...given: Given) => Answer,
  ): (...given: Given) => Answer {
    return (...given) => {
      this.used = true;
      return call(...given);
    };
  }
}
