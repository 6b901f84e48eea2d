import type { CountingParts } from '../../counting/counting-parts.js';

type Asked = Pick<CountingParts, 'reader' | 'flusher' | 'reporter' | 'store'>;

/** Remembers that one of its parts was asked something. */
export class FirstUse {
  readonly parts: Asked;
  private came = false;

  constructor({ reader, flusher, reporter, store }: Asked) {
    this.parts = {
      reader: { read: this.noting((names) => reader.read(names)) },
      flusher: { flush: this.noting((names) => flusher.flush(names)) },
      reporter: { status: this.noting(() => reporter.status()) },
      store: { list: this.noting((query) => store.list(query)) },
    };
  }

  get hasCome(): boolean {
    return this.came;
  }

  private noting<Given extends unknown[], Answer>(
    call: (...given: Given) => Answer,
  ): (...given: Given) => Answer {
    return (...given) => {
      this.came = true;
      return call(...given);
    };
  }
}
